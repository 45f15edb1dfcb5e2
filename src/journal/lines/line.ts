/** Lines: a record with its number and the hash of the line before it. */
import { putHex } from '../../core/bytes.js';
import { putDigits } from '../../core/digits.js';
import { LINE_BYTES_MAX } from '../../core/limits.js';
import { HASH_BYTES, NO_HASH } from '../tree/tree-hasher.js';
import { parseJsonLines } from './jsonl.js';

/** `{"seq":`, 16 digits, `,"prev":"`, 64 digits, `",`. */
export const PREFIX_BYTES_MAX = 7 + 16 + 9 + 64 + 2;

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const SEQ = latin1('{"seq":');
/** Behind a byte that is not used, so that the hash's digits begin at an even one. */
const padded = latin1(` ,"prev":"${NO_HASH}",`);
const prevMember = padded.subarray(1);
const prevDigits = new Uint16Array(padded.buffer, padded.indexOf(0x30), HASH_BYTES);
const COMMA = 0x2c;

/**
 * What a line has before the members of its record, the comma included. It is put together as bytes: this is the hottest
 * path of the recorder, and no string of a whole line is ever made.
 * @returns where the record's first member goes
 */
export function encodePrefix(buffer: Buffer, start: number, seq: number, prev: Uint8Array): number {
  buffer.set(SEQ, start);
  const at = putDigits(buffer, start + SEQ.length, seq);
  putHex(prev, prevDigits);
  buffer.set(prevMember, at);
  return at + prevMember.length;
}

/**
 * Puts the line of a record, without newline, at `buffer[start..)`.
 * @param json of the record, `kind` first
 * @returns where the line ends, or -1 if it is longer than LINE_BYTES_MAX or does not fit into the buffer for sure
 */
export function encodeLine(buffer: Buffer, start: number, seq: number, prev: Uint8Array, json: string): number {
  // UTF-8 has at most three bytes for a UTF-16 unit.
  if (json.length > LINE_BYTES_MAX || start + PREFIX_BYTES_MAX + 3 * json.length > buffer.length) return -1;
  // The comma goes over the brace that the record begins with.
  const brace = encodePrefix(buffer, start, seq, prev) - 1;
  const end = brace + buffer.write(json, brace);
  buffer[brace] = COMMA;
  return end - start > LINE_BYTES_MAX ? -1 : end;
}

/**
 * The record of a line that LineGrammar accepted. Its fields are what the writer put there: whoever uses one checks
 * its type first.
 */
export function decodeRecord(line: Uint8Array): Readonly<Record<string, unknown>> {
  return parseJsonLines(Buffer.from(line.buffer, line.byteOffset, line.length).toString('utf8'))[0] ?? {};
}
