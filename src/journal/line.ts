/** Lines: a record with its number and the hash of the line before it. */
import type { JournalRecord } from '../event/record.js';
import type { Hash } from './tree-hasher.js';

/** The line of a record, without newline. */
export function encodeLine(seq: number, prev: Hash, record: JournalRecord): string {
  return `{"seq":${seq},"prev":"${prev}",${JSON.stringify(record).slice(1)}`;
}

/**
 * The record of a line that LineGrammar accepted. Its fields are what the writer put there: whoever uses one checks
 * its type first.
 */
export function decodeRecord(line: Uint8Array): Record<string, unknown> {
  return JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8')) as Record<string, unknown>;
}
