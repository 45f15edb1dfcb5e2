/**
 * The first records of a segment, read before it is scanned: they tell what the segment before has to end with. All
 * of it is claims until the tree has been checked.
 */
import { decodeRecord } from '../../journal/lines/line.js';
import { LineGrammar } from '../../journal/lines/line-grammar.js';
import { readLines, type LineHandler } from '../../journal/lines/line-source.js';
import { leafInPlace, type Hash } from '../../journal/tree/tree-hasher.js';
import { fileSystem, readFile } from '../../keys/file-system.js';

export interface RecoveredClaim {
  readonly seq: number;
  readonly segment: number;
  readonly tornBytes: number;
  readonly tornSha256: string;
  readonly unproven: readonly [first: number, last: number] | undefined;
}

export interface SegmentOpening {
  /** Number of the first line, 0 if it is no line. */
  readonly first: number;
  /** What the first line states about the line before; empty if the first line itself is not what the second says. */
  readonly prev: Hash;
  readonly recovered: readonly RecoveredClaim[];
}

/** Kinds that stand before the first record of a run. */
const OPENING: ReadonlySet<string> = new Set(['segment.open', 'state', 'journal.open', 'recovered']);
/** Lines that are looked at; one `recovered` for each crash in a row fits many times over. */
const LINES_MAX = 1_000;

class OpeningReader implements LineHandler {
  first = 0;
  prev: Hash = '';
  readonly recovered: RecoveredClaim[] = [];
  #firstLeaf: Hash = '';
  #lines = 0;
  readonly #grammar = new LineGrammar();

  line(buffer: Buffer, start: number, end: number): boolean {
    const grammar = this.#grammar;
    if (!grammar.check(buffer, start, end)) return false;
    const prev = grammar.prevIn(buffer);
    this.#lines += 1;
    if (this.#lines === 1) {
      this.first = grammar.seq;
      this.prev = prev;
      this.#firstLeaf = leafInPlace(buffer, start, end);
    } else if (this.#lines === 2 && prev !== this.#firstLeaf) this.prev = '';
    const kind = grammar.kindIn(buffer);
    if (kind === 'recovered') {
      const claim = decodeRecovered(grammar.seq, decodeRecord(buffer.subarray(start, end))['recovered']);
      if (claim !== undefined) this.recovered.push(claim);
    }
    return OPENING.has(kind) && this.#lines < LINES_MAX;
  }

  oversized(): boolean {
    return false;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function decodeRecovered(seq: number, value: unknown): RecoveredClaim | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { segment, torn_bytes, torn_sha256, unproven } = value as Record<string, unknown>;
  if (!isCount(segment) || !isCount(torn_bytes) || typeof torn_sha256 !== 'string') return undefined;
  const claim = { seq, segment, tornBytes: torn_bytes, tornSha256: torn_sha256 };
  if (unproven === undefined) return { ...claim, unproven: undefined };
  if (!Array.isArray(unproven) || unproven.length !== 2) return undefined;
  const [first, last] = unproven as unknown[];
  return isCount(first) && isCount(last) ? { ...claim, unproven: [first, last] } : undefined;
}

/** @throws JOURNAL_UNREADABLE */
export function readOpening(file: string): SegmentOpening {
  const reader = new OpeningReader();
  readFile(fileSystem, file, (fd) => readLines(fileSystem, fd, 0, Number.MAX_SAFE_INTEGER, reader));
  return { first: reader.first, prev: reader.prev, recovered: reader.recovered };
}
