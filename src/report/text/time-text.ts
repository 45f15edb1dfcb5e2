/** A recorded time. Only this form is taken for a time; anything else in its place is shown as `?`. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{3})\d{3}Z$/;

/** A moment as a reader sees it: day and clock, in UTC (with Z) or in the local zone (with its offset). */
export interface Moment {
  /** `2026-10-20` */
  readonly day: string;
  /** `12:04:05.123Z`, or `14:04:05.123+0200` */
  readonly clock: string;
}

const UNKNOWN: Moment = { day: '?', clock: '?' };

function offsetText(minutesBehindUtc: number): string {
  const ahead = -minutesBehindUtc;
  const minutes = Math.abs(ahead);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${ahead < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

export function momentOf(timestamp: string | undefined, local: boolean): Moment {
  const match = TIMESTAMP.exec(timestamp ?? '');
  if (timestamp === undefined || match === null) return UNKNOWN;
  const [, day = '?', seconds = '?', millis = ''] = match;
  if (!local) return { day, clock: `${seconds}.${millis}Z` };
  const date = new Date(timestamp);
  const offset = date.getTimezoneOffset();
  // The local day and clock are the UTC ones of a moment that lies the offset earlier.
  const shifted = new Date(date.getTime() - offset * 60_000);
  if (Number.isNaN(shifted.getTime())) return UNKNOWN;
  const text = shifted.toISOString();
  return { day: text.slice(0, 10), clock: `${text.slice(11, 23)}${offsetText(offset)}` };
}

/** `2026-10-20 12:04:05.123Z`, or `?`. */
export function timeText(timestamp: string | undefined, local: boolean): string {
  const { day, clock } = momentOf(timestamp, local);
  return day === '?' ? '?' : `${day} ${clock}`;
}
