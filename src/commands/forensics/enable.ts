import { string } from '@oclif/core/flags';
import { OfficerCommand } from '../../cli/officer-command.js';
import { requireFlag, signingFlags, whyFlag } from '../../cli/officer-flags.js';
import { parseUntil } from '../../cli/until-argument.js';

const HINT = 'egress forensics enable --until 2h --why "incident 42" --keyring alice.keys';

export default class ForensicsEnable extends OfficerCommand {
  static override summary = 'Have bodies captured, encrypted, until a time.';
  static override description =
    'Off by default. A running recorder begins at once. Nobody can read what is stored alone:\n' +
    'it takes an officer and the custodian, and each reading stands in the journal first.';

  static override examples = [
    `<%= config.bin %>${HINT.slice('egress'.length)}`,
    '<%= config.bin %> forensics enable --until 1d --match api.vendor.example --why "what does it send?"',
  ];

  static override flags = {
    ...signingFlags,
    why: whyFlag,
    until: string({ description: 'End: 2h, 3d, 2026-10-20 18:00 (at most 31 days)', helpValue: '<time>' }),
    match: string({ description: 'Only calls to this host, or by pkg:name', helpValue: '<pattern>' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ForensicsEnable);
    const why = requireFlag(flags.why, 'why', HINT);
    const until = parseUntil(requireFlag(flags.until, 'until', HINT), Date.now());
    const { match } = flags;
    const fields = { why, until, ...(match === undefined ? {} : { match }) };
    return await this.decide('forensics.enable', fields, flags, `bodies are captured until ${until}`);
  }
}
