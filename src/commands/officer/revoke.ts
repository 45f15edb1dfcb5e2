import { string as stringArg } from '@oclif/core/args';
import { OfficerCommand } from '../../cli/officer-command.js';
import { requireFlag, signingFlags, whyFlag } from '../../cli/officer-flags.js';
import { encodeHex } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import { currentState } from '../../journal/state/current-state.js';
import { fileSystem } from '../../keys/file-system.js';
import { parseOfficerLine } from '../../officers/officer-card.js';

const HINT = 'egress officer revoke bob --keyring alice.keys --why "left" --out statement';

export default class OfficerRevoke extends OfficerCommand {
  static override summary = 'End somebody’s being an officer.';
  static override description =
    'An officer revokes himself alone. Another one takes two officers: the first writes the\n' +
    'statement with --out, the second adds a signature with egress officer sign.\n' +
    'What was sealed to the officer before stays readable to him, with the custodian.';

  static override examples = [`<%= config.bin %>${HINT.slice('egress'.length)}`];

  static override args = {
    officer: stringArg({ description: 'Name, or key id (see egress officer list)', required: true }),
  };
  static override flags = { ...signingFlags, why: whyFlag };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(OfficerRevoke);
    const why = requireFlag(flags.why, 'why', HINT);
    const { layout } = await this.place();
    const cards = currentState(fileSystem, layout).officers.map(parseOfficerLine);
    const meant = cards.filter(({ key }) => [key.name, encodeHex(key.id), key.text].includes(args.officer));
    const [card, ...more] = meant;
    if (card === undefined || more.length > 0) {
      const what = card === undefined ? 'is no officer of this journal' : 'is the name of several officers';
      throw new EgressError('USAGE', `${args.officer} ${what}`, {
        hint: 'egress officer list shows names and key ids.',
      });
    }
    const { name, text } = card.key;
    return await this.decide('officer.revoke', { key: text, why }, flags, `${name} is no officer any more`);
  }
}
