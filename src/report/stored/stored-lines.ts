/**
 * Reading a journal to show it: raw lines, in either direction, with bounded memory, from files that anybody may have
 * written. Nothing is verified here.
 */
import { LINE_BYTES_MAX } from '../../core/limits.js';
import { EgressError, systemCode } from '../../core/error.js';
import { RecordView } from '../../event/record-view.js';
import { listSegments, segmentName, JournalLayout } from '../../journal/folder/layout.js';
import { missingJournal } from '../../journal/folder/missing-journal.js';
import { readLines } from '../../journal/lines/line-source.js';
import { fileSystem, openRegularFile, readFailure } from '../../keys/file-system.js';

const CHUNK_BYTES = 1 << 18;
/** Lines are handed out in batches of about this size, so that a reader that stops early has read little. */
const BATCH_BYTES = 1 << 18;

export interface StoredLine {
  readonly segment: number;
  /** Of the line's first byte, in its segment's file. */
  readonly offset: number;
  /** From 1; only when read forward from the beginning of a segment. */
  readonly line?: number;
  /** Without the newline; empty for a line of more than LINE_BYTES_MAX bytes. */
  readonly bytes: Buffer;
  /** `undefined` for a line that is no record. Decoded when it is first asked for. */
  readonly view: RecordView | undefined;
}

/** Most lines that somebody goes through are passed over, and decoding one costs more than finding it. */
class LazyLine implements StoredLine {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: Buffer;
  readonly line?: number;
  #view: RecordView | undefined;
  #isDecoded = false;

  constructor(segment: number, offset: number, bytes: Buffer, line?: number) {
    this.segment = segment;
    this.offset = offset;
    this.bytes = bytes;
    if (line !== undefined) this.line = line;
  }

  get view(): RecordView | undefined {
    if (!this.#isDecoded) this.#view = RecordView.decode(this.bytes);
    this.#isDecoded = true;
    return this.#view;
  }
}

/** `segments/00000001.jsonl byte 4711`, for a line that cannot be named by its number. */
export function placeText({ segment, offset, line }: Omit<StoredLine, 'bytes' | 'view'>): string {
  return `segments/${segmentName(segment)}${line === undefined ? '' : ` line ${line}`} byte ${offset}`;
}

export class StoredLines {
  readonly #layout: JournalLayout;

  /** @throws JOURNAL_MISSING, JOURNAL_FOREIGN, JOURNAL_UNREADABLE */
  constructor(directory: string) {
    this.#layout = new JournalLayout(directory);
    if (this.segments().length === 0) throw noJournal(this.#layout);
  }

  /** Numbers of the segments that exist, ascending. */
  segments(): readonly number[] {
    return listSegments(fileSystem, this.#layout).numbers;
  }

  /** First record of a segment, which names its number, run and first seq; undefined if it is no record. */
  first(segment: number): RecordView | undefined {
    for (const { view } of this.forward(segment)) return view;
    return undefined;
  }

  /** Number of the first record that is there; undefined if the first line is none. */
  firstSeq(): number | undefined {
    return this.first(this.segments()[0] ?? 1)?.seq;
  }

  /** Number of the last record; undefined if the last lines are none. */
  newestSeq(): number | undefined {
    for (const segment of this.segments().toReversed()) {
      for (const { view } of this.backward(segment)) if (view?.seq !== undefined) return view.seq;
    }
    return undefined;
  }

  /**
   * Complete lines of one segment from `offset` on. The generator returns the offset at which the next line will begin.
   * @throws JOURNAL_UNREADABLE
   */
  *forward(segment: number, offset = 0): Generator<StoredLine, number> {
    const fd = openRegularFile(fileSystem, this.#layout.segment(segment));
    try {
      let position = offset;
      let line = 0;
      for (;;) {
        const batch: { readonly offset: number; readonly bytes: Buffer }[] = [];
        let size = 0;
        const rest = readLines(fileSystem, fd, position, Number.MAX_SAFE_INTEGER, {
          line: (buffer, start, end, at) => {
            batch.push({ offset: at, bytes: Buffer.from(buffer.subarray(start, end)) });
            size += end - start;
            return size < BATCH_BYTES;
          },
          oversized: (at, bytes) => {
            batch.push({ offset: at, bytes: Buffer.alloc(0) });
            size += bytes;
            return size < BATCH_BYTES;
          },
        });
        for (const { offset: at, bytes } of batch) {
          line += 1;
          yield new LazyLine(segment, at, bytes, offset === 0 ? line : undefined);
        }
        position = rest.offset;
        if (size < BATCH_BYTES) return position;
      }
    } catch (error) {
      throw readFailure(error, this.#layout.segment(segment));
    } finally {
      fileSystem.closeSync(fd);
    }
  }

  /**
   * Complete lines of one segment, the last first.
   * @param end only lines that end before this offset, which is where a line begins
   * @throws JOURNAL_UNREADABLE
   */
  *backward(segment: number, end?: number): Generator<StoredLine, void> {
    const fd = openRegularFile(fileSystem, this.#layout.segment(segment));
    const found = (offset: number, bytes: Buffer): StoredLine => new LazyLine(segment, offset, bytes);
    try {
      let position = Math.min(end ?? Number.MAX_SAFE_INTEGER, fileSystem.fstatSync(fd).size);
      // The beginning of what was read so far: the end of a line whose beginning lies further ahead.
      let tail = Buffer.alloc(0);
      // Only what a newline ends is a line; what follows the last newline is torn, or is being written.
      let ended = false;
      let tooLong = false;
      while (position > 0) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, position));
        position -= chunk.length;
        const count = fileSystem.readSync(fd, chunk, 0, chunk.length, position);
        const data = Buffer.concat([chunk.subarray(0, count), tail]);
        let to = data.length;
        for (;;) {
          const newline = to === 0 ? -1 : data.lastIndexOf(0x0a, to - 1);
          if (newline < 0) break;
          if (ended) yield found(position + newline + 1, tooLong ? Buffer.alloc(0) : data.subarray(newline + 1, to));
          ended = true;
          tooLong = false;
          to = newline;
        }
        tooLong ||= to > LINE_BYTES_MAX;
        tail = tooLong ? Buffer.alloc(0) : data.subarray(0, to);
      }
      if (ended) yield found(0, tail);
    } catch (error) {
      throw readFailure(error, this.#layout.segment(segment));
    } finally {
      fileSystem.closeSync(fd);
    }
  }
}

function noJournal({ directory, journalFile }: JournalLayout): EgressError {
  try {
    fileSystem.lstatSync(directory);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return missingJournal(directory, error);
    return new EgressError('JOURNAL_UNREADABLE', `cannot read ${directory}`, { cause: error });
  }
  try {
    fileSystem.lstatSync(journalFile);
    return new EgressError('JOURNAL_MISSING', `the journal at ${directory} has no segment yet`, {
      hint: 'egress run -- COMMAND records into it.',
    });
  } catch (error) {
    return new EgressError('JOURNAL_FOREIGN', `${directory} is not a journal: it has no journal.json`, {
      hint: 'Name a journal’s folder: an argument, --journal or EGRESS_JOURNAL.',
      cause: error,
    });
  }
}
