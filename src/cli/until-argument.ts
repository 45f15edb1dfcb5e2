import { formatMicros } from '../core/timestamp.js';
import { parseTime } from './time-argument.js';
import { parseAge } from './window-argument.js';

/** A time to come on the command line: `2h`, `3d`, or a date as `parseTime` takes it. @throws USAGE */
export function parseUntil(text: string, nowMillis: number): string {
  if (!/^[0-9]+\s?[A-Za-z]+$/.test(text.trim())) return parseTime(text, nowMillis);
  return formatMicros(Math.round((nowMillis + parseAge(text) * 1_000) * 1_000));
}
