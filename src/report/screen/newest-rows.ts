import type { RecordView } from '../../event/record-view.js';
import { parseHead } from '../../journal/heads/checkpoint.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../../journal/folder/layout.js';
import { fileSystem, readSmallFile } from '../../keys/file-system.js';
import { isBookkeeping } from '../sentence/record-sentence.js';
import { StoredLines } from '../stored/stored-lines.js';

/** Lines that are looked through for one that tells something. */
const LINES_MAX = 200;

/** What was recorded last, and how far it is signed. */
export interface Newest {
  /** The oldest first; what the journal notes for itself is left out. */
  readonly rows: readonly RecordView[];
  /** Size of the newest head; undefined where there is none that can be read. */
  readonly signed: number | undefined;
}

/** Reads from the end of the journal, whatever its size. @throws JOURNAL_UNREADABLE */
export function newestRows(directory: string, count: number): Newest {
  const lines = new StoredLines(directory);
  const rows: RecordView[] = [];
  let looked = 0;
  for (const segment of lines.segments().toReversed()) {
    for (const { view } of lines.backward(segment)) {
      looked += 1;
      if (view !== undefined && !isBookkeeping(view.kind)) rows.unshift(view);
      if (rows.length === count || looked === LINES_MAX) return { rows, signed: signedUpTo(directory) };
    }
  }
  return { rows, signed: signedUpTo(directory) };
}

function signedUpTo(directory: string): number | undefined {
  try {
    const bytes = readSmallFile(fileSystem, new JournalLayout(directory).checkpoint, SMALL_FILE_BYTES_MAX);
    return bytes === undefined ? undefined : parseHead(bytes).size;
  } catch {
    // What is wrong with it is for verify to say.
    return undefined;
  }
}
