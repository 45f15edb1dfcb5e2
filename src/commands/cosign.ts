import { statSync } from 'node:fs';
import path from 'node:path';
import { string } from '@oclif/core/flags';
import { parseKeyArgument } from '../audit/heads/pinned-key.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { existingJournal } from '../cli/journal-folder.js';
import { writeOutput } from '../cli/output-file.js';
import { encodeHex } from '../core/bytes.js';
import { EgressError, systemCode } from '../core/error.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import { JournalLayout } from '../journal/folder/layout.js';
import { PROOF_BYTES_MAX } from '../journal/evidence/proof-file.js';
import { fileSystem, makeFolder, readSmallFile, replaceFile } from '../keys/file-system.js';
import { cosign, type CosignSource } from '../proof/cosign.js';
import { createWitnessKey, readWitness } from '../proof/witness-key.js';
import { acquireLock } from '../system/lock.js';

export default class Cosign extends EgressCommand {
  static override summary = 'As a witness, sign the head of a journal that only grew since you saw it last.';
  static override description =
    'A witness has a key of its own, remembers the newest head that it saw of each journal, and signs with the time.\n' +
    'JOURNAL may also be a file that egress prove --from wrote, so that a witness needs no journal and no network.\n' +
    'Auditors who trust the witness check with egress verify --witness KEY.';

  static override examples = [
    '<%= config.bin %> cosign --init witness.key --name witness.example/1',
    '<%= config.bin %> cosign ./journal --key witness.key --journal-key ops.pub',
    '<%= config.bin %> cosign heads.proof --key witness.key --out cosigned-head',
  ];

  static override args = { journal: journalArg };
  static override flags = {
    init: string({
      description: 'Make the witness’s key in this file',
      helpValue: '<file>',
      exclusive: ['key', 'out'],
    }),
    name: string({ description: 'With --init: name of the witness, best an address', dependsOn: ['init'] }),
    key: string({ description: 'File with the witness’s key', helpValue: '<file>' }),
    'journal-key': string({
      description: 'Key that the journal begins with; needed the first time',
      helpValue: '<key|file>',
    }),
    out: string({ description: 'Write the cosigned head to a file, not into the journal', helpValue: '<file>' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Cosign);
    if (flags.init !== undefined) return this.#init(flags.init, flags.name);
    if (flags.key === undefined) {
      throw new EgressError('USAGE', 'the witness’s key is missing: --key FILE', {
        hint: 'egress cosign --init FILE makes one.',
      });
    }
    const given = flags['journal-key'];
    const source = sourceOf(await this.journalPath(args.journal));
    const witness = readWitness(fileSystem, flags.key, process.getuid?.());
    const { head, note, before } = cosign({
      source,
      witness,
      journalKey: given === undefined ? undefined : parseKeyArgument(given),
      now: Math.floor(Date.now() / 1000),
      fs: fileSystem,
      lock: acquireLock,
    });
    const name = `cosignatures/${head.size}.${encodeHex(witness.key.id)}`;
    const file = keep(note, source, head.size, encodeHex(witness.key.id), flags.out);
    const cosigned = Buffer.from(note).toString('utf8');
    if (this.jsonEnabled()) {
      const { origin, size } = head;
      return { origin, size, root: rootToBase64(head.root), before, witness: witness.key.text, file, cosigned };
    }
    const grown = before === 0 ? 'the first that this witness saw' : `grown from ${before}`;
    const said = `✓ COSIGNED   ${head.size} records, ${grown}`;
    if (file !== undefined) this.print(`${said}\n  ${file}`);
    else {
      process.stdout.write(cosigned);
      process.stderr.write(`${said}\n  Whoever keeps the journal puts this into ${name}\n`);
    }
    return undefined;
  }

  #init(file: string, name: string | undefined): unknown {
    const key = createWitnessKey(fileSystem, file, name);
    if (this.jsonEnabled()) return { key: key.text, file, public: `${file}.pub` };
    this.print(key.text);
    process.stderr.write(`${file} is the secret; keep it with ${file}.seen. Auditors get ${file}.pub.\n`);
    return undefined;
  }
}

function sourceOf(location: string): CosignSource {
  if (statSync(location, { throwIfNoEntry: false })?.isFile() !== true) {
    return { kind: 'journal', directory: existingJournal(location) };
  }
  return { kind: 'proof', bytes: readSmallFile(fileSystem, location, PROOF_BYTES_MAX) ?? new Uint8Array() };
}

/** @returns where the cosigned head went; undefined for a proof without --out */
function keep(
  note: Uint8Array,
  source: CosignSource,
  size: number,
  keyId: string,
  out: string | undefined,
): string | undefined {
  if (out !== undefined) {
    writeOutput(out, note);
    return out;
  }
  if (source.kind === 'proof') return undefined;
  const file = new JournalLayout(source.directory).cosignature(size, keyId);
  try {
    makeFolder(fileSystem, path.dirname(file), 0o750);
    replaceFile(fileSystem, file, note, 0o444);
  } catch (error) {
    throw new EgressError('JOURNAL_UNWRITABLE', `cannot write ${file}: ${systemCode(error) ?? 'unknown error'}`, {
      hint: 'The head counts as seen. Cosign it again with --out FILE, and hand that file over.',
      cause: error,
    });
  }
  return file;
}
