import { realpathSync, writeFileSync } from 'node:fs';
import { string } from '@oclif/core/flags';
import { newestHead } from '../audit/newest-head.js';
import { ownKey } from '../audit/pinned-key.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { EgressError, systemCode } from '../core/error.js';
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
    const directory = existing(await this.journalPath(args.journal));
    const { note, ...head } = newestHead(directory, ownKey(keyBase(process.env), directory), verifySignature);
    if (flags.out !== undefined) save(flags.out, note);
    if (this.jsonEnabled()) return { ...head, checkpoint: Buffer.from(note).toString('utf8') };
    this.print(`${head.size}:${head.root}`);
    return undefined;
  }
}

function existing(directory: string): string {
  try {
    return realpathSync(directory);
  } catch (error) {
    throw new EgressError('JOURNAL_MISSING', `there is no journal in ${directory}`, {
      hint: 'egress run -- COMMAND records one; an argument or --journal names another place.',
      cause: error,
    });
  }
}

function save(file: string, note: Uint8Array): void {
  try {
    writeFileSync(file, note);
  } catch (error) {
    throw new EgressError('USAGE', `cannot write ${file}: ${systemCode(error) ?? 'unknown error'}`, { cause: error });
  }
}
