/**
 * Joins the segments, in order, to one chain and one tree, and puts in the hashes of damaged lines that the lines
 * after them state. Where a line is missing whose hash nobody states, the tree ends.
 */
import { CompactRange } from '../../journal/tree/merkle.js';
import { segmentName, type JournalLayout } from '../../journal/folder/layout.js';
import { nodeHasher, NO_HASH, type Hash } from '../../journal/tree/tree-hasher.js';
import type { FindingList, SeqRange } from '../finding.js';
import { diagnoseSegment, type Diagnosis, type PlacedLine } from './segment-diagnosis.js';
import type { BodyScanResult, BodyStretch } from './body-scan.js';
import type { RecoveredClaim, SegmentOpening } from './segment-opening.js';
import type { ControlRecord, SegmentScan } from './segment-scan.js';

/** A segment in its place. */
export interface WalkedSegment {
  readonly segment: number;
  readonly first: number;
  /** first - 1 for a segment without records. */
  readonly last: number;
  readonly control: readonly ControlRecord[];
  /** The last line, if it is a seal. */
  readonly lastSeal: Readonly<Record<string, unknown>> | undefined;
  /** Bytes that are no valid lines, at the end of the last segment or as a `recovered` record declares. */
  readonly tornBytes: number;
  readonly tornSha256: Hash | undefined;
  readonly isDamaged: boolean;
  readonly bodies: readonly BodyStretch[];
  readonly fingerprints: BodyScanResult['fingerprints'];
}

/** Where the tree begins: at its first leaf, or with what a vacuum has left of the ones before. */
interface TreeBase {
  readonly boundary: number;
  readonly frontier: readonly Hash[];
  /** Leaf hash of the record `boundary`. */
  readonly hash: Hash;
  /** The last segment that is gone. */
  readonly segment: number;
}

export interface Walk {
  /** Number of the last record that a vacuum has removed, or 0. */
  readonly base: number;
  readonly segments: readonly WalkedSegment[];
  /** Records up to here have a place. */
  readonly total: number;
  /** Root of the tree at the sizes that were asked for, as far as it is known. */
  readonly roots: ReadonlyMap<number, Hash>;
  readonly sealed: ReadonlySet<number>;
  readonly damaged: readonly SeqRange[];
  readonly missing: readonly SeqRange[];
  readonly kinds: ReadonlyMap<string, number>;
  readonly self: number;
  /** A segment had to be diagnosed. */
  readonly wasDiagnosed: boolean;
}

export interface WalkInput {
  readonly layout: JournalLayout;
  /** Ascending. */
  readonly numbers: readonly number[];
  readonly scans: ReadonlyMap<number, SegmentScan>;
  readonly openings: ReadonlyMap<number, SegmentOpening>;
  /** By the segment that they speak of. */
  readonly recovered: ReadonlyMap<number, RecoveredClaim>;
  readonly sizes: ReadonlySet<number>;
  /** Size of the newest head. */
  readonly covered: number;
  readonly preferStated: boolean;
  readonly base: TreeBase | undefined;
}

export class TreeWalk {
  readonly #input: WalkInput;
  readonly #findings: FindingList;
  readonly #segments: WalkedSegment[] = [];
  /** Undefined once a hash is unknown. */
  #tree: CompactRange | undefined = new CompactRange(nodeHasher);
  #total = 0;
  /** Hash of the last record; empty if it is unknown. */
  #lastHash: Hash = NO_HASH;
  readonly #roots = new Map<number, Hash>();
  readonly #sealed = new Set<number>();
  readonly #damaged: SeqRange[] = [];
  readonly #missing: SeqRange[] = [];
  readonly #kinds = new Map<string, number>();
  #self = 0;
  #wasDiagnosed = false;

  constructor(input: WalkInput, findings: FindingList) {
    this.#input = input;
    this.#findings = findings;
    if (input.base === undefined) return;
    const { boundary, frontier, hash } = input.base;
    this.#tree = new CompactRange(nodeHasher, 0, boundary, frontier);
    this.#total = boundary;
    this.#lastHash = hash;
    this.#roots.set(boundary, this.#tree.root());
    this.#sealed.add(boundary);
  }

  run(): Walk {
    const { numbers, scans } = this.#input;
    let expected = (this.#input.base?.segment ?? 0) + 1;
    for (const [at, number] of numbers.entries()) {
      if (number !== expected) this.#skipSegments(expected, number - 1, number);
      expected = number + 1;
      const scan = scans.get(number);
      if (scan !== undefined) this.#take(scan, numbers[at + 1]);
    }
    return {
      base: this.#input.base?.boundary ?? 0,
      segments: this.#segments,
      total: this.#total,
      roots: this.#roots,
      sealed: this.#sealed,
      damaged: this.#damaged,
      missing: this.#missing,
      kinds: this.#kinds,
      self: this.#self,
      wasDiagnosed: this.#wasDiagnosed,
    };
  }

  /** A gap in the segments' numbers. The next one says where it begins and which hash the lost part ended with. */
  #skipSegments(from: number, to: number, next: number): void {
    const opening = this.#input.openings.get(next);
    const last = (opening?.first ?? 0) - 1;
    const names =
      from === to ? `segment ${segmentName(from)} is` : `segments ${segmentName(from)} to ${segmentName(to)} are`;
    const records: SeqRange | undefined = last > this.#total ? [this.#total + 1, last] : undefined;
    this.#findings.add('SEGMENT_MISSING', `${names} missing`, {
      place: { segment: from },
      ...(records === undefined ? {} : { records }),
      ...(opening === undefined || opening.prev === '' ? {} : { expected: opening.prev }),
    });
    if (records === undefined) return;
    this.#missing.push(records);
    this.#tree = undefined;
    this.#total = last;
    this.#lastHash = opening?.prev ?? '';
  }

  #take(scan: SegmentScan, next: number | undefined): void {
    const { covered, openings, recovered } = this.#input;
    const opening = next === undefined ? undefined : openings.get(next);
    const claim = recovered.get(scan.segment);
    const torn = claim?.tornBytes ?? 0;
    const isEmpty = scan.first === 0 && scan.anomaly === undefined;
    const joins =
      isEmpty || (scan.first === this.#total + 1 && (this.#lastHash === '' || scan.firstPrev === this.#lastHash));
    const isWhole = scan.anomaly === undefined && scan.validBytes + torn === scan.fileBytes;
    const lastHash = isEmpty ? this.#lastHash : scan.lastHash;
    const last = isEmpty ? this.#total : scan.last;
    const isFollowed = opening === undefined || opening.first === 0 || opening.first === last + 1;
    const isStated = opening === undefined || opening.prev === '' || opening.prev === lastHash || lastHash === '';
    if (joins && isWhole && isFollowed && isStated) this.#join(scan, torn);
    else if (next === undefined && this.#isTornTail(scan, joins, covered))
      this.#join(scan, scan.fileBytes - scan.validBytes);
    else this.#diagnose(scan, opening, torn);
  }

  /**
   * In the last segment, and behind the newest head, broken bytes are what a crash, or a write in progress, leaves.
   * Nothing was signed there: who edits those bytes could as well have rewritten them.
   */
  #isTornTail(scan: SegmentScan, joins: boolean, covered: number): boolean {
    const broken = scan.first === 0 ? this.#total + 1 : scan.last + 1;
    return broken > covered && (joins || scan.first === 0);
  }

  #join(scan: SegmentScan, tornBytes: number): void {
    const isEmpty = scan.first === 0;
    const first = this.#total + 1;
    if (!isEmpty) {
      for (const part of scan.trees) {
        const tree = this.#tree?.copy();
        tree?.join(part);
        if (tree !== undefined) this.#roots.set(part.end, tree.root());
      }
      this.#tree?.join(scan.tree);
      this.#total = scan.last;
      this.#lastHash = scan.lastHash;
    }
    for (const size of scan.sealed) this.#sealed.add(size);
    for (const [kind, count] of Object.entries(scan.kinds)) this.#count(kind, count);
    this.#self += scan.self;
    this.#segments.push({
      segment: scan.segment,
      first,
      last: this.#total,
      control: scan.control,
      lastSeal: scan.lastSeal,
      tornBytes,
      tornSha256: scan.tornSha256,
      isDamaged: false,
      bodies: scan.bodies.stretches,
      fingerprints: scan.bodies.fingerprints,
    });
  }

  #count(kind: string, count: number): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + count);
  }

  #diagnose(scan: SegmentScan, opening: SegmentOpening | undefined, tornBytes: number): void {
    this.#wasDiagnosed = true;
    const { layout, preferStated } = this.#input;
    const first = this.#total + 1;
    const diagnosis = diagnoseSegment({
      file: layout.segment(scan.segment),
      to: scan.fileBytes - tornBytes,
      first,
      last: opening === undefined || opening.first < first ? undefined : opening.first - 1,
      stated: opening?.prev ?? '',
      preferStated,
    });
    for (const line of diagnosis.lines) this.#place(line);
    this.#report(scan.segment, diagnosis);
    this.#self += diagnosis.self;
    const lastLine = diagnosis.lines.at(-1);
    const seals = diagnosis.control.filter(({ kind, seq }) => kind === 'seal' && seq === lastLine?.seq);
    this.#segments.push({
      segment: scan.segment,
      first,
      last: this.#total,
      control: diagnosis.control.filter(({ kind }) => kind !== 'seal'),
      lastSeal: seals[0]?.record,
      tornBytes,
      tornSha256: scan.tornSha256,
      isDamaged: true,
      bodies: [],
      fingerprints: [],
    });
  }

  #place(line: PlacedLine): void {
    if (line.leaf === '') this.#tree = undefined;
    else this.#tree?.append(line.leaf);
    this.#total = line.seq;
    this.#lastHash = line.leaf;
    if (line.kind !== '' && line.status === 'good') this.#count(line.kind, 1);
    if (!this.#input.sizes.has(line.seq)) return;
    // Whether a damaged line was a seal nobody can say; that it is damaged is said already.
    if (line.kind === 'seal' || line.status !== 'good') this.#sealed.add(line.seq);
    if (this.#tree !== undefined) this.#roots.set(line.seq, this.#tree.root());
  }

  #report(segment: number, { lines, extra }: Diagnosis): void {
    for (const { index, offset, seq, leaf } of extra) {
      const isElsewhere = lines.some((line) => line.leaf !== '' && line.leaf === leaf);
      const what = seq === 0 ? 'a line that is no record' : `a line that calls itself #${seq}`;
      const why = isElsewhere ? 'stands twice or in the wrong place' : 'belongs nowhere';
      this.#findings.add('LINE_EXTRA', `${what} ${why}`, { place: { segment, line: index + 1, byte: offset } });
    }
    let missingFrom = 0;
    for (const [at, line] of lines.entries()) {
      if (line.status === 'missing') {
        if (missingFrom === 0) missingFrom = line.seq;
        if (lines[at + 1]?.status === 'missing') continue;
        this.#reportMissing(segment, [missingFrom, line.seq], line.stated);
        missingFrom = 0;
      } else if (line.status === 'damaged') {
        this.#damaged.push([line.seq, line.seq]);
        this.#reportDamaged(segment, line);
      }
    }
  }

  #reportMissing(segment: number, records: SeqRange, expected: Hash): void {
    this.#missing.push(records);
    const [first, last] = records;
    const what = first === last ? `record #${first} is missing` : `records #${first} to #${last} are missing`;
    this.#findings.add('LINES_MISSING', what, {
      place: { segment },
      records,
      ...(expected === '' ? {} : { expected }),
    });
  }

  #reportDamaged(segment: number, line: PlacedLine): void {
    const { seq, index, offset, stated, actual, fault } = line;
    const what = fault === undefined ? 'does not match its hash' : `is not a valid record: ${fault}`;
    this.#findings.add('LINE_DAMAGED', `record #${seq} ${what}`, {
      place: { segment, line: index + 1, byte: offset },
      records: [seq, seq],
      ...(stated === '' ? {} : { expected: stated }),
      ...(actual === '' ? {} : { found: actual }),
    });
  }
}
