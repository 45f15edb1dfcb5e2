/**
 * The verdict on some of a journal's records that come with signed heads and the hashes of all others. Each shown line
 * is proven, and so is that the others exist; what they say is not here.
 */
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import { JournalLayout } from '../journal/folder/layout.js';
import type { VerifySignature } from '../keys/ed25519.js';
import type { VerifierKey } from '../keys/verifier-key.js';
import { expectedNote, judgeWitnesses, readCosignatures, storedCosignatures } from './heads/cosigned-head.js';
import { compareExpected } from './heads/expected-comparison.js';
import type { ExpectedHead } from './heads/expected-head.js';
import { FindingList, type Limit, type Obstacle, type SeqRange } from './finding.js';
import { compareHeads } from './heads/head-comparison.js';
import { readPart, type PartReading } from './parts/part-reading.js';
import type { PartVerification } from './parts/part-verification.js';
import { withheldRanges, type ShownRecords } from './parts/shown-records.js';
import { isSignedInTime, loadHeads, walkEpochs, type FoundHead, type WalkedEpoch } from './heads/signed-files.js';
import { newestRemoval, type Removal } from './checks/vacuum-check.js';
import { removalLimits } from './checks/vacuum-limits.js';
import { mergeRanges, witnessItems, type CheckedItem, type Verdict, type WitnessedHead } from './verification.js';

export interface PartOptions {
  /** Folder with the part's files. */
  readonly directory: string;
  /** For the report. */
  readonly path: string;
  /** Genesis key that the auditor pins. */
  readonly key: VerifierKey | undefined;
  readonly expected: ExpectedHead | undefined;
  readonly witnesses: readonly VerifierKey[];
  readonly verify: VerifySignature;
}

/** @throws BUNDLE_INVALID, JOURNAL_UNREADABLE */
export function verifyPart(options: PartOptions): PartVerification {
  const { directory, key } = options;
  if (key === undefined) {
    return notChecked(options, {
      code: 'NO_KEY',
      message: 'no key to check it with',
      hint: 'Get the journal’s key from whoever recorded it, on another way than the bundle: --key',
    });
  }
  const findings = new FindingList();
  const layout = new JournalLayout(directory);
  const epochs = walkEpochs(layout, key, options.verify, findings);
  const heads = loadHeads(layout, epochs, options.verify, findings);
  const reading = readPart(directory, key.name, [...heads, ...epochs], findings);
  if (reading === undefined) return { ...blankResult(options), verdict: 'NOT_VERIFIED', findings: findings.items };
  return new PartJudge(options, key, { epochs, heads, ...reading }, findings).result();
}

/** What the files say, signatures checked. */
interface Material extends PartReading {
  readonly epochs: readonly WalkedEpoch[];
  readonly heads: readonly FoundHead[];
}

class PartJudge {
  readonly #options: PartOptions;
  readonly #key: VerifierKey;
  readonly #material: Material;
  readonly #findings: FindingList;

  constructor(options: PartOptions, key: VerifierKey, material: Material, findings: FindingList) {
    this.#options = options;
    this.#key = key;
    this.#material = material;
    this.#findings = findings;
  }

  result(): PartVerification {
    const { heads, walk, size, removed, shown } = this.#material;
    const tree = { roots: walk.roots, sealed: walk.sealed, total: size };
    const matched = compareHeads(heads, tree, this.#findings);
    if (matched?.size !== size && this.#findings.isEmpty) {
      this.#findings.add('HEAD_MISSING', `there is no signed head of ${size} records`, { file: `part/heads/${size}` });
    }
    this.#checkEpochRoots();
    const removal = this.#checkRemoval();
    const { witnessed, limits: unwitnessed } = this.#witnesses();
    const limits = [
      ...this.#compareExpected(),
      ...unwitnessed,
      ...this.#unsigned(),
      ...removalLimits(removal, [], this.#options.expected, this.#findings),
      ...this.#withheldLimit(),
    ];
    return {
      verdict: this.#verdict(limits, witnessed),
      part: { path: this.#options.path, origin: this.#key.name, key: this.#key.text },
      total: size - removed,
      ...this.#records(),
      ...(removed === 0 ? {} : { removed: [1, removed] as const }),
      ...(matched === undefined
        ? {}
        : { head: { size: matched.size, root: rootToBase64(matched.root), key: matched.epoch.runKey.text } }),
      witnessed,
      checked: [...this.#checked(matched, removal), ...witnessItems(witnessed)],
      findings: this.#findings.items,
      findingsOmitted: this.#findings.omitted,
      limits,
      notShown: notShown(shown, size - removed),
    };
  }

  #checkEpochRoots(): void {
    const { epochs, walk } = this.#material;
    for (const { number, size, root } of epochs) {
      const found = walk.roots.get(size);
      if (found === undefined || found === root) continue;
      const detail = { file: `part/epochs/${number}`, expected: root, found };
      this.#findings.add('EPOCH_INVALID', `epoch ${number} begins with another history than the records`, detail);
    }
  }

  /** That records are gone has to be shown by the receipt of the vacuum. */
  #checkRemoval(): Removal | undefined {
    const { removed, shown, heads, epochs, walk } = this.#material;
    const removal = newestRemoval(shown.vacuums, heads, epochs);
    if (removed === 0 && removal === undefined) return undefined;
    const isReceipt = removal?.boundary === removed && removal.frontier.join() === walk.frontier.join();
    if (isReceipt) return removal;
    this.#findings.add(
      'VACUUM_INVALID',
      `what a vacuum removed is not what the part says: the records up to #${removed}`,
      {
        records: [1, removed],
      },
    );
    return undefined;
  }

  #witnesses(): { readonly witnessed: readonly WitnessedHead[]; readonly limits: readonly Limit[] } {
    const { witnesses, verify, expected, directory } = this.#options;
    const { walk, size, epochs } = this.#material;
    const question = { witnesses, origin: this.#key.name, verify, now: Math.floor(Date.now() / 1000) };
    const stored = storedCosignatures(new JournalLayout(directory), question, epochs, this.#findings);
    const notes = [...stored, ...expectedNote(expected)];
    const { cosigned, limits } = readCosignatures(notes, question, this.#findings);
    const verdict = judgeWitnesses(question, cosigned, { roots: walk.roots, total: size }, this.#findings);
    return { witnessed: verdict.witnessed, limits: [...limits, ...verdict.limits] };
  }

  #compareExpected(): Limit[] {
    const { expected, witnesses } = this.#options;
    const { walk, size } = this.#material;
    const isApart = expected !== undefined && expected.size < size && !walk.roots.has(expected.size);
    if (!isApart) return compareExpected({ expected, witnesses }, { roots: walk.roots, total: size }, this.#findings);
    const message = `the head you gave, of ${expected.size} records, is none of those in the bundle: not compared`;
    return [{ code: 'EXPECTED_HEAD_APART', message }];
  }

  /** Records that were not signed while they were recorded. */
  #unsigned(): Limit[] {
    const { shown, heads, epochs } = this.#material;
    const late = shown.records.filter(({ seq }) => !isSignedInTime(seq, heads, epochs));
    return mergeRanges(late.map(({ seq }): SeqRange => [seq, seq])).map((records) => {
      const message = `#${records[0]} to #${records[1]} unproven: not signed while they were recorded`;
      return { code: 'RECOVERED', message, records };
    });
  }

  #withheldLimit(): Limit[] {
    const { shown, size, removed } = this.#material;
    const withheld = size - removed - shown.count;
    if (withheld <= 0) return [];
    const message = `${withheld} of ${size - removed} records are not shown: what they say is not in this bundle`;
    return [{ code: 'PARTLY_DISCLOSED', message }];
  }

  #verdict(limits: readonly Limit[], witnessed: readonly WitnessedHead[]): Verdict {
    if (!this.#findings.isEmpty) return 'NOT_VERIFIED';
    if (limits.length > 0) return 'VERIFIED_WITH_LIMIT';
    return witnessed.length > 0 ? 'VERIFIED_WITNESSED' : 'VERIFIED';
  }

  #records(): Pick<PartVerification, 'shown' | 'withheld'> {
    const { shown, size, removed } = this.#material;
    const isProven = this.#findings.isEmpty;
    return {
      shown: {
        count: shown.count,
        kinds: Object.fromEntries(shown.kinds),
        ranges: shown.ranges,
        records: isProven ? shown.records : [],
      },
      withheld: {
        count: size - removed - shown.count,
        ranges: withheldRanges(shown.ranges, removed + 1, shown.isCut ? (shown.ranges.at(-1)?.[1] ?? size) : size),
      },
    };
  }

  #checked(matched: FoundHead | undefined, removal: Removal | undefined): CheckedItem[] {
    const { epochs, heads, shown, size, removed } = this.#material;
    const codes = new Set(this.#findings.items.map(({ code }) => code));
    const isWhole = matched?.size === size && !codes.has('PROOF_MISMATCH');
    const count = new Set(heads.map((head) => head.size)).size;
    return [
      {
        ok: !codes.has('EPOCH_INVALID') && !codes.has('GENESIS_MISMATCH'),
        text: `${epochs.length} ${epochs.length === 1 ? 'key' : 'keys'} handed over in order, from the key you gave`,
      },
      {
        ok: isWhole && !codes.has('HEAD_INVALID') && !codes.has('HEAD_MISMATCH'),
        text: `${count} ${count === 1 ? 'head' : 'heads'} signed, and the records are under them`,
        ...(matched === undefined ? {} : { detail: `#${matched.size}` }),
      },
      { ok: isWhole, text: 'each shown record is the one in its place', detail: `${shown.count} of ${size - removed}` },
      ...(removal === undefined
        ? []
        : [{ ok: true, text: `#1 to #${removed} were removed by a vacuum`, detail: `#${removal.seq}` }]),
    ];
  }
}

function notShown(shown: ShownRecords, total: number): string[] {
  const isPart = shown.count < total;
  return [
    ...(isPart
      ? [
          'what the records say that are not shown; whoever made the bundle chose, and gaps or other calls may be among them',
          'that no later record corrects or completes one that is shown',
        ]
      : []),
    ...(shown.apart > 0
      ? [`which process, call site or headers ${shown.apart} of the records refer to: those lines are not shown`]
      : []),
    'that the head is the journal’s newest: records behind it are not part of this bundle',
    'that whoever holds the keys did not record it again: only a head that somebody else kept at the time shows that',
    'that what a record says is right: it comes from the machine and the program that were recorded',
  ];
}

function notChecked(options: PartOptions, obstacle: Obstacle): PartVerification {
  return { ...blankResult(options), obstacle };
}

function blankResult({ path }: PartOptions): PartVerification {
  return {
    verdict: 'NOT_CHECKED',
    part: { path },
    total: 0,
    shown: { count: 0, kinds: {}, ranges: [], records: [] },
    withheld: { count: 0, ranges: [] },
    witnessed: [],
    checked: [],
    findings: [],
    findingsOmitted: 0,
    limits: [],
    notShown: [],
  };
}
