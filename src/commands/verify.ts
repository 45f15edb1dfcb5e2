import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { parseExpectedHead } from '../audit/heads/expected-head.js';
import { ownKey, parseKeyArgument } from '../audit/heads/pinned-key.js';
import { scanSegments } from '../audit/scan-pool.js';
import type { ScanTask } from '../audit/segments/segment-scan.js';
import type { ProofVerification } from '../audit/parts/proof-verification.js';
import { verdictExitCode, type Verification } from '../audit/verification.js';
import { verifyJournal } from '../audit/verify-journal.js';
import { bundleShape } from '../audit/parts/bundle-source.js';
import { verifyBundle, type BundleVerification } from '../audit/verify-bundle.js';
import { verifyProof } from '../audit/verify-proof.js';
import { EgressCommand, journalArg } from '../cli/base-command.js';
import { ProgressLine } from '../cli/progress-line.js';
import { PROOF_BYTES_MAX } from '../journal/evidence/proof-file.js';
import { verifySignature } from '../keys/ed25519.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { keyBase } from '../keys/key-directory.js';
import { bundleText } from '../report/verify/bundle-text.js';
import { proofText } from '../report/verify/proof-text.js';
import { verifyText } from '../report/verify/verify-text.js';

type Answer = Verification | ProofVerification | BundleVerification;

export default class Verify extends EgressCommand {
  static override summary = 'Check that a journal is whole, unchanged and signed, and say what that does not show.';
  static override description =
    'JOURNAL may also be a bundle (egress export --bundle), or a file that egress prove wrote.\n' +
    'Without --key, the key of the one who records here counts as pinned.\n' +
    'Only a head that was kept elsewhere (egress head) shows that the end was not cut off.';

  static override examples = [
    '<%= config.bin %> verify',
    '<%= config.bin %> verify ./journal --key ops.pub --expect-head head.txt',
    '<%= config.bin %> verify --witness w.pub --strict --json',
    '<%= config.bin %> verify evidence.tar.gz --key ops.pub --expect-head head.txt',
    '<%= config.bin %> verify record-287.tlog-proof --key ops.pub',
  ];

  static override args = { journal: journalArg };
  static override flags = {
    key: string({ description: 'Key that the journal has to begin with, or a file with it', helpValue: '<key|file>' }),
    'expect-head': string({
      description: 'Head that the journal has to contain: SIZE:ROOT, or a file that egress head wrote',
      helpValue: '<head|file>',
    }),
    witness: string({
      description: 'Key of a witness that has to have cosigned the head, or a file with it; may be given again',
      helpValue: '<key|file>',
      multiple: true,
    }),
    strict: boolean({ description: 'Exit with 1 unless it is verified without a limit' }),
  };

  async run(): Promise<Answer | undefined> {
    const { args, flags } = await this.parse(Verify);
    const expected = flags['expect-head'] === undefined ? undefined : parseExpectedHead(flags['expect-head']);
    const witnesses = (flags.witness ?? []).map((argument) => parseKeyArgument(argument, 'cosignature'));
    const key = flags.key === undefined ? undefined : parseKeyArgument(flags.key);
    const location = await this.journalPath(args.journal);
    const verify = verifySignature;
    const given = key === undefined ? undefined : { key, source: 'given' as const, replaced: [] };
    const options = { expected, witnesses, verify, scan: scanSegments };
    if (bundleShape(location) !== undefined) {
      const result = await verifyBundle({ path: location, pinned: given, ...options });
      return this.#answer(result, flags.strict, bundleText(result, this.colour(), this.columns()));
    }
    if (isFile(location)) {
      const bytes = readSmallFile(fileSystem, location, PROOF_BYTES_MAX) ?? new Uint8Array();
      const question = { witnesses, verify, now: Math.floor(Date.now() / 1000) };
      const result = verifyProof({ path: location, bytes, key, expected, question });
      return this.#answer(result, flags.strict, proofText(result, this.colour()));
    }
    const directory = realPath(location);
    const pinned = given ?? ownKey(keyBase(process.env), directory);
    const progress = new ProgressLine(process.stderr);
    const scan = (tasks: readonly ScanTask[]): ReturnType<typeof scanSegments> =>
      scanSegments(tasks, (share) => {
        progress.show('verifying', share);
      });
    const result = await verifyJournal({ directory, pinned, ...options, scan });
    progress.clear();
    return this.#answer(result, flags.strict, verifyText(result, this.colour()));
  }

  #answer<R extends Answer>(result: R, isStrict: boolean, text: string): R | undefined {
    process.exitCode = verdictExitCode(result, isStrict);
    if (this.jsonEnabled()) return result;
    this.print(text);
    return undefined;
  }
}

function isFile(location: string): boolean {
  return statSync(location, { throwIfNoEntry: false })?.isFile() === true;
}

/** The key directory goes by it. A path that does not exist stays as it is, and is found missing later. */
function realPath(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return path.resolve(directory);
  }
}
