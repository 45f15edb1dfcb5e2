/**
 * The verifier by itself: what `egress verify` decides, in one file that runs on plain Node.js with nothing installed
 * (`dist/egress-verify.mjs`), for whoever is handed a journal and wants to read the code that judges it.
 *
 * It reads segments one after the other in this thread; `egress verify` spreads them over threads. Nothing is pinned
 * but the key that is given: there is no key directory at a stranger's place.
 */
import { realpathSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseExpectedHead } from '../audit/heads/expected-head.js';
import { parseKeyArgument } from '../audit/heads/pinned-key.js';
import { scanSegment, type ScanTask } from '../audit/segments/segment-scan.js';
import { verdictExitCode, type Verification } from '../audit/verification.js';
import type { ProofVerification } from '../audit/parts/proof-verification.js';
import { verifyJournal } from '../audit/verify-journal.js';
import { bundleShape } from '../audit/parts/bundle-source.js';
import { verifyBundle, type BundleVerification } from '../audit/verify-bundle.js';
import { verifyProof } from '../audit/verify-proof.js';
import { EgressError } from '../core/error.js';
import { printable, printableJson } from '../core/printable.js';
import { PROOF_BYTES_MAX } from '../journal/evidence/proof-file.js';
import { verifySignature } from '../keys/ed25519.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { NO_COLOUR } from '../report/text/palette.js';
import { bundleText } from '../report/verify/bundle-text.js';
import { proofText } from '../report/verify/proof-text.js';
import { verifyText } from '../report/verify/verify-text.js';

const USAGE = `node egress-verify.mjs JOURNAL --key KEY|FILE [--expect-head SIZE:ROOT|FILE] [--witness KEY|FILE]… [--strict] [--json]

  JOURNAL        folder of the journal, a bundle (folder or .tar.gz), or a file that egress prove wrote
  --key          key that the journal has to begin with; get it from somebody else than the journal
  --expect-head  head that was kept elsewhere: without one, a cut end does not show
  --witness      key of a witness that has to have cosigned the head
  --strict       exit with 1 unless it is verified without a limit
  --json         the result as JSON

Exit codes: 0 verified, 1 not verified, 2 wrong usage, 3 not checked.
`;

const EXIT_USAGE = 2;
const EXIT_UNDECIDED = 3;

class UsageError extends Error {}

interface Request {
  readonly journal: string;
  readonly key: string | undefined;
  readonly expectHead: string | undefined;
  readonly witnesses: readonly string[];
  readonly strict: boolean;
  readonly json: boolean;
}

/** @returns undefined where help was asked for */
function parseCommandLine(args: readonly string[]): Request | undefined {
  const options = {
    key: { type: 'string' },
    'expect-head': { type: 'string' },
    witness: { type: 'string', multiple: true, default: [] as string[] },
    strict: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return undefined;
  const [journal] = positionals;
  if (journal === undefined || positionals.length > 1) throw new UsageError('name one journal folder');
  const { key, witness: witnesses, strict, json } = values;
  return { journal, key, expectHead: values['expect-head'], witnesses, strict, json };
}

function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // What does not exist is found missing by the verification, which says so.
    return folder;
  }
}

/** The result and its words. */
async function verify(
  request: Request,
): Promise<readonly [Verification | ProofVerification | BundleVerification, string]> {
  const { journal } = request;
  const key = request.key === undefined ? undefined : parseKeyArgument(request.key);
  const expected = request.expectHead === undefined ? undefined : parseExpectedHead(request.expectHead);
  const witnesses = request.witnesses.map((witness) => parseKeyArgument(witness, 'cosignature'));
  const options = {
    pinned: key === undefined ? undefined : { key, source: 'given' as const, replaced: [] },
    expected,
    witnesses,
    verify: verifySignature,
    scan: (tasks: readonly ScanTask[]) => Promise.resolve(tasks.map((task) => scanSegment(task))),
  };
  if (bundleShape(journal) !== undefined) {
    const result = await verifyBundle({ path: journal, ...options });
    return [result, bundleText(result, NO_COLOUR)];
  }
  if (statSync(journal, { throwIfNoEntry: false })?.isFile() === true) {
    const bytes = readSmallFile(fileSystem, journal, PROOF_BYTES_MAX) ?? new Uint8Array();
    const question = { witnesses, verify: verifySignature, now: Math.floor(Date.now() / 1000) };
    const result = verifyProof({ path: journal, bytes, key, expected, question });
    return [result, proofText(result, NO_COLOUR)];
  }
  const result = await verifyJournal({ directory: realPath(journal), ...options });
  return [result, verifyText(result, NO_COLOUR)];
}

function report(thrown: unknown): number {
  if (thrown instanceof UsageError) {
    process.stderr.write(`egress-verify: ${printable(thrown.message)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  const [message, hint] =
    thrown instanceof EgressError
      ? [`${thrown.message} (${thrown.code})`, thrown.hint]
      : [`a mistake in egress-verify: ${String(thrown)}`];
  process.stderr.write(`egress-verify: ${printable(message)}\n`);
  for (const line of hint?.split('\n') ?? []) process.stderr.write(`  ${printable(line)}\n`);
  return thrown instanceof EgressError && thrown.code === 'USAGE' ? EXIT_USAGE : EXIT_UNDECIDED;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const request = parseCommandLine(args);
    if (request === undefined) {
      process.stdout.write(USAGE);
      return 0;
    }
    const [result, words] = await verify(request);
    const text = request.json ? printableJson(JSON.stringify(result, undefined, 2)) : words;
    process.stdout.write(`${text}\n`);
    return verdictExitCode(result, request.strict);
  } catch (error) {
    return report(error);
  }
}

process.exitCode = await main(process.argv.slice(2));
