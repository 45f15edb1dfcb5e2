/** Sizes and times as people read them: three figures, a unit, a space between. */

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** `211 B`, `4.4 kB`, `18.4 MB` (powers of 1000). */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${BYTE_UNITS[unit] ?? ''}`;
}

/** Of nanoseconds: `310 µs`, `2.1 ms`, `183 ms`, `1.2 s`, `5m 30s`, `2h 05m`. */
export function durationText(nanos: number): string {
  const micros = Math.round(nanos / 1e3);
  if (micros < 1_000) return `${micros} µs`;
  const millis = nanos / 1e6;
  if (millis < 9.95) return `${millis.toFixed(1)} ms`;
  if (millis < 999.5) return `${Math.round(millis)} ms`;
  const seconds = nanos / 1e9;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3_600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3_600)}h ${two(Math.floor((whole % 3_600) / 60))}m`;
}

/** `1 record`, `12 records`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
