/** Lines: a record with its number and the hash of the line before it. */
import { LINE_BYTES_MAX } from '../../core/limits.js';
import { parseJsonLines } from './jsonl.js';
import type { Hash } from '../tree/tree-hasher.js';

/** `{"seq":`, 16 digits, `,"prev":"`, 64 digits, `",`: what encodeLine writes beside the record at most. */
const PREFIX_BYTES_MAX = 7 + 16 + 9 + 64 + 2;

/**
 * Puts the line of a record, without newline, at `buffer[start..)`. No string of the whole line is made: this is the
 * hottest path of the recorder.
 * @param json of the record, `kind` first
 * @returns where the line ends, or -1 if it is longer than LINE_BYTES_MAX or does not fit into the buffer for sure
 */
export function encodeLine(buffer: Buffer, start: number, seq: number, prev: Hash, json: string): number {
  // UTF-8 has at most three bytes for a UTF-16 unit.
  if (json.length > LINE_BYTES_MAX || start + PREFIX_BYTES_MAX + 3 * json.length > buffer.length) return -1;
  const prefix = `{"seq":${seq},"prev":"${prev}",`;
  // The comma that ends the prefix goes over the brace that the record begins with.
  const end = start + prefix.length - 1 + buffer.write(json, start + prefix.length - 1);
  buffer.write(prefix, start, 'latin1');
  return end - start > LINE_BYTES_MAX ? -1 : end;
}

/**
 * The record of a line that LineGrammar accepted. Its fields are what the writer put there: whoever uses one checks
 * its type first.
 */
export function decodeRecord(line: Uint8Array): Readonly<Record<string, unknown>> {
  return parseJsonLines(Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8'))[0] ?? {};
}
