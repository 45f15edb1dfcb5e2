import { readFile, readSmallFile, type FileSystem } from '../../keys/file-system.js';
import { parseJournalFile } from '../folder/journal-file.js';
import { decodeState, initialState, nextState, STATE_KINDS, type JournalState } from './journal-state.js';
import { listSegments, SMALL_FILE_BYTES_MAX, type JournalLayout } from '../folder/layout.js';
import { decodeRecord } from '../lines/line.js';
import { LineGrammar } from '../lines/line-grammar.js';
import { readLines } from '../lines/line-source.js';

/**
 * The state as the newest segment leaves it; only that one is read, since each states what went before. Nothing is
 * verified here, and lines that no head covers yet count too.
 * @throws JOURNAL_UNREADABLE, JOURNAL_DAMAGED, JOURNAL_FOREIGN
 */
export function currentState(fs: FileSystem, layout: JournalLayout): JournalState {
  for (const segment of listSegments(fs, layout).numbers.toReversed()) {
    const state = stateAfter(fs, layout.segment(segment));
    // A crash may have left a segment before its state was written.
    if (state !== undefined) return state;
  }
  const bytes = readSmallFile(fs, layout.journalFile, SMALL_FILE_BYTES_MAX);
  return initialState(bytes === undefined ? {} : parseJournalFile(bytes));
}

function stateAfter(fs: FileSystem, file: string): JournalState | undefined {
  const grammar = new LineGrammar();
  let state: JournalState | undefined;
  readFile(fs, file, (fd) =>
    readLines(fs, fd, 0, Number.MAX_SAFE_INTEGER, {
      line(buffer, start, end) {
        if (!grammar.check(buffer, start, end)) return false;
        const kind = grammar.kindIn(buffer);
        if (kind !== 'state' && !STATE_KINDS.has(kind)) return true;
        const record = decodeRecord(buffer.subarray(start, end));
        if (kind === 'state') state = decodeState(record['state']);
        else if (state !== undefined) state = nextState(state, grammar.seq, record);
        return true;
      },
      oversized: () => false,
    }),
  );
  return state;
}
