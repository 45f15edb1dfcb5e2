/** Which segments a vacuum may remove: whole and sealed ones, from the oldest on, and never all. */
import { LINE_BYTES_MAX } from '../../core/limits.js';
import { readFile, readSmallFile, type FileSystem } from '../../keys/file-system.js';
import { parseHead } from '../heads/checkpoint.js';
import type { JournalState } from '../state/journal-state.js';
import { listHeads, listSegments, SMALL_FILE_BYTES_MAX, type JournalLayout } from '../folder/layout.js';
import { decodeRecord } from '../lines/line.js';
import { isClosingSeal } from '../heads/seal.js';

/** What is to go. Text as it was given, for the receipt. */
export type VacuumRule =
  | { readonly rule: 'older_than'; readonly window: string; /** RFC 3339. */ readonly before: string }
  | { readonly rule: 'max_size'; readonly window: string; readonly bytes: number };

export interface VacuumPlan {
  /** The last segment to go, and its last record; undefined if nothing is to go. */
  readonly cut: { readonly segment: number; readonly boundary: number; readonly until: string } | undefined;
  readonly segments: number;
  readonly bytes: number;
  /** What stays. */
  readonly bytesLeft: number;
  /** Why less is to go than the rule asks for. */
  readonly kept: 'hold' | 'last' | undefined;
  /** The hold that keeps it. */
  readonly hold: number | undefined;
  /** Segments that an earlier vacuum was to remove and did not: a crash came. */
  readonly leftover: readonly number[];
}

interface SealedEnd {
  readonly segment: number;
  readonly bytes: number;
  /** Of its last record; undefined for a segment that a crash left open, which is no boundary. */
  readonly end: { readonly seq: number; readonly time: string } | undefined;
}

/**
 * Reads the last line of each segment, and no more. Nothing is verified here.
 * @throws JOURNAL_UNREADABLE
 */
export function planVacuum(fs: FileSystem, layout: JournalLayout, state: JournalState, rule: VacuumRule): VacuumPlan {
  const removed = state.vacuum?.segment ?? 0;
  const numbers = listSegments(fs, layout).numbers;
  const segments = numbers.filter((number) => number > removed).map((number) => segmentEnd(fs, layout, number));
  const total = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  const wanted = wantedCount(segments, total, rule);
  const newest = newestHeadSize(fs, layout);
  const heads = new Set(listHeads(fs, layout).numbers);
  const firstHeld = Math.min(...state.holds.map(({ first }) => first));
  const isBoundary = (end: SealedEnd['end']): boolean => end !== undefined && heads.has(end.seq);
  const isFree = ({ end }: SealedEnd): boolean => end !== undefined && end.seq < newest;
  const count = lastIndex(segments, wanted, (segment, at) => {
    return (
      isBoundary(segment.end) && isFree(segment) && at < segments.length - 1 && (segment.end?.seq ?? 0) < firstHeld
    );
  });
  const isHeld = count < wanted && segments.slice(count, wanted).some(({ end }) => (end?.seq ?? 0) >= firstHeld);
  const going = segments.slice(0, count);
  const last = going.at(-1);
  const bytes = going.reduce((sum, segment) => sum + segment.bytes, 0);
  return {
    cut: last?.end === undefined ? undefined : { segment: last.segment, boundary: last.end.seq, until: last.end.time },
    segments: count,
    bytes,
    bytesLeft: total - bytes,
    kept: count === wanted ? undefined : isHeld ? 'hold' : 'last',
    hold: isHeld ? state.holds.find(({ first }) => first === firstHeld)?.seq : undefined,
    leftover: numbers.filter((number) => number <= removed),
  };
}

/** How many segments, from the oldest on, the rule asks for. */
function wantedCount(segments: readonly SealedEnd[], total: number, rule: VacuumRule): number {
  if (rule.rule === 'older_than') {
    // An open one is as old as the one behind it; where times run back, the younger neighbour counts.
    const young = segments.findIndex(({ end }) => end !== undefined && end.time >= rule.before);
    const old = young < 0 ? segments.length : young;
    return lastIndex(segments, old, ({ end }) => end !== undefined);
  }
  let left = total;
  let count = 0;
  while (left > rule.bytes && count < segments.length) {
    left -= segments[count]?.bytes ?? 0;
    count += 1;
  }
  return count;
}

/** Number of segments up to the last of the first `limit` that qualifies. */
function lastIndex(
  segments: readonly SealedEnd[],
  limit: number,
  qualifies: (segment: SealedEnd, at: number) => boolean,
): number {
  for (let at = limit - 1; at >= 0; at -= 1) {
    const segment = segments[at];
    if (segment !== undefined && qualifies(segment, at)) return at + 1;
  }
  return 0;
}

/** Size of the newest head, kept or not; its signature is checked where something depends on it. */
export function newestHeadSize(fs: FileSystem, layout: JournalLayout): number {
  const kept = listHeads(fs, layout).numbers.at(-1) ?? 0;
  const bytes = readSmallFile(fs, layout.checkpoint, SMALL_FILE_BYTES_MAX);
  return bytes === undefined ? kept : Math.max(kept, parseHead(bytes).size);
}

function segmentEnd(fs: FileSystem, layout: JournalLayout, segment: number): SealedEnd {
  return readFile(fs, layout.segment(segment), (fd) => {
    const { size } = fs.fstatSync(fd);
    const tail = Buffer.alloc(Math.min(size, LINE_BYTES_MAX + 2));
    let read = 0;
    while (read < tail.length) {
      const count = fs.readSync(fd, tail, read, tail.length - read, size - tail.length + read);
      if (count === 0) break;
      read += count;
    }
    return { segment, bytes: size, end: sealAt(tail) };
  });
}

/** The seal that ends a segment, if its last line is one. */
function sealAt(tail: Buffer): SealedEnd['end'] {
  if (tail.at(-1) !== 0x0a) return undefined;
  const start = tail.lastIndexOf(0x0a, tail.length - 2) + 1;
  try {
    const record = decodeRecord(tail.subarray(start, tail.length - 1));
    const { seq, time, kind } = record;
    if (kind !== 'seal' || !isClosingSeal(record)) return undefined;
    return typeof seq === 'number' && typeof time === 'string' ? { seq, time } : undefined;
  } catch {
    // A crash leaves anything there.
    return undefined;
  }
}
