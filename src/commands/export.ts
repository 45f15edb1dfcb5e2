import { string } from '@oclif/core/flags';
import { ownKey, parseKeyArgument } from '../audit/pinned-key.js';
import { scanSegments } from '../audit/scan-pool.js';
import { chooseHead } from '../audit/signed-head.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { existingJournal } from '../cli/journal-folder.js';
import { writeOutput } from '../cli/output-file.js';
import { choosePolicy, type PolicyFlags } from '../cli/policy-choice.js';
import { policyFlags } from '../cli/policy-flags.js';
import { EgressError } from '../core/error.js';
import { rootToBase64 } from '../journal/checkpoint.js';
import { verifySignature } from '../keys/ed25519.js';
import { keyBase } from '../keys/key-directory.js';
import { pageWrittenText } from '../page/page-written-text.js';
import { readAssets } from '../page/page-file.js';
import { writePage } from '../page/write-page.js';
import { exportTiles } from '../proof/tile-export.js';

export default class Export extends EgressCommand {
  static override summary = 'Write the journal in a form that other tools read.';
  static override description =
    'tlog: a C2SP tlog-tiles log with all records up to the newest head. Its checkpoint is signed by the run key that\n' +
    'the output names; what ties that key to the journal’s own is in epochs/ and is not part of the log.';

  static override examples = ['<%= config.bin %> export --html evidence.html', '<%= config.bin %> export --tlog ./log'];
  static override args = { journal: journalArg };
  static override flags = {
    tlog: string({ description: 'New folder for the log', helpValue: '<folder>' }),
    html: string({ description: 'File for an evidence page: a report that checks itself', helpValue: '<file>' }),
    key: string({ description: 'Key that the page checks with, or a file with it', helpValue: '<key|file>' }),
    ...policyFlags,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Export);
    const directory = existingJournal(await this.journalPath(args.journal));
    if (flags.html !== undefined) return this.#page(directory, flags.html, flags);
    if (flags.tlog === undefined)
      throw new EgressError('USAGE', 'nothing says what to write', { hint: 'egress export --help lists the forms.' });
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

  async #page(
    directory: string,
    file: string,
    flags: PolicyFlags & { readonly key: string | undefined },
  ): Promise<{ readonly file: string; readonly records: number; readonly complete: boolean } | undefined> {
    const given = flags.key === undefined ? undefined : parseKeyArgument(flags.key);
    const { text, about } = await writePage({
      directory,
      pinned:
        given === undefined ? ownKey(keyBase(process.env), directory) : { key: given, source: 'given', replaced: [] },
      policy: await choosePolicy(flags, process.cwd()),
      version: this.config.version,
      now: new Date(),
      scan: scanSegments,
      assets: readAssets(),
    });
    writeOutput(file, Buffer.from(text));
    const { records, isComplete } = about;
    if (this.jsonEnabled()) return { file, records, complete: isComplete };
    this.print(pageWrittenText(file, about));
    return undefined;
  }
}
