/** Writes the calls of a journal in a form that another tool reads. */
import { existsSync } from 'node:fs';
import { EgressError, systemCode } from '../core/error.js';
import { parseJournalFile } from '../journal/folder/journal-file.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { callRows, type CallRow, type RowQuery } from './call-row.js';
import { csvLines } from './csv-view.js';
import { writeLines } from './line-file.js';
import { ocsfLines } from './ocsf-view.js';

export interface ViewRequest {
  readonly format: 'csv' | 'ocsf' | 'parquet';
  /** New file; undefined for stdout. */
  readonly out: string | undefined;
  /** Undefined for all calls. */
  readonly query: RowQuery | undefined;
  /** Of egress. */
  readonly version: string;
}

const EVERYTHING: RowQuery = { filter: { hosts: [], packages: [], channels: [], gaps: false }, ranges: undefined };

/** Memory does not grow with the journal. @returns how many calls @throws USAGE, PARQUET_UNAVAILABLE, JOURNAL_UNREADABLE */
export async function writeView(directory: string, { format, out, query, version }: ViewRequest): Promise<number> {
  if (out !== undefined && existsSync(out)) throw new EgressError('USAGE', `${out} exists already`);
  let count = 0;
  function* counted(rows: Iterable<CallRow>): Generator<CallRow, void> {
    for (const row of rows) {
      count += 1;
      yield row;
    }
  }
  const rows = counted(callRows(directory, originOf(directory), query ?? EVERYTHING));
  try {
    if (format === 'parquet') await parquet(rows, out);
    else await writeLines(format === 'csv' ? csvLines(rows) : ocsfLines(rows, version), out);
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof EgressError || code === undefined || out === undefined) throw error;
    throw new EgressError('USAGE', `cannot write ${out}: ${code}`, { cause: error });
  }
  return count;
}

async function parquet(rows: Iterable<CallRow>, out: string | undefined): Promise<void> {
  if (out === undefined) throw new EgressError('USAGE', 'Parquet goes into a file', { hint: 'Name one with --out.' });
  const { writeParquet } = await import('./parquet-view.js');
  await writeParquet(rows, out);
}

/** The column `journal`; what is no journal.json has no name. */
function originOf(directory: string): string {
  try {
    const bytes = readSmallFile(fileSystem, new JournalLayout(directory).journalFile, SMALL_FILE_BYTES_MAX);
    return parseJournalFile(bytes ?? new Uint8Array()).origin;
  } catch (error) {
    if (error instanceof EgressError) return '';
    throw error;
  }
}
