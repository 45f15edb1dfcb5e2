/** Monotonic times of `now()` written as µs since the Unix epoch, the unit of every frame. */
import { digits, sixDigits } from '../core/digits.js';
import { floor, round, timeOrigin } from './primordials.js';

const ORIGIN_US = timeOrigin * 1000;
const SECOND_US = 1_000_000;

let cachedSecond = -1;
let cachedText = '';

/** µs since the Unix epoch. */
export function epochUs(ms: number): number {
  return floor(ORIGIN_US + ms * 1000);
}

/** The same as decimal digits. Most calls fall in the second of the one before, which is kept as text. */
export function epochText(ms: number): string {
  const us = epochUs(ms);
  const second = floor(us / SECOND_US);
  if (second !== cachedSecond) {
    cachedSecond = second;
    cachedText = digits(second);
  }
  return cachedText + sixDigits(us - second * SECOND_US);
}

/** A span of ms as whole µs, never negative. */
export function spanUs(fromMs: number, toMs: number): number {
  return toMs > fromMs ? round((toMs - fromMs) * 1000) : 0;
}
