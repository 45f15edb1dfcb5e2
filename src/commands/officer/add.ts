import { string as stringArg } from '@oclif/core/args';
import { OfficerCommand } from '../../cli/officer-command.js';
import { requireFlag, signingFlags, whyFlag } from '../../cli/officer-flags.js';
import { readCard } from '../../custody/officer-desk.js';

const HINT = 'egress officer add bob.keys.card --keyring alice.keys --why "second officer"';

export default class OfficerAdd extends OfficerCommand {
  static override summary = 'Name another officer, as an officer.';
  static override description =
    'The first officer is named when the journal is made. What was stored before stays closed\n' +
    'to a new one. By the recovery key it also works without an officer, and shows for ever.';

  static override examples = [`<%= config.bin %>${HINT.slice('egress'.length)}`];

  static override args = { card: stringArg({ description: 'Card of the new officer', required: true }) };
  static override flags = { ...signingFlags, why: whyFlag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(OfficerAdd);
    const { line, key } = readCard(args.card);
    const why = requireFlag(flags.why, 'why', HINT);
    return await this.decide('officer.add', { officer: line, why }, flags, `${key.name} is an officer`);
  }
}
