/** Times as records write them: RFC 3339, UTC, six decimals. */
import { putSixDigits, sixDigits } from './digits.js';

export const TIME_CHARS = 27;

const PREFIX_CHARS = 20;
const UTC = 0x5a;

let cachedSecond = -1;
let cachedPrefix = '';
const prefixBytes = new Uint8Array(PREFIX_CHARS);

/** Rows of one second share their first 20 characters; building a Date for each would cost as much as hashing it. */
function begin(second: number): void {
  cachedSecond = second;
  cachedPrefix = new Date(second * 1000).toISOString().slice(0, PREFIX_CHARS);
  for (let i = 0; i < PREFIX_CHARS; i += 1) prefixBytes[i] = cachedPrefix.charCodeAt(i);
}

/**
 * @param micros µs since the Unix epoch, a non-negative integer
 * @returns for example `2026-10-20T12:04:41.218311Z`
 */
export function formatMicros(micros: number): string {
  const second = Math.floor(micros / 1e6);
  if (second !== cachedSecond) begin(second);
  return `${cachedPrefix}${sixDigits(micros - second * 1e6)}Z`;
}

/**
 * The same as bytes.
 * @returns behind them
 */
export function putMicros(bytes: Uint8Array, at: number, micros: number): number {
  const second = Math.floor(micros / 1e6);
  if (second !== cachedSecond) begin(second);
  bytes.set(prefixBytes, at);
  const end = putSixDigits(bytes, at + PREFIX_CHARS, micros - second * 1e6);
  bytes[end] = UTC;
  return end + 1;
}
