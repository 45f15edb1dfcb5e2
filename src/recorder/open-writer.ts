import { fileSystem } from '../keys/file-system.js';
import { keyBase } from '../keys/key-directory.js';
import { JournalWriter } from '../journal/writer.js';
import type { Settings } from '../settings/load-settings.js';
import { acquireLock } from '../system/lock.js';

/** A segment that holds records is followed by another after this long, so that a quiet server's can be vacuumed. */
const SEGMENT_AGE_MS_MAX = 3_600_000;

/** µs since the Unix epoch. */
export function wallClockMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000);
}

/**
 * The writer as the settings want it, on the real file system, lock and clocks.
 * @throws the codes of opening a journal
 */
export function openWriter(directory: string, settings: Settings): JournalWriter {
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
    now: wallClockMicros,
    monotonicMs: () => performance.now(),
  });
}
