/**
 * The full verdict on a journal. Reads only; trusts nothing that lies in the journal, and not the code that wrote it.
 *
 * A journal may be verified while it is recorded. Heads and epochs are read first and the lines after them, so that
 * whatever a head covers is there when its lines are read.
 */
import { EgressError, systemCode } from '../core/error.js';
import { parseJournalFile, type JournalFile } from '../journal/folder/journal-file.js';
import { JournalLayout, listEpochs, listHeads, listSegments, SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import type { VerifySignature } from '../keys/ed25519.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { checkAccess } from './checks/access-check.js';
import { expectedNote, judgeWitnesses, readCosignatures, storedCosignatures } from './heads/cosigned-head.js';
import type { VerifyOptions } from './evidence.js';
import { compareExpected } from './heads/expected-comparison.js';
import { FindingList, type Obstacle } from './finding.js';
import { compareHeads } from './heads/head-comparison.js';
import { StructureCheck } from './checks/journal-structure.js';
import { checkNamedRecords } from './checks/named-records.js';
import type { PinnedKey } from './heads/pinned-key.js';
import { checkPolicies } from './checks/policy-check.js';
import { readOpening, type RecoveredClaim, type SegmentOpening } from './segments/segment-opening.js';
import { loadHead, loadHeads, walkEpochs, type FoundHead, type WalkedEpoch } from './heads/signed-files.js';
import { TreeWalk, type Walk, type WalkInput } from './segments/tree-walk.js';
import { checkBodyFiles } from './checks/officer-check.js';
import { newestRemoval, rootsBelow } from './checks/vacuum-check.js';
import { expectedHeadRemoved, removalLimits } from './checks/vacuum-limits.js';
import { notChecked, type Verification } from './verification.js';
import { summarize } from './summary.js';

/** How often a journal that changes meanwhile is read; one that is changed on and on is judged as it was then. */
const ATTEMPTS_MAX = 3;

/** Never throws for what the journal holds; an obstacle of the machine (unreadable files) is NOT CHECKED. */
export async function verifyJournal(options: VerifyOptions): Promise<Verification> {
  const layout = new JournalLayout(options.directory);
  for (let attempt = 1; ; attempt += 1) {
    const before = listing(layout);
    const result = await verifyOnce(options);
    // A recorder that hands over to a new key while it is read shows one half of that: what is wrong only then, is not.
    const isGood = result.findings.length === 0 && result.obstacle?.code !== 'UNREADABLE';
    if (isGood || attempt === ATTEMPTS_MAX || before === listing(layout)) return result;
  }
}

/** Which files there are; each hand-over adds some. */
function listing(layout: JournalLayout): string {
  try {
    const lists = [listSegments, listHeads, listEpochs].map((list) => list(fileSystem, layout).numbers);
    return lists.map((numbers) => [numbers.length, numbers[0], numbers.at(-1)].join(' ')).join();
  } catch {
    // What cannot be listed is reported by the verification itself.
    return '';
  }
}

async function verifyOnce(options: VerifyOptions): Promise<Verification> {
  const { directory } = options;
  try {
    return await verifyReadable(options);
  } catch (error) {
    const isObstacle = error instanceof EgressError ? error.code !== 'INTERNAL' : systemCode(error) !== undefined;
    if (!isObstacle || !(error instanceof Error)) throw error;
    return notChecked(
      { path: directory },
      {
        code: 'UNREADABLE',
        message: error.message,
        hint: 'Nothing can be said about what cannot be read. Try as a user who may read the journal.',
      },
    );
  }
}

async function verifyReadable(options: VerifyOptions): Promise<Verification> {
  const { directory, pinned, verify, expected } = options;
  const layout = new JournalLayout(directory);
  const findings = new FindingList();
  const journalBytes = readSmallFile(fileSystem, layout.journalFile, SMALL_FILE_BYTES_MAX);
  if (journalBytes === undefined && listSegments(fileSystem, layout).numbers.length === 0) {
    return notChecked(
      { path: directory },
      {
        code: 'NOTHING_TO_CHECK',
        message: `there is no journal at ${directory}`,
        hint: 'Name a journal’s folder, a bundle or a proof; egress run -- COMMAND records a journal.',
      },
    );
  }
  if (pinned === undefined) {
    return notChecked(
      { path: directory },
      {
        code: 'NO_KEY',
        message: 'no key to check it with: this user did not record this journal here',
        hint: 'Get the key from whoever recorded it, on another way than the journal, and give it with --key.',
      },
    );
  }
  const journal = readJournalFile(journalBytes, pinned, findings);
  if (journal !== undefined && 'code' in journal) return notChecked({ path: directory }, journal);

  const epochs = walkEpochs(layout, pinned.key, verify, findings);
  const heads = loadHeads(layout, epochs, verify, findings);
  const now = Math.floor(Date.now() / 1000);
  const question = { witnesses: options.witnesses ?? [], origin: pinned.key.name, verify, now };
  const notes = [...storedCosignatures(layout, question, epochs, findings), ...expectedNote(expected)];
  const seen = readCosignatures(notes, question, findings);
  const { numbers } = listSegments(fileSystem, layout);
  const openings = new Map(numbers.map((number) => [number, readOpening(layout.segment(number))]));
  const recovered = recoveredClaims(openings);
  const sizes = [...heads, ...epochs, ...seen.cosigned, ...(expected === undefined ? [] : [expected])].map(
    ({ size }) => size,
  );
  const sorted = [...new Set(sizes)].filter((size) => size > 0).sort((a, b) => a - b);
  const tasks = numbers.map((segment) => {
    return { file: layout.segment(segment), segment, tornBytes: recovered.get(segment)?.tornBytes ?? 0, sizes: sorted };
  });
  const scanned = await options.scan(tasks);
  const removal = newestRemoval(
    scanned.flatMap(({ control }) => control),
    heads,
    epochs,
  );
  // Below the boundary of a vacuum is only what it did not get to remove.
  const isLeft = (segment: number): boolean => segment > (removal?.segment ?? 0);
  const scans = scanned.filter(({ segment }) => isLeft(segment));
  const input = {
    layout,
    numbers: numbers.filter(isLeft),
    base: removal,
    openings,
    recovered,
    scans: new Map(scans.map((scan) => [scan.segment, scan])),
    sizes: new Set(sorted),
    covered: Math.max(0, ...heads.map(({ size }) => size)),
  };
  const walk = walkTree(input, heads, findings);
  const matched = compareHeads(heads, walk, findings);
  const structure = new StructureCheck(
    {
      journal,
      epochs,
      heads,
      walk,
      recovered,
      verify,
      isHeadKept: (size) => isHeadKept(layout, size, heads, epochs, verify),
    },
    findings,
  ).check();
  checkNamedRecords(layout, walk, { heads, epochs }, findings);
  const access = checkAccess(layout, structure.state);
  checkPolicies(layout, walk, findings);
  const below = removal === undefined ? [] : rootsBelow(layout, pinned.key.name, removal, heads, findings);
  const roots = new Map([...walk.roots, ...below]);
  if (expected !== undefined && expected.size < walk.base && !roots.has(expected.size) && findings.isEmpty) {
    return notChecked({ path: directory }, expectedHeadRemoved(expected.size, walk.base));
  }
  const { witnessed, limits: unwitnessed } = judgeWitnesses(question, seen.cosigned, { ...walk, roots }, findings);
  const limits = [
    ...compareExpected(options, { ...walk, roots }, findings),
    ...seen.limits,
    ...unwitnessed,
    ...structure.limits,
    ...checkBodyFiles(
      scans.map(({ bodies }) => bodies),
      removal?.segment ?? 0,
      findings,
    ),
    ...removalLimits(removal, numbers, expected, findings),
    ...access.limits,
  ];
  return summarize({
    options,
    pinned,
    findings,
    limits,
    epochs,
    heads,
    matched,
    removal,
    witnessed,
    walk,
    structure,
    access,
    scans,
  });
}

const WRONG_KEY_WORDS = {
  own: 'another journal was recorded at this path',
  given: 'the key you gave is another',
  page: 'the key that came with it is another',
} as const;

function readJournalFile(
  bytes: Uint8Array | undefined,
  pinned: PinnedKey,
  findings: FindingList,
): JournalFile | Obstacle | undefined {
  const file = 'journal.json';
  if (bytes === undefined) {
    findings.add('JOURNAL_FILE_DAMAGED', 'journal.json is missing', { file });
    return undefined;
  }
  try {
    const journal = parseJournalFile(bytes);
    if (journal.key.text === pinned.key.text) return journal;
    const whose = WRONG_KEY_WORDS[pinned.source];
    findings.add('GENESIS_MISMATCH', `the journal begins with another key: ${whose}`, {
      file,
      expected: pinned.key.text,
      found: journal.key.text,
    });
    return journal;
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    if (error.code === 'JOURNAL_FOREIGN') {
      return { code: 'UNKNOWN_FORMAT', message: error.message, hint: error.hint ?? '' };
    }
    findings.add('JOURNAL_FILE_DAMAGED', error.message, { file });
    return undefined;
  }
}

/** The first `recovered` record that speaks of a segment; it has to stand in a later one. */
function recoveredClaims(openings: ReadonlyMap<number, SegmentOpening>): Map<number, RecoveredClaim> {
  const claims = new Map<number, RecoveredClaim>();
  for (const [number, { recovered }] of openings) {
    for (const claim of recovered) {
      if (claim.segment < number && !claims.has(claim.segment)) claims.set(claim.segment, claim);
    }
  }
  return claims;
}

/**
 * Where two lines in a row are damaged, the second's word about the first may be true or not; the signed root decides
 * which reading is right.
 */
function walkTree(input: Omit<WalkInput, 'preferStated'>, heads: readonly FoundHead[], findings: FindingList): Walk {
  const mismatches = (walk: Walk): number =>
    heads.filter(({ size, root }) => walk.roots.has(size) && walk.roots.get(size) !== root).length;
  const [first, firstFindings] = tryWalk(input, false);
  let [walk, found] = [first, firstFindings];
  if (first.wasDiagnosed && mismatches(first) > 0) {
    const [second, secondFindings] = tryWalk(input, true);
    if (mismatches(second) < mismatches(first)) [walk, found] = [second, secondFindings];
  }
  for (const { code, message, ...detail } of found.items) findings.add(code, message, detail);
  findings.omitted += found.omitted;
  return walk;
}

function tryWalk(input: Omit<WalkInput, 'preferStated'>, preferStated: boolean): [Walk, FindingList] {
  const findings = new FindingList();
  return [new TreeWalk({ ...input, preferStated }, findings).run(), findings];
}

/** A head that was listed, or that a recorder has written since. */
function isHeadKept(
  layout: JournalLayout,
  size: number,
  heads: readonly FoundHead[],
  epochs: readonly WalkedEpoch[],
  verify: VerifySignature,
): boolean {
  const file = `heads/${size}`;
  if (heads.some((head) => head.file === file)) return true;
  return loadHead(layout.head(size), file, size, epochs, verify, new FindingList()) !== undefined;
}
