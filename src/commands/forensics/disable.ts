import { OfficerCommand } from '../../cli/officer-command.js';
import { requireFlag, signingFlags, whyFlag } from '../../cli/officer-flags.js';

const HINT = 'egress forensics disable --why "done" --keyring alice.keys';

export default class ForensicsDisable extends OfficerCommand {
  static override summary = 'Have no more bodies captured.';
  static override description = 'What was stored stays, until a vacuum removes its segment.';
  static override examples = [`<%= config.bin %>${HINT.slice('egress'.length)}`];
  static override flags = { ...signingFlags, why: whyFlag };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(ForensicsDisable);
    const why = requireFlag(flags.why, 'why', HINT);
    return await this.decide('forensics.disable', { why }, flags, 'bodies are captured no more');
  }
}
