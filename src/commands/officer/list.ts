import { EgressCommand, journalArg } from '../../cli/base-command.js';
import { officerPlace } from '../../custody/officer-desk.js';
import { currentState } from '../../journal/state/current-state.js';
import { fileSystem } from '../../keys/file-system.js';
import { officersText, officersView } from '../../report/officers/officer-text.js';

export default class OfficerList extends EgressCommand {
  static override summary = 'Show who may read bodies, and who may no longer.';
  static override examples = ['<%= config.bin %> officer list'];
  static override args = { journal: journalArg };

  async run(): Promise<unknown> {
    const { args } = await this.parse(OfficerList);
    const { layout } = officerPlace(await this.journalPath(args.journal));
    const view = officersView(currentState(fileSystem, layout));
    if (this.jsonEnabled()) return view;
    this.print(officersText(view, this.colour()));
    return undefined;
  }
}
