/** Times as records write them: RFC 3339, UTC, six decimals. */
import { sixDigits } from './digits.js';

let cachedSecond = -1;
let cachedPrefix = '';

/**
 * @param micros µs since the Unix epoch, a non-negative integer
 * @returns for example `2026-10-20T12:04:41.218311Z`
 */
export function formatMicros(micros: number): string {
  const second = Math.floor(micros / 1e6);
  // Rows of one second share their first 20 characters; building a Date for each would cost as much as hashing it.
  if (second !== cachedSecond) {
    cachedPrefix = new Date(second * 1000).toISOString().slice(0, 20);
    cachedSecond = second;
  }
  return `${cachedPrefix}${sixDigits(micros - second * 1e6)}Z`;
}
