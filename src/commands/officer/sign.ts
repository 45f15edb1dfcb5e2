import { string as stringArg } from '@oclif/core/args';
import { OfficerCommand } from '../../cli/officer-command.js';
import { signingFlags } from '../../cli/officer-flags.js';
import { printable } from '../../core/printable.js';
import { readStatement } from '../../custody/officer-desk.js';

export default class OfficerSign extends OfficerCommand {
  static override summary = 'Add a second officer’s signature to a statement.';
  static override description = 'Shows what is signed. Then hands it in, or with --out writes it for the custodian.';

  static override examples = ['<%= config.bin %> officer sign statement --keyring bob.keys'];

  static override args = {
    file: stringArg({ description: 'What the first officer wrote with --out', required: true }),
  };
  static override flags = signingFlags;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(OfficerSign);
    const statement = readStatement(args.file);
    const fields = Object.entries(statement.statement).map(([name, value]) => `  ${name}: ${printable(String(value))}`);
    process.stderr.write(`Signing ${statement.kind}:\n${fields.join('\n')}\n`);
    const place = await this.place();
    const signed = await this.countersign(statement, flags);
    return await this.deliver(signed, place, flags.out, `${statement.kind}, signed twice`);
  }
}
