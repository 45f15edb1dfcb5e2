import { EgressError } from '../core/error.js';
import { formatMicros } from '../core/timestamp.js';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** The year 9999 ends here: what a record's time can say. */
const SECONDS_MAX = 253_402_300_799;

const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?\s?(Z|[+-]\d\d:?\d\d)?)?$/;
const CLOCK = /^(\d\d:\d\d)(?::(\d\d))?Z?$/;
const AGO = /^-?([0-9]{1,9})\s?([smhdw])(?: ago)?$/;

function secondsOf(text: string, nowSeconds: number): number | undefined {
  const today = new Date(nowSeconds * 1000).toISOString().slice(0, 10);
  if (text === 'now') return nowSeconds;
  if (text === 'today') return Date.parse(`${today}T00:00:00Z`) / 1000;
  if (text === 'yesterday') return Date.parse(`${today}T00:00:00Z`) / 1000 - 86_400;
  const ago = AGO.exec(text);
  if (ago !== null) return nowSeconds - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0);
  const clock = CLOCK.exec(text);
  if (clock !== null) return Date.parse(`${today}T${clock[1]}:${clock[2] ?? '00'}Z`) / 1000;
  const date = DATE.exec(text);
  if (date === null) return undefined;
  const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = date;
  const offset = zone.replace(/^([+-]\d\d):?(\d\d)$/, '$1:$2');
  return Date.parse(`${day}T${minutes}:${seconds}${offset}`) / 1000 + Number(`0.${fraction || '0'}`);
}

/**
 * A time on the command line, in the form that records use: `2026-10-20`, `2026-10-20 12:04:05`, RFC 3339, `12:04`
 * (today), `10m`, `2h ago`, `now`, `today`, `yesterday`. Without an offset it is UTC.
 * @throws USAGE
 */
export function parseTime(text: string, nowMillis: number): string {
  const seconds = secondsOf(text.trim(), nowMillis / 1000);
  if (seconds === undefined || !(seconds >= 0 && seconds <= SECONDS_MAX)) {
    throw new EgressError('USAGE', `"${text}" is not a time`, {
      hint: 'Say 2026-10-20, "2026-10-20 12:04:05", 12:04 (today, UTC), 10m (ago), today or yesterday.',
    });
  }
  return formatMicros(Math.round(seconds * 1e6));
}
