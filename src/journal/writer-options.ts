import type { JournalBeginning } from '../event/roles.js';
import type { OpenOptions } from './open-journal.js';
import type { JournalPolicy } from './folder/policy-file.js';
import type { SegmentGuard } from './folder/segment-file.js';

/**
 * When lines are made durable: `none`, only before a head; `batch`, in the background after each flush; `always`,
 * before `flush` returns.
 */
type Durability = 'none' | 'batch' | 'always';

export interface WriterOptions extends Omit<OpenOptions, 'time'> {
  /** A segment that has this many bytes is followed by another. */
  readonly segmentBytesMax: number;
  /** A segment that holds records and is this old is followed by another. */
  readonly segmentAgeMsMax: number;
  /** How often a head is signed while records come in. */
  readonly headIntervalMs: number;
  readonly durability: Durability;
  /** What `journal.open` says of a new journal; an existing one has its own. */
  readonly beginning?: JournalBeginning | undefined;
  /** Sets file flags on segments; absent if that was not asked for. */
  readonly guard?: SegmentGuard | undefined;
  /** The policy that the run is recorded under. */
  readonly policy?: JournalPolicy | undefined;
  /** Wall clock: µs since the Unix epoch. */
  readonly now: () => number;
  /** Monotonic clock: ms. */
  readonly monotonicMs: () => number;
}
