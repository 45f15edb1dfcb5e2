import { string } from '@oclif/core/flags';
import { ownKey } from '../audit/pinned-key.js';
import { chooseHead } from '../audit/signed-head.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { existingJournal } from '../cli/journal-folder.js';
import { rootToBase64 } from '../journal/checkpoint.js';
import { verifySignature } from '../keys/ed25519.js';
import { keyBase } from '../keys/key-directory.js';
import { exportTiles } from '../proof/tile-export.js';

export default class Export extends EgressCommand {
  static override summary = 'Write the journal in a form that other tools read.';
  static override description =
    'tlog: a C2SP tlog-tiles log with all records up to the newest head. Its checkpoint is signed by the run key that\n' +
    'the output names; what ties that key to the journal’s own is in epochs/ and is not part of the log.';

  static override examples = ['<%= config.bin %> export --tlog ./log'];
  static override args = { journal: journalArg };
  static override flags = {
    tlog: string({ description: 'New folder for the log', helpValue: '<folder>', required: true }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Export);
    const directory = existingJournal(await this.journalPath(args.journal));
    const chosen = chooseHead(directory, ownKey(keyBase(process.env), directory), verifySignature);
    const { size, files } = exportTiles(chosen, flags.tlog);
    const root = rootToBase64(chosen.head.root);
    const key = chosen.head.epoch.runKey.text;
    if (this.jsonEnabled()) return { folder: flags.tlog, size, root, key, files };
    this.print(
      `✓ EXPORTED   ${size} records, ${files} files in ${flags.tlog}\n  Key         ${key}\n  Head        ${size}:${root}`,
    );
    return undefined;
  }
}
