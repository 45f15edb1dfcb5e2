import { boolean, option, string } from '@oclif/core/flags';
import { ownKey, parseKeyArgument } from '../audit/heads/pinned-key.js';
import { scanSegments } from '../audit/scan-pool.js';
import { chooseHead } from '../audit/heads/signed-head.js';
import { writeBundle, type WrittenBundle } from '../bundle/write-bundle.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { existingJournal } from '../cli/journal-folder.js';
import { writeOutput } from '../cli/output-file.js';
import { choosePolicies, type PolicyFlags } from '../cli/policy-choice.js';
import { policyFlags } from '../cli/policy-flags.js';
import { choiceFlags, parseChoice } from '../cli/record-choice.js';
import { EgressError } from '../core/error.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import { verifySignature } from '../keys/ed25519.js';
import { keyBase } from '../keys/key-directory.js';
import { pageWrittenText } from '../page/page-written-text.js';
import { readAssets } from '../page/page-file.js';
import { writePage } from '../page/write-page.js';
import { exportTiles } from '../proof/tile-export.js';
import { countText } from '../report/text/quantity-text.js';
import { writtenText } from '../report/upkeep/written-text.js';
import type { RowQuery } from '../view/call-row.js';
import { writeView } from '../view/write-view.js';

export default class Export extends EgressCommand {
  static override summary = 'Hand the journal over: a bundle that proves itself, or a form that other tools read.';
  static override description =
    'bundle: evidence for somebody else, a folder or .tar.gz that egress verify checks. The whole journal, or with\n' +
    'flags that choose records those alone: of the others it holds hashes, which show that they exist and no more.\n' +
    'It never holds keys. html: a page that checks itself in a browser. format: calls for spreadsheets, SIEMs and\n' +
    'databases. tlog: a C2SP tlog-tiles log with all records up to the newest head. Its checkpoint is signed by the\n' +
    'run key that the output names; what ties that key to the journal’s own is in epochs/ and is not part of the log.';

  static override examples = [
    '<%= config.bin %> export --bundle evidence.tar.gz',
    '<%= config.bin %> export --bundle october --since 2026-10-01 --until 2026-11-01',
    '<%= config.bin %> export --bundle two-calls.tar.gz --disclose 287,312',
    '<%= config.bin %> export --html evidence.html',
    '<%= config.bin %> export --format csv --package stripe --out stripe.csv',
    '<%= config.bin %> export --tlog ./log',
  ];

  static override args = { journal: journalArg };
  static override flags = {
    bundle: string({ description: 'New folder, or .tar.gz, for the evidence', helpValue: '<folder|file>' }),
    format: option({ options: ['csv', 'ocsf', 'parquet'] as const })({
      description: 'Calls for another tool: a view, and never evidence',
      helpValue: '<name>',
    }),
    out: string({ description: 'New file for --format, instead of stdout', helpValue: '<file>' }),
    tlog: string({ description: 'New folder for the log', helpValue: '<folder>' }),
    html: string({ description: 'File for an evidence page: a report that checks itself', helpValue: '<file>' }),
    ...choiceFlags,
    alone: boolean({ description: 'Leave out the process, call site and headers lines that rows refer to' }),
    key: string({ description: 'Key that report or page is made with, or a file with it', helpValue: '<key|file>' }),
    ...policyFlags,
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Export);
    const asked = [flags.bundle, flags.html, flags.tlog, flags.format].filter((flag) => flag !== undefined);
    if (asked.length !== 1) {
      throw new EgressError('USAGE', asked.length === 0 ? 'nothing says what to write' : 'one form at a time', {
        hint: 'egress export --bundle evidence.tar.gz writes evidence; egress export --help lists the other forms.',
      });
    }
    const directory = existingJournal(await this.journalPath(args.journal));
    const choice = parseChoice(flags, Date.now());
    // Whoever chooses records must not hand over the others by mistake.
    if (choice !== undefined && flags.bundle === undefined && flags.format === undefined) {
      throw new EgressError(
        'USAGE',
        'the records are chosen for --bundle and --format only; this form has all of them',
      );
    }
    if (flags.tlog !== undefined) return this.#tiles(directory, flags.tlog);
    if (flags.html !== undefined) return this.#page(directory, flags.html, flags);
    if (flags.format !== undefined) return this.#view(directory, flags.format, flags.out, choice);
    const written = await writeBundle({
      directory,
      target: flags.bundle ?? '',
      wanted: choice === undefined ? undefined : { ...choice, alone: flags.alone },
      key: flags.key === undefined ? undefined : { key: parseKeyArgument(flags.key), source: 'given', replaced: [] },
      keyBase: keyBase(process.env),
      policies: await choosePolicies(flags, process.cwd()),
    });
    return this.#bundle(written, flags.bundle ?? '');
  }

  #bundle({ kind, files, verification }: WrittenBundle, target: string): unknown {
    const { verdict, head } = verification;
    if (this.jsonEnabled()) {
      const shown = 'shown' in verification ? { shown: verification.shown.count, kinds: verification.shown.kinds } : {};
      return { bundle: target, kind, files, verdict, head, ...shown };
    }
    this.print(writtenText(verification, { target, files }, this.colour()));
    return undefined;
  }

  async #view(
    directory: string,
    format: 'csv' | 'ocsf' | 'parquet',
    out: string | undefined,
    choice: RowQuery | undefined,
  ): Promise<unknown> {
    if (out === undefined && this.jsonEnabled()) {
      throw new EgressError('USAGE', 'stdout can have the calls or the result of --json, not both', {
        hint: 'Name a file with --out.',
      });
    }
    const count = await writeView(directory, { format, out, query: choice, version: this.config.version });
    if (this.jsonEnabled()) return { format, file: out, calls: count };
    const text = `${countText(count, 'call')} as ${format}. A view: nothing in it is proven, or was verified.`;
    if (out === undefined) process.stderr.write(`${text}\n`);
    else this.print(`✓ EXPORTED   ${text}`);
    return undefined;
  }

  #tiles(directory: string, folder: string): unknown {
    const chosen = chooseHead(directory, ownKey(keyBase(process.env), directory), verifySignature);
    const { size, files } = exportTiles(chosen, folder);
    const root = rootToBase64(chosen.head.root);
    const key = chosen.head.epoch.runKey.text;
    if (this.jsonEnabled()) return { folder, size, root, key, files };
    this.print(
      `✓ EXPORTED   ${size} records, ${files} files in ${folder}\n  Key         ${key}\n  Head        ${size}:${root}`,
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
      policies: await choosePolicies(flags, process.cwd()),
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
