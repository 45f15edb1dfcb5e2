/** Sizes and times as people write them in a config file: `64MiB`, `10s`. Whole numbers only. */

const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };
const MILLI_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

interface Range {
  readonly min: number;
  readonly max: number;
}

function parser(units: Readonly<Record<string, number>>, example: string, format: (value: number) => string) {
  return ({ min, max }: Range): ((text: string) => number) =>
    (text) => {
      const match = /^([0-9]{1,15})\s?([A-Za-z]*)$/.exec(text);
      const unit = units[match?.[2]?.toLowerCase() ?? 'none'];
      if (unit === undefined) throw new Error(`"${text}" is not a number with a unit, such as ${example}`);
      const value = Number(match?.[1]) * unit;
      if (value < min || value > max) throw new Error(`${text} is outside ${format(min)} to ${format(max)}`);
      return value;
    };
}

function formatter(units: readonly (readonly [name: string, size: number])[]): (value: number) => string {
  return (value) => {
    const [name, size] = units.find(([, size]) => value !== 0 && value % size === 0) ?? ['', 1];
    return `${value / size}${name}`;
  };
}

/** The shortest exact form: 67108864 gives `64MiB`, 1000 gives `1000`. */
export const formatBytes = formatter([
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
]);

/** The shortest exact form: 90000 gives `90s`. */
export const formatMillis = formatter([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]);

/** Units are B, KiB, MiB and GiB; a bare number is bytes. Throws Error with what was expected. */
export const parseBytes = parser(BYTE_UNITS, '64MiB', formatBytes);

/** Units are ms, s, m and h. Throws Error with what was expected. */
export const parseMillis = parser(MILLI_UNITS, '10s', formatMillis);
