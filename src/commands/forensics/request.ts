import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { OfficerCommand } from '../../cli/officer-command.js';
import { keyringFlags, requireFlag, whyFlag } from '../../cli/officer-flags.js';
import { writeOutput } from '../../cli/output-file.js';
import { parseSeq } from '../../cli/seq-argument.js';
import { printable } from '../../core/printable.js';
import { findBody } from '../../custody/body-record.js';
import { draftStatement } from '../../custody/draft-statement.js';
import { formatStatement } from '../../custody/officer-desk.js';

const HINT = 'egress forensics request 812 --why "incident 42" --keyring alice.keys --out request';

export default class ForensicsRequest extends OfficerCommand {
  static override summary = 'As an officer or a reader, ask for a body (1 of 3).';
  static override description = 'Signs what is to be read, and why. Then the custodian releases it.';
  static override examples = [`<%= config.bin %>${HINT.slice('egress'.length)}`];
  static override args = { id: stringArg({ description: 'The body (egress forensics list)', required: true }) };
  static override flags = {
    ...keyringFlags,
    why: whyFlag,
    out: string({ description: 'File for the signed request', helpValue: '<file>' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ForensicsRequest);
    const why = requireFlag(flags.why, 'why', HINT);
    const out = requireFlag(flags.out, 'out', HINT);
    const place = await this.place();
    const { seq, inner } = findBody(place.layout, parseSeq(args.id));
    const keyring = await this.keyring(flags);
    const statement = draftStatement(place, 'body.read.intent', { body: seq, inner, why }, keyring);
    writeOutput(out, formatStatement(statement));
    if (this.jsonEnabled()) return { statement, file: out };
    const file = printable(out);
    this.print(
      `Signed, valid for an hour: ${file}\n  The custodian: egress forensics release ${file} --out body-${seq}`,
    );
    return undefined;
  }
}
