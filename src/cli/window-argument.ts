/** Windows of a vacuum on the command line: an age such as `90d`, a size such as `2GB`. */
import { EgressError } from '../core/error.js';

const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400, w: 604_800 };
const BYTES: Readonly<Record<string, number>> = {
  ...{ B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 },
};

function quantity(text: string, units: Readonly<Record<string, number>>, what: string, hint: string): number {
  const match = /^([0-9]{1,9})\s?([A-Za-z]+)$/.exec(text.trim());
  const unit = Object.hasOwn(units, match?.[2] ?? '') ? units[match?.[2] ?? ''] : undefined;
  const value = Number(match?.[1]) * (unit ?? 0);
  if (unit === undefined || value <= 0) throw new EgressError('USAGE', `"${text}" is not ${what}`, { hint });
  return value;
}

/** Seconds. @throws USAGE */
export const parseAge = (text: string): number => quantity(text, SECONDS, 'an age', 'Say 90d, 12h, 30m or 4w.');

/** Bytes. @throws USAGE */
export const parseSize = (text: string): number => quantity(text, BYTES, 'a size', 'Say 2GB, 500MB or 10GiB.');
