/** Writes one bundle: evidence, reports, and what its recipient has to know. */
import path from 'node:path';
import { ownKey, type PinnedKey } from '../audit/heads/pinned-key.js';
import type { PartVerification } from '../audit/parts/part-verification.js';
import { chooseHead } from '../audit/heads/signed-head.js';
import type { Verification } from '../audit/verification.js';
import { verifyPart } from '../audit/verify-part.js';
import { EgressError } from '../core/error.js';
import { JOURNAL_FOLDER, PART_FOLDER, type BundleKind } from '../journal/evidence/bundle.js';
import { parseJournalFile } from '../journal/folder/journal-file.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import { verifySignature } from '../keys/ed25519.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { judgingOf, type PolicyChoice } from '../report/policy/journal-judging.js';
import { ReportSource } from '../report/model/report-source.js';
import { writeJournalReport, writePartReport } from './bundle-report.js';
import { copyJournal } from './journal-copy.js';
import type { Wanted } from './part-choice.js';
import { writePart } from './part-writer.js';
import { readmeText, type PolicyName } from './readme-text.js';
import { StagedBundle } from './staged-bundle.js';

export interface BundleRequest {
  /** Real path of the journal. */
  readonly directory: string;
  /** Folder, or a name that ends with .tar.gz or .tgz. */
  readonly target: string;
  /** What to show; undefined for the whole journal. */
  readonly wanted: Wanted | undefined;
  /** Key that the reports are made with; without one, that of the one who records here. */
  readonly key: PinnedKey | undefined;
  readonly keyBase: string;
  /** What the report judges by, beside the policies that lie in the journal. */
  readonly policies: PolicyChoice;
}

export interface WrittenBundle {
  readonly target: string;
  readonly kind: BundleKind;
  readonly files: number;
  readonly verification: Verification | PartVerification;
}

/** @throws USAGE, JOURNAL_MISSING, JOURNAL_DAMAGED, JOURNAL_UNREADABLE, RECORD_NOT_FOUND, HEAD_INVALID */
export async function writeBundle(request: BundleRequest): Promise<WrittenBundle> {
  const { target, wanted } = request;
  const kind = wanted === undefined ? 'journal' : 'part';
  const bundle = new StagedBundle(target, kind);
  try {
    const [verification, newest] =
      wanted === undefined ? await writeJournal(bundle, request) : writeChosen(bundle, request, wanted);
    const policy = wanted === undefined ? writePolicy(bundle, request.policies) : undefined;
    const origin = originOf(request.directory);
    bundle.write('README.txt', readmeText({ kind, origin, policy }));
    const files = await bundle.finish(secondsOf(newest));
    return { target: bundle.target, kind, files, verification };
  } finally {
    bundle.discard();
  }
}

/**
 * The policy that was named, or the project's, with all that it extends in it: JSON, which is YAML as well. Each has the
 * name under which `egress report journal`, asked in the bundle, judges by it as the report in the bundle does.
 */
function writePolicy(bundle: StagedBundle, { given, fallback }: PolicyChoice): PolicyName | undefined {
  const policy = given ?? fallback;
  if (policy === undefined) return undefined;
  const name = given === undefined ? 'egress.policy.yaml' : 'policy.yaml';
  bundle.write(name, policy.text);
  return name;
}

/** The copy is verified, and reported on, as the recipient gets it. */
async function writeJournal(
  bundle: StagedBundle,
  { directory, key, keyBase, policies }: BundleRequest,
): Promise<readonly [Verification, newest: string]> {
  const folder = path.join(bundle.folder, JOURNAL_FOLDER);
  copyJournal(new JournalLayout(directory), folder);
  const pinned = key ?? ownKey(keyBase, directory);
  const source = new ReportSource({
    journal: folder,
    judging: await judgingOf(folder, policies),
    pin: () => (pinned === undefined ? undefined : { ...pinned, source: 'given', replaced: [] }),
  });
  const counting = source.advance();
  while (counting.next().done !== true);
  const verification = await source.verify();
  writeJournalReport(bundle, source);
  return [{ ...verification, journal: { ...verification.journal, path: JOURNAL_FOLDER } }, source.model().to];
}

function writeChosen(
  bundle: StagedBundle,
  { directory, key, keyBase }: BundleRequest,
  wanted: Wanted,
): readonly [PartVerification, newest: string] {
  const chosen = chooseHead(directory, key ?? ownKey(keyBase, directory), verifySignature);
  const folder = path.join(bundle.folder, PART_FOLDER);
  writePart(chosen, wanted, folder);
  const verification = verifyPart({
    directory: folder,
    path: PART_FOLDER,
    key: chosen.key,
    expected: undefined,
    witnesses: [],
    verify: verifySignature,
  });
  const [finding] = verification.findings;
  if (finding !== undefined)
    throw new EgressError('INTERNAL', `the part that was made does not verify: ${finding.message}`);
  writePartReport(bundle, verification);
  return [verification, timeOf(verification)];
}

/** Of the last record that is shown. */
function timeOf({ shown }: PartVerification): string {
  const line = shown.records.at(-1)?.line ?? '';
  return /"time":"([^"]{1,40})"/.exec(line)?.[1] ?? '';
}

/** An archive of the same records has the same bytes: its files bear the time of the newest record. */
function secondsOf(time: string): number {
  const millis = Date.parse(time);
  return Number.isFinite(millis) && millis > 0 ? Math.min(Math.floor(millis / 1000), 2 ** 32) : 0;
}

function originOf(directory: string): string | undefined {
  try {
    const file = new JournalLayout(directory).journalFile;
    return parseJournalFile(readSmallFile(fileSystem, file, SMALL_FILE_BYTES_MAX) ?? new Uint8Array()).origin;
  } catch (error) {
    if (error instanceof EgressError) return undefined;
    throw error;
  }
}
