/**
 * Cuts a file into lines with one buffer of fixed size, however large the file or a line in it is.
 */
import { LINE_BYTES_MAX } from '../../core/limits.js';
import type { FileSystem } from '../../keys/file-system.js';

const CHUNK_BYTES = 1 << 18;

export interface LineHandler {
  /**
   * A line at `buffer[start..end)`, without its newline; `start` is at least 1. The buffer is reused afterwards.
   * @param offset of the line in the file
   * @returns false to stop
   */
  line(buffer: Buffer, start: number, end: number, offset: number): boolean;
  /** A line of more than LINE_BYTES_MAX bytes. */
  oversized(offset: number, bytes: number): boolean;
  /** Called after each read, with what it gave. */
  onRead?(bytes: number): void;
}

/** Where reading ended. */
export interface LineRest {
  /** Behind the last newline. */
  readonly offset: number;
  /** Bytes after that, without a newline. */
  readonly bytes: number;
}

/** Reads `fd` from byte `from` to `to` (or the end of the file, if that comes first). */
export function readLines(fs: FileSystem, fd: number, from: number, to: number, handler: LineHandler): LineRest {
  // One byte before the data belongs to us, for hashing in place.
  const buffer = Buffer.allocUnsafe(1 + LINE_BYTES_MAX + 1 + CHUNK_BYTES);
  let filled = 1;
  let lineOffset = from;
  let skipped = 0;
  let position = from;
  while (position < to) {
    const count = fs.readSync(
      fd,
      buffer,
      filled,
      Math.min(CHUNK_BYTES, buffer.length - filled, to - position),
      position,
    );
    if (count === 0) break;
    position += count;
    handler.onRead?.(count);
    const end = filled + count;
    const data = buffer.subarray(0, end);
    let start = 1;
    let search = filled;
    for (;;) {
      const newline = data.indexOf(0x0a, search);
      if (newline < 0) break;
      const bytes = skipped + newline - start;
      const goOn =
        bytes > LINE_BYTES_MAX
          ? handler.oversized(lineOffset, bytes)
          : handler.line(buffer, start, newline, lineOffset);
      lineOffset += bytes + 1;
      skipped = 0;
      start = newline + 1;
      search = start;
      if (!goOn) return { offset: lineOffset, bytes: 0 };
    }
    const rest = end - start;
    if (rest > LINE_BYTES_MAX || skipped > 0) {
      // Too long already: its content does not matter any more, only where it ends.
      skipped += rest;
      filled = 1;
    } else {
      buffer.copyWithin(1, start, end);
      filled = 1 + rest;
    }
  }
  return { offset: lineOffset, bytes: skipped + filled - 1 };
}
