import { fileSystem } from '../../keys/file-system.js';
import { keyBase } from '../../keys/key-directory.js';
import type { JournalBeginning } from '../../event/roles.js';
import type { JournalPolicy } from '../../journal/folder/policy-file.js';
import type { SegmentGuard } from '../../journal/folder/segment-file.js';
import type { OfficerAnchor } from '../../journal/folder/journal-file.js';
import { JournalWriter } from '../../journal/writer.js';
import type { Settings } from '../../settings/load-settings.js';
import { setFileFlag } from '../../system/file-flags.js';
import { acquireLock } from '../../system/lock.js';

/** A segment that holds records is followed by another after this long, so that a quiet server's can be vacuumed. */
const SEGMENT_AGE_MS_MAX = 3_600_000;

/** µs since the Unix epoch. */
export function wallClockMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000);
}

/** The same for what ends by a time: a machine that sleeps stops the clock that only runs on, and not the other one. */
function latestMicros(): number {
  return Math.max(wallClockMicros(), Date.now() * 1_000);
}

/** File flags on segments, as far as the system allows; modes remain where it does not. */
function guardSegments(warn: (text: string) => void): SegmentGuard {
  let hasWarned = false;
  return (fd, flag) => {
    const reason = setFileFlag(fd, flag);
    if (reason === undefined || hasWarned) return;
    hasWarned = true;
    warn(`segments cannot be made append-only and immutable (${reason}): only their modes protect them`);
  };
}

interface RunStart {
  /** What a journal that is created now says of itself. */
  readonly beginning?: JournalBeginning | undefined;
  /** First officer and recovery key of a journal that is created now. */
  readonly anchor?: OfficerAnchor;
  /** The policy that the run is recorded under. */
  readonly policy?: JournalPolicy | undefined;
}

/**
 * The writer as the settings want it, on the real file system, lock and clocks.
 * @param warn told once if segments are to be guarded and cannot be
 * @throws the codes of opening a journal
 */
export function openWriter(
  directory: string,
  settings: Settings,
  warn: (text: string) => void,
  start: RunStart = {},
): JournalWriter {
  return JournalWriter.open({
    directory,
    keyBase: keyBase(process.env),
    fs: fileSystem,
    lock: acquireLock,
    uid: process.getuid?.(),
    segmentBytesMax: settings.segmentBytesMax.value,
    segmentAgeMsMax: SEGMENT_AGE_MS_MAX,
    headIntervalMs: settings.headIntervalMs.value,
    durability: settings.durability.value,
    guard: settings.enforce.value ? guardSegments(warn) : undefined,
    ...start,
    now: latestMicros,
    monotonicMs: () => performance.now(),
  });
}
