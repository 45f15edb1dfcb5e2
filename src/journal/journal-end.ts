/**
 * Where a journal ends, as its next writer has to know it: the last valid line, the tree up to there, and which
 * segments a crash left open.
 *
 * The tail that no head covers may be torn in any way (a line without newline, blocks of zeros, broken lines in the
 * middle): all that follows the last valid chained line stays as it is and is described in a `recovered` record.
 * Damage under a head is another matter: there nothing is written at all.
 */
import { createHash } from 'node:crypto';
import type { RecoveredRecord } from '../event/record.js';
import { READ_FLAGS, type FileSystem } from '../keys/file-system.js';
import { isTime } from '../officers/officer-note.js';
import { Chain } from './lines/chain.js';
import type { Head } from './heads/checkpoint.js';
import { damaged } from './damaged.js';
import type { Frontier } from './frontier.js';
import type { JournalLayout } from './folder/layout.js';
import { decodeState, nextState, STATE_KINDS, type JournalState } from './state/journal-state.js';
import { decodeRecord } from './lines/line.js';
import { readLines, type LineHandler } from './lines/line-source.js';
import { CompactRange } from './tree/merkle.js';
import { isClosingSeal } from './heads/seal.js';
import { nodeHasher, NO_HASH, type Hash } from './tree/tree-hasher.js';

export interface JournalEnd {
  readonly range: CompactRange;
  readonly lastHash: Hash;
  /** Highest segment number in use, 0 for a journal without segments. */
  readonly segment: number;
  /** Highest run number in use. */
  readonly run: number;
  readonly state: JournalState;
  /** The latest time that a record that was read gives; empty if there is none. */
  readonly time: string;
  /** What the next segment has to say about segments that were left open, oldest first. */
  readonly recovered: readonly RecoveredRecord['recovered'][];
}

/** Follows the chain from line to line until it breaks. */
class ChainFollower implements LineHandler {
  readonly chain: Chain;
  run = 0;
  state: JournalState;
  time: string;
  /** File offset behind the last valid line. */
  validEnd = 0;
  /** The last valid line was a seal that ends a segment. */
  isSealed = false;
  /** Segments that `recovered` records speak of. */
  readonly explained = new Set<number>();
  readonly #newest: Head | undefined;

  constructor(start: Frontier | undefined, newest: Head | undefined, initial: JournalState) {
    this.chain = new Chain(start?.range ?? new CompactRange(nodeHasher), start?.lastHash ?? NO_HASH);
    this.run = start?.run ?? 0;
    this.state = start?.state ?? initial;
    this.time = start?.time ?? '';
    this.#newest = newest;
  }

  beginSegment(): void {
    this.validEnd = 0;
    this.isSealed = false;
  }

  line(buffer: Buffer, start: number, end: number, offset: number): boolean {
    const taken = this.chain.take(buffer, start, end);
    if (taken === undefined) return false;
    const { seq, kind } = taken;
    const record = KINDS_READ.has(kind) ? decodeRecord(buffer.subarray(start, end)) : undefined;
    if (isTime(record?.['time']) && record['time'] > this.time) this.time = record['time'];
    this.isSealed = kind === 'seal' && isClosingSeal(record);
    if (kind === 'segment.open') this.run = numberAt(record, 'segment', 'run') ?? this.run;
    if (kind === 'state') this.state = decodeState(record?.['state']) ?? this.state;
    // What no head covered when the crash came was acknowledged to nobody, and could be anybody's: it has no effect.
    else if (record !== undefined && seq <= (this.#newest?.size ?? 0)) {
      this.state = nextState(this.state, seq, record);
    }
    if (kind === 'recovered') this.explained.add(numberAt(record, 'recovered', 'segment') ?? 0);
    this.validEnd = offset + (end - start) + 1;
    if (seq === this.#newest?.size && this.chain.tree.root() !== this.#newest.root) {
      throw damaged(`the records up to #${seq} are not those that were signed`);
    }
    return true;
  }

  oversized(): boolean {
    return false;
  }
}

const KINDS_READ: ReadonlySet<string> = new Set(['seal', 'segment.open', 'recovered', 'state', ...STATE_KINDS]);

function numberAt(record: Record<string, unknown> | undefined, member: string, field: string): number | undefined {
  const inner = record?.[member];
  if (typeof inner !== 'object' || inner === null) return undefined;
  const value = (inner as Record<string, unknown>)[field];
  return typeof value === 'number' ? value : undefined;
}

/** SHA-256 of a file from a byte on. */
function digestFrom(fs: FileSystem, fd: number, from: number): { bytes: number; sha256: Hash } {
  const digest = createHash('sha256');
  const chunk = Buffer.allocUnsafe(1 << 16);
  let position = from;
  for (;;) {
    const count = fs.readSync(fd, chunk, 0, chunk.length, position);
    if (count === 0) return { bytes: position - from, sha256: digest.digest('hex') };
    digest.update(chunk.subarray(0, count));
    position += count;
  }
}

/**
 * Reads the segments after `start`.
 * @param segments numbers of all segments, ascending
 * @param newest the newest head, verified
 * @param closedSizes sizes for which a head is kept in `heads/`
 * @param initial state of a journal without records
 * @throws JOURNAL_DAMAGED
 */
export function findJournalEnd(
  fs: FileSystem,
  layout: JournalLayout,
  segments: readonly number[],
  start: Frontier | undefined,
  newest: Head | undefined,
  closedSizes: ReadonlySet<number>,
  initial: JournalState,
): JournalEnd {
  const follower = new ChainFollower(start, newest, initial);
  const { tree } = follower.chain;
  const open = new Map<number, RecoveredRecord['recovered']>();
  let last = start?.segment ?? 0;
  for (const number of segments) {
    if (number <= last) continue;
    if (number !== last + 1) throw damaged(`segment ${last + 1} is missing`);
    last = number;
    const first = tree.end + 1;
    follower.beginSegment();
    const fd = fs.openSync(layout.segment(number), READ_FLAGS);
    try {
      readLines(fs, fd, 0, Number.MAX_SAFE_INTEGER, follower);
      const torn = digestFrom(fs, fd, follower.validEnd);
      const size = tree.end;
      if (follower.isSealed && closedSizes.has(size)) {
        if (torn.bytes === 0) continue;
        // Nothing is written there, so this was no crash.
        throw damaged(`${torn.bytes} bytes stand behind the seal that ended segment ${number}`);
      }
      const unsigned = Math.max(first, (newest?.size ?? 0) + 1);
      open.set(number, {
        segment: number,
        torn_bytes: torn.bytes,
        torn_sha256: torn.sha256,
        ...(unsigned > size ? {} : { unproven: [unsigned, size] as const }),
      });
    } finally {
      fs.closeSync(fd);
    }
  }
  if (tree.end < (newest?.size ?? 0)) {
    throw damaged(`a head covers ${newest?.size ?? 0} records, but only ${tree.end} are whole`);
  }
  for (const segment of follower.explained) open.delete(segment);
  return {
    range: tree,
    lastHash: follower.chain.lastHash,
    segment: last,
    run: follower.run,
    state: follower.state,
    time: follower.time,
    recovered: [...open.values()],
  };
}
