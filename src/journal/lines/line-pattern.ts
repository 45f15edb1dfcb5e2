/**
 * A quick yes to lines that are like one which the grammar has accepted: the same but for the digits of numbers and the
 * plain characters of strings. Rows of one program differ in little else, and comparing takes a fraction of parsing.
 *
 * A yes is never wrong. What may differ is a whole number, a string's content or `prev`, each checked by itself here; none of them
 * changes how the rest of the line is to be read, and keys, nesting and punctuation are those of the accepted line. A no
 * decides nothing: the grammar has to be asked.
 */
import { commonLength, viewOf } from '../../core/bytes.js';
import { LINE_BYTES_MAX } from '../../core/limits.js';
import { HEX_DIGIT, is, isDigit, PLAIN } from './byte-class.js';

/** What a byte of the accepted line belongs to, and so what may stand there in another one. */
const FIXED = 0;
const STRING = 1;
const NUMBER = 2;
const BEHIND_NUMBER = 3;
const PREV = 4;

const QUOTE = 0x22;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Longer numbers may be beyond 2^53 - 1. */
const DIGITS_MAX = 15;
/** `{"seq":` */
const SEQ_AT = 7;
/** `,"prev":"` */
const PREV_AFTER_SEQ = 9;
const PREV_CHARS = 64;

const PATTERNS_MAX = 4;
/** With all places taken, a new pattern is worth its cost for one in so many lines that fit none. */
const MISSES_A_PATTERN = 16;

class LinePattern {
  readonly #line: Uint8Array;
  readonly #view: DataView;
  readonly #parts: Uint8Array;

  /** @param line accepted by the grammar */
  constructor(line: Uint8Array) {
    // A copy, which `slice` of a Buffer is not.
    this.#line = new Uint8Array(line);
    this.#view = viewOf(this.#line);
    this.#parts = partsOf(this.#line);
  }

  /** @param view of `bytes` */
  fits(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    const line = this.#line;
    const lineView = this.#view;
    const parts = this.#parts;
    const { length } = line;
    let at = start;
    let i = 0;
    for (;;) {
      const same = commonLength(view, at, lineView, i, Math.min(length - i, end - at));
      at += same;
      i += same;
      if (i === length) return at === end;
      switch (parts[i]) {
        case STRING:
          while (at < end && is(bytes[at], PLAIN)) at += 1;
          if (at >= end || bytes[at] !== QUOTE) return false;
          at += 1;
          while (parts[i] === STRING) i += 1;
          break;
        case NUMBER:
        case BEHIND_NUMBER: {
          let first = i;
          while (parts[first - 1] === NUMBER) first -= 1;
          at = numberEnd(bytes, at - (i - first), end, first === SEQ_AT);
          while (parts[i] === NUMBER) i += 1;
          if (at < 0 || at >= end || bytes[at] !== line[i]) return false;
          break;
        }
        case PREV:
          for (; parts[i] === PREV; i += 1, at += 1) if (at >= end || !is(bytes[at], HEX_DIGIT)) return false;
          break;
        default:
          return false;
      }
    }
  }
}

/** Where the number at `from` ends; -1 if there is none, or one that only the grammar can judge. */
function numberEnd(bytes: Uint8Array, from: number, end: number, isPositive: boolean): number {
  let at = from;
  while (at < end && isDigit(bytes[at] ?? 0)) at += 1;
  const length = at - from;
  if (length === 0 || length > DIGITS_MAX) return -1;
  return bytes[from] === ZERO && (length > 1 || isPositive) ? -1 : at;
}

/** Negative numbers, and strings with anything but plain characters, have to be the same: in those the bytes depend on each other. */
function partsOf(line: Uint8Array): Uint8Array {
  const parts = new Uint8Array(line.length);
  for (let i = 0; i < line.length;) {
    const byte = line[i] ?? 0;
    const from = i;
    i += 1;
    if (byte === QUOTE) {
      let isPlain = true;
      for (; line[i] !== QUOTE; i += 1) {
        if (is(line[i], PLAIN)) continue;
        isPlain = false;
        // What an escape escapes may be a quote.
        if (line[i] === 0x5c) i += 1;
      }
      i += 1;
      if (isPlain && line[i] !== COLON) parts.fill(STRING, from + 1, i);
    } else if (isDigit(byte)) {
      while (isDigit(line[i] ?? 0)) i += 1;
      if (line[from - 1] === MINUS) continue;
      parts.fill(NUMBER, from, i);
      parts[i] = BEHIND_NUMBER;
    }
  }
  let prevAt = SEQ_AT;
  while (parts[prevAt] === NUMBER) prevAt += 1;
  prevAt += PREV_AFTER_SEQ;
  parts.fill(PREV, prevAt, prevAt + PREV_CHARS);
  // The quote behind it.
  parts[prevAt + PREV_CHARS] = FIXED;
  return parts;
}

/** The patterns of the lines in a buffer that came last. */
export class LinePatterns {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #patterns: LinePattern[] = [];
  #misses = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** Whether the bytes from `start` to `end` are surely a line; if not, they may be one all the same. */
  fits(start: number, end: number): boolean {
    if (end - start > LINE_BYTES_MAX) return false;
    const patterns = this.#patterns;
    for (let i = 0; i < patterns.length; i += 1) {
      const pattern = patterns[i];
      if (pattern?.fits(this.#bytes, this.#view, start, end) !== true) continue;
      // The next line is most likely like this one.
      if (i > 0) patterns.unshift(...patterns.splice(i, 1));
      return true;
    }
    return false;
  }

  /** Takes note of a line that fitted none, and that the grammar has accepted. */
  learn(start: number, end: number): void {
    this.#misses += 1;
    if (this.#patterns.length >= PATTERNS_MAX) {
      if (this.#misses % MISSES_A_PATTERN !== 0) return;
      this.#patterns.pop();
    }
    this.#patterns.unshift(new LinePattern(this.#bytes.subarray(start, end)));
  }
}
