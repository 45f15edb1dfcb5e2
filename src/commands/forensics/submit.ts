import { string as stringArg } from '@oclif/core/args';
import { OfficerCommand } from '../../cli/officer-command.js';
import { EgressError } from '../../core/error.js';
import { acceptGrant } from '../../custody/grant.js';
import { readGiven, readStatement } from '../../custody/officer-desk.js';

export default class ForensicsSubmit extends OfficerCommand {
  static override summary = 'As the custodian, hand in what an officer has signed.';
  static override description = 'For a grant, the reader’s copy lies beside the file, as FILE.copy.';
  static override examples = ['<%= config.bin %> forensics submit statement'];
  static override args = { file: stringArg({ description: 'The signed statement', required: true }) };

  async run(): Promise<unknown> {
    const { args } = await this.parse(ForensicsSubmit);
    const statement = readStatement(args.file);
    const place = await this.place();
    if (statement.kind === 'body.read.intent') {
      throw new EgressError('USAGE', 'this is a request to read: it is released, not submitted', {
        hint: `egress forensics release ${args.file} --out FILE`,
      });
    }
    if (statement.kind !== 'grant.add') return this.said(await this.handIn(statement, place), statement.kind);
    const copy = readGiven(`${args.file}.copy`);
    const declared = await acceptGrant({ statement, copy }, this.custody(place));
    return this.said({ ...declared, through: 'session' }, 'granted');
  }
}
