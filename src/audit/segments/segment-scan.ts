/**
 * One pass over one segment: every line's grammar, number and link, the tree over its lines, and the few records that
 * say how the journal hangs together. It knows nothing of other segments, so that segments can be scanned apart; its
 * result is plain data that a worker can send.
 *
 * The pass stops at the first line that is not as it should be. What then is damaged, missing or extra is for the
 * slower diagnosis to say.
 */
import { sha256OfParts } from '#platform';
import { BodyScan, type BodyScanResult } from './body-scan.js';
import { STATE_KINDS } from '../../journal/state/journal-state.js';
import { decodeRecord } from '../../journal/lines/line.js';
import { LineGrammar } from '../../journal/lines/line-grammar.js';
import { readLines, type LineHandler } from '../../journal/lines/line-source.js';
import { CompactRange } from '../../journal/tree/merkle.js';
import { leafInPlace, nodeHasher, type Hash } from '../../journal/tree/tree-hasher.js';
import { fileSystem, readFile } from '../../keys/file-system.js';

/** What to scan. */
export interface ScanTask {
  readonly file: string;
  readonly segment: number;
  /** Bytes at the end that a `recovered` record declares torn. */
  readonly tornBytes: number;
  /** Sizes at which the tree is wanted, ascending; those outside this segment are passed over. */
  readonly sizes: readonly number[];
}

/** A compact range as plain data. */
interface RangeData {
  readonly begin: number;
  readonly end: number;
  readonly nodes: readonly Hash[];
}

/** A record that the verification reads, with its seq and kind. */
export interface ControlRecord {
  readonly seq: number;
  readonly kind: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** The first line that is not as it should be. */
interface Anomaly {
  readonly line: number;
  readonly offset: number;
  /** Number that the line should have. */
  readonly seq: number;
}

export interface SegmentScan {
  readonly segment: number;
  readonly fileBytes: number;
  /** Of the first line; 0 if there is no valid one. */
  readonly first: number;
  readonly firstPrev: Hash;
  /** Of the last valid line; first - 1 if there is none. */
  readonly last: number;
  readonly lastHash: Hash;
  /** The last valid line, if it is a seal. */
  readonly lastSeal?: Readonly<Record<string, unknown>>;
  /** File offset of the last valid line, and where the valid lines end. */
  readonly lastOffset: number;
  readonly validBytes: number;
  readonly tree: RangeData;
  /** The tree's left part at the sizes that were asked for. */
  readonly trees: readonly RangeData[];
  readonly control: readonly ControlRecord[];
  /** Sizes asked for at which the last record is a seal. */
  readonly sealed: readonly number[];
  readonly kinds: Readonly<Record<string, number>>;
  /** Calls whose culprit is egress itself. */
  readonly self: number;
  readonly bodies: BodyScanResult;
  readonly anomaly?: Anomaly;
  /** SHA-256 of the bytes that were declared torn. */
  readonly tornSha256?: Hash;
}

/** Kinds whose fields are read. */
export const CONTROL: ReadonlySet<string> = new Set([
  'segment.open',
  'state',
  'journal.open',
  'run.open',
  'run.close',
  'recovered',
  'epoch.next',
  'session.close',
  'forensics.expired',
  ...STATE_KINDS,
]);
/** Per segment; an honest one has a dozen. */
export const CONTROL_MAX = 4_096;
/** Distinct kinds that are counted by name; an honest journal has about twenty. */
const KINDS_MAX = 64;
const OTHER_KINDS = '(other)';
export const SELF = Buffer.from('"package":{"name":"egress"');

class SegmentScanner implements LineHandler {
  readonly onRead: (bytes: number) => void;
  readonly #grammar = new LineGrammar();
  readonly #sizes: readonly number[];
  #nextSize = 0;
  #tree: CompactRange | undefined;
  readonly #trees: RangeData[] = [];
  readonly #control: ControlRecord[] = [];
  readonly #sealed: number[] = [];
  readonly #kinds = new Map<string, number>();
  #nets = 0;
  #self = 0;
  #selfAt = -1;
  #start = 0;
  #lines = 0;
  #first = 0;
  #firstPrev: Hash = '';
  #lastHash: Hash = '';
  #lastKind = '';
  #lastSeal: Readonly<Record<string, unknown>> | undefined;
  #lastOffset = 0;
  #validBytes = 0;
  #anomaly: Anomaly | undefined;
  readonly #bodies: BodyScan;

  constructor(sizes: readonly number[], bodies: BodyScan, onRead: (bytes: number) => void) {
    this.#sizes = sizes;
    this.#bodies = bodies;
    this.onRead = onRead;
  }

  line(buffer: Buffer, start: number, end: number, offset: number): boolean {
    const grammar = this.#grammar;
    if (!grammar.check(buffer, start, end)) return this.#stop(offset);
    const prev = grammar.prevIn(buffer);
    if (this.#tree === undefined) this.#begin(grammar.seq, prev);
    else if (grammar.seq !== this.#tree.end + 1 || prev !== this.#lastHash) return this.#stop(offset);
    this.#read(buffer, start, end);
    this.#lastHash = leafInPlace(buffer, start, end);
    this.#tree?.append(this.#lastHash);
    this.#lines += 1;
    this.#lastOffset = offset;
    this.#validBytes = offset + (end - start) + 1;
    this.#snapshot(grammar.seq);
    return true;
  }

  oversized(offset: number): boolean {
    return this.#stop(offset);
  }

  #stop(offset: number): false {
    this.#anomaly = { line: this.#lines + 1, offset, seq: (this.#tree?.end ?? -1) + 1 };
    return false;
  }

  #begin(seq: number, prev: Hash): void {
    this.#first = seq;
    this.#firstPrev = prev;
    this.#tree = new CompactRange(nodeHasher, Math.max(0, seq - 1));
    while ((this.#sizes[this.#nextSize] ?? Number.POSITIVE_INFINITY) < seq) this.#nextSize += 1;
  }

  #read(buffer: Buffer, start: number, end: number): void {
    const { kindAt, kindEnd, seq } = this.#grammar;
    const isNet = kindEnd - kindAt === 3 && buffer[kindAt] === 0x6e;
    if (isNet) {
      this.#lastKind = 'net';
      this.#nets += 1;
      this.#countSelf(buffer, start, end);
      return;
    }
    const kind = buffer.toString('latin1', kindAt, kindEnd);
    this.#lastKind = kind;
    const counted = this.#kinds.has(kind) || this.#kinds.size < KINDS_MAX ? kind : OTHER_KINDS;
    this.#kinds.set(counted, (this.#kinds.get(counted) ?? 0) + 1);
    if (kind === 'seal') this.#lastSeal = decodeRecord(buffer.subarray(start, end));
    if (!CONTROL.has(kind) && kind !== 'body.stored' && kind !== 'fingerprint') return;
    const record = decodeRecord(buffer.subarray(start, end));
    this.#bodies.see(kind, seq, record);
    // There may be many bodies, and comparisons: they are counted there.
    if (CONTROL.has(kind) && this.#control.length < CONTROL_MAX) this.#control.push({ seq, kind, record });
  }

  /** Looks once per buffer, and not once per line, for what is hardly ever there. */
  #countSelf(buffer: Buffer, start: number, end: number): void {
    const isNewBuffer = start < this.#start;
    this.#start = start;
    if (isNewBuffer || (this.#selfAt >= 0 && this.#selfAt < start) || this.#lines === 0) {
      this.#selfAt = buffer.indexOf(SELF, start);
    }
    if (this.#selfAt >= start && this.#selfAt < end) this.#self += 1;
  }

  #snapshot(seq: number): void {
    if (this.#sizes[this.#nextSize] !== seq || this.#tree === undefined) return;
    this.#nextSize += 1;
    this.#trees.push(rangeData(this.#tree));
    if (this.#lastKind === 'seal') this.#sealed.push(seq);
  }

  result(segment: number, fileBytes: number, tornSha256: Hash | undefined): SegmentScan {
    const kinds: Record<string, number> = Object.fromEntries(this.#kinds);
    if (this.#nets > 0) kinds['net'] = (kinds['net'] ?? 0) + this.#nets;
    return {
      segment,
      fileBytes,
      first: this.#first,
      firstPrev: this.#firstPrev,
      last: this.#tree?.end ?? this.#first - 1,
      lastHash: this.#lastHash,
      ...(this.#lastKind === 'seal' && this.#lastSeal !== undefined ? { lastSeal: this.#lastSeal } : {}),
      lastOffset: this.#lastOffset,
      validBytes: this.#validBytes,
      tree: this.#tree === undefined ? { begin: 0, end: 0, nodes: [] } : rangeData(this.#tree),
      trees: this.#trees,
      control: this.#control,
      bodies: this.#bodies.result(),
      sealed: this.#sealed,
      kinds,
      self: this.#self,
      ...(this.#anomaly === undefined ? {} : { anomaly: this.#anomaly }),
      ...(tornSha256 === undefined ? {} : { tornSha256 }),
    };
  }
}

function rangeData(range: CompactRange): RangeData {
  return { begin: range.begin, end: range.end, nodes: [...range.nodes] };
}

/**
 * @param onRead gets the number of bytes of each read
 * @throws JOURNAL_UNREADABLE
 */
export function scanSegment(task: ScanTask, onRead: (bytes: number) => void = () => undefined): SegmentScan {
  return readFile(fileSystem, task.file, (fd) => {
    const fileBytes = fileSystem.fstatSync(fd).size;
    const scanner = new SegmentScanner(task.sizes, new BodyScan(task.file), onRead);
    const end = Math.max(0, fileBytes - task.tornBytes);
    readLines(fileSystem, fd, 0, end, scanner);
    const torn = task.tornBytes > 0 && task.tornBytes <= fileBytes ? digest(fd, end, fileBytes) : undefined;
    return scanner.result(task.segment, fileBytes, torn);
  });
}

function digest(fd: number, from: number, to: number): Hash {
  const sha256 = sha256OfParts();
  const chunk = Buffer.allocUnsafe(1 << 16);
  for (let at = from; at < to;) {
    const count = fileSystem.readSync(fd, chunk, 0, Math.min(chunk.length, to - at), at);
    if (count === 0) break;
    sha256.update(chunk.subarray(0, count));
    at += count;
  }
  return sha256.hex();
}
