import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { OfficerCommand } from '../../cli/officer-command.js';
import { requireFlag } from '../../cli/officer-flags.js';
import { writeOutput } from '../../cli/output-file.js';
import { printable } from '../../core/printable.js';
import { readStatement } from '../../custody/officer-desk.js';
import { parseOfficerNote } from '../../officers/officer-note.js';
import { releaseBody } from '../../custody/release.js';

const HINT = 'egress forensics release request --out body-812';

export default class ForensicsRelease extends OfficerCommand {
  static override summary = 'As the custodian, give out a body that was asked for (2 of 3).';
  static override description =
    'The reading is written into the journal, signed and proven; only then the outer layer\n' +
    'comes off. What comes out is still encrypted to who asked. FILE.proof goes with it.';

  static override examples = [`<%= config.bin %>${HINT.slice('egress'.length)}`];
  static override args = { request: stringArg({ description: 'The signed request', required: true }) };
  static override flags = { out: string({ description: 'File for what is given out', helpValue: '<file>' }) };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ForensicsRelease);
    const out = requireFlag(flags.out, 'out', HINT);
    const request = readStatement(args.request);
    const { inner, proof, intent } = await releaseBody(request, this.custody(await this.place()));
    writeOutput(`${out}.proof`, proof);
    writeOutput(out, inner);
    const { body, why } = request.statement as { readonly body: number; readonly why: string };
    const by = parseOfficerNote(request.note).note.signatures.map(({ name }) => name);
    if (this.jsonEnabled()) return { intent, body, by, why, file: out, proof: `${out}.proof` };
    const file = printable(out);
    this.print(
      `${this.colour().green('✓ released')}   the reading is recorded as #${intent}\n` +
        `  body #${body}, asked for by ${printable(by.join(', '))}: ${printable(why)}\n` +
        `  ${file}, ${file}.proof   for who asked: egress forensics open ${file}`,
    );
    return undefined;
  }
}
