import { string } from '@oclif/core/flags';
import { ownKey } from '../audit/heads/pinned-key.js';
import { chooseHead } from '../audit/heads/signed-head.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { existingJournal } from '../cli/journal-folder.js';
import { writeOutput } from '../cli/output-file.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import { verifySignature } from '../keys/ed25519.js';
import { keyBase } from '../keys/key-directory.js';

export default class Head extends EgressCommand {
  static override summary = 'Print the newest signed head, to be kept where the journal’s keeper cannot change it.';
  static override description =
    'Whoever has it can later check, with egress verify --expect-head, that nothing up to it was changed or cut off.\n' +
    'The signature is checked; the records are not read.';

  static override examples = ['<%= config.bin %> head', '<%= config.bin %> head --out head.txt'];
  static override args = { journal: journalArg };
  static override flags = {
    out: string({ description: 'Write the head as a C2SP checkpoint to a file', helpValue: '<file>' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Head);
    const directory = existingJournal(await this.journalPath(args.journal));
    const chosen = chooseHead(directory, ownKey(keyBase(process.env), directory), verifySignature);
    const { origin, size } = chosen.head;
    const root = rootToBase64(chosen.head.root);
    if (flags.out !== undefined) writeOutput(flags.out, chosen.note);
    if (this.jsonEnabled()) {
      const checkpoint = Buffer.from(chosen.note).toString('utf8');
      return { origin, size, root, key: chosen.key.text, pinned: chosen.isPinned, checkpoint };
    }
    this.print(`${size}:${root}`);
    return undefined;
  }
}
