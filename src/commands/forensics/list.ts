import { EgressCommand, journalArg } from '../../cli/base-command.js';
import { officerPlace } from '../../custody/officer-desk.js';
import { currentState } from '../../journal/state/current-state.js';
import { fileSystem } from '../../keys/file-system.js';
import { bodyListText, listBodies } from '../../report/officers/body-list.js';

export default class ForensicsList extends EgressCommand {
  static override summary = 'Show which bodies are stored, of which calls, and how often they were read.';
  static override description = 'Sizes and times only: nothing is decrypted, and nothing is recorded.';
  static override examples = ['<%= config.bin %> forensics list'];
  static override args = { journal: journalArg };

  async run(): Promise<unknown> {
    const { args } = await this.parse(ForensicsList);
    const { layout } = officerPlace(await this.journalPath(args.journal));
    const list = listBodies(layout.directory, currentState(fileSystem, layout));
    if (this.jsonEnabled()) return list;
    this.print(bodyListText(list, this.colour(), this.columns()));
    return undefined;
  }
}
