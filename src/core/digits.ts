/**
 * Decimal digits of numbers that differ from call to call, as text and as bytes. V8 keeps the texts of few numbers, and those
 * of all others it makes anew in its runtime; texts of three digits put together are several times cheaper.
 */
// Taken when this is loaded: in an observed program, before it can replace it.
const { floor } = Math;

const short: string[] = [];
const padded: string[] = [];
for (let i = 0; i < 1_000; i += 1) {
  short.push(`${i}`);
  padded.push(`${i}`.padStart(3, '0'));
}

/** @param value a whole number that is not negative */
export function digits(value: number): string {
  if (value < 1_000) return short[value] ?? `${value}`;
  const thousands = floor(value / 1_000);
  return digits(thousands) + (padded[value - 1_000 * thousands] ?? '');
}

/** @param value a whole number below a million; the zeros in front are kept */
export function sixDigits(value: number): string {
  const thousands = floor(value / 1_000);
  return (padded[thousands] ?? '') + (padded[value - 1_000 * thousands] ?? '');
}

/** @param value as in `digits` */
export function digitCount(value: number): number {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count += 1;
  return count;
}

const ZERO = 0x30;
/** The digits of 000 to 999, one number after the other. */
const triples = Uint8Array.from(padded.join(''), (digit) => digit.charCodeAt(0));

/**
 * @param value a whole number that is not negative
 * @returns behind its last digit
 */
export function putDigits(bytes: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    bytes[at] = ZERO + value;
    return at + 1;
  }
  if (value < 1_000) {
    const length = value < 100 ? 2 : 3;
    for (let i = 0, from = 3 * value + 3 - length; i < length; i += 1) bytes[at + i] = triples[from + i] ?? ZERO;
    return at + length;
  }
  const thousands = floor(value / 1_000);
  return putTriple(bytes, putDigits(bytes, at, thousands), value - 1_000 * thousands);
}

function putTriple(bytes: Uint8Array, at: number, value: number): number {
  const from = 3 * value;
  bytes[at] = triples[from] ?? ZERO;
  bytes[at + 1] = triples[from + 1] ?? ZERO;
  bytes[at + 2] = triples[from + 2] ?? ZERO;
  return at + 3;
}

/** As `sixDigits`. */
export function putSixDigits(bytes: Uint8Array, at: number, value: number): number {
  const thousands = floor(value / 1_000);
  return putTriple(bytes, putTriple(bytes, at, thousands), value - 1_000 * thousands);
}
