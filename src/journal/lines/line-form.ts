/**
 * Lines that are known but for their whole numbers, as the rows of like calls are. The grammar judges such a form once. Each
 * line of it is the one before with the numbers that differ put over the old ones, and is not looked at again.
 *
 * No line of a form is one that verify would refuse: the grammar has accepted one of them, each number stands where the
 * grammar reads a whole value or the content of a string, and what is written there is an integer of JSON that is safe, or a
 * time. Neither changes how the rest is to be read. What is no such number makes no line.
 */
import { LINE_BYTES_MAX } from '../../core/limits.js';
import { digitCount, putDigits } from '../../core/digits.js';
import { putMicros, TIME_CHARS } from '../../core/timestamp.js';
import { HASH_BYTES } from '../tree/tree-hasher.js';
import { encodePrefix, PREFIX_BYTES_MAX } from './line.js';
import { LineGrammar } from './line-grammar.js';

/** The slot of the record's time, µs since the Unix epoch. */
export const TIME_SLOT = 0;

/** Beyond, a byte is text: control characters have no place in JSON. */
const SLOTS = 0x20;
const MINUS = 0x2d;
/** A minus and 16 digits. */
const INTEGER_CHARS_MAX = 17;

const BEFORE_INTEGER = new Set(Buffer.from(':,['));
const QUOTE = 0x22;

const grammar = new LineGrammar();
const sample = Buffer.alloc(LINE_BYTES_MAX);

/** How a form's text names the number in `numbers[slot]`: by the character that has this code. */
export function slotText(slot: number): string {
  return String.fromCharCode(slot);
}

/** A form and what its next line has for numbers, by slot: good until another line is made. */
export interface FilledForm {
  readonly form: LineForm;
  readonly numbers: Float64Array;
}

export class LineForm {
  /** The record of the last line but for its brace; behind it there is room for longer numbers. */
  readonly #record: Uint8Array;
  #length = 0;
  /** Of each number: which it is, where it stands in the record, how many bytes it has there, and its value. */
  readonly #slots: Uint8Array;
  readonly #places: Int32Array;
  readonly #widths: Uint8Array;
  readonly #values: Float64Array;

  /** The line whose numbers are all 0. */
  private constructor(text: Uint8Array, slots: readonly number[]) {
    this.#record = new Uint8Array(text.length + TIME_CHARS + INTEGER_CHARS_MAX * slots.length);
    this.#slots = Uint8Array.from(slots);
    this.#places = new Int32Array(slots.length);
    this.#widths = new Uint8Array(slots.length);
    this.#values = new Float64Array(slots.length);
    let count = 0;
    for (const byte of text.subarray(1)) {
      const at = this.#length;
      if (byte >= SLOTS) {
        this.#record[at] = byte;
        this.#length = at + 1;
        continue;
      }
      const end = byte === TIME_SLOT ? putMicros(this.#record, at, 0) : putDigits(this.#record, at, 0);
      this.#places[count] = at;
      this.#widths[count] = end - at;
      this.#length = end;
      count += 1;
    }
  }

  /**
   * @param text JSON of a record, `kind` first, with slots in place of numbers, and in place of the content of its time
   * @returns undefined if not all that it could become are lines
   */
  static of(text: string): LineForm | undefined {
    const bytes = new TextEncoder().encode(text);
    const slots = bytes.filter((byte) => byte < SLOTS);
    const areGood = bytes.every((byte, at) => byte >= SLOTS || mayFollow(bytes[at - 1] ?? 0, byte));
    const form = new LineForm(bytes, [...slots]);
    const isShort = PREFIX_BYTES_MAX + form.#record.length <= LINE_BYTES_MAX;
    return areGood && isShort && form.#isAccepted() ? form : undefined;
  }

  #isAccepted(): boolean {
    const end = this.encode(sample, 0, 1, new Uint8Array(HASH_BYTES), new Float64Array(SLOTS));
    return grammar.check(sample, 0, end);
  }

  /**
   * Puts a line, without newline, at `buffer[start..)`, where there has to be room for LINE_BYTES_MAX.
   * @returns where it ends, or -1 if one of the numbers is none
   */
  encode(buffer: Buffer, start: number, seq: number, prev: Uint8Array, numbers: Float64Array): number {
    if (!Number.isSafeInteger(seq) || !this.#take(numbers)) return -1;
    const at = encodePrefix(buffer, start, seq, prev);
    // With the room behind it, which the next line goes over.
    buffer.set(this.#record, at);
    return at + this.#length;
  }

  /** Puts the numbers that differ from the last line's over these. @returns false if one is none */
  #take(numbers: Float64Array): boolean {
    const values = this.#values;
    for (let i = 0; i < values.length; i += 1) {
      const slot = this.#slots[i] ?? 0;
      const value = numbers[slot] ?? NaN;
      if (value === values[i]) continue;
      if (!Number.isSafeInteger(value)) return false;
      values[i] = value;
      if (slot === TIME_SLOT) putMicros(this.#record, this.#places[i] ?? 0, value);
      else this.#put(i, value);
    }
    return true;
  }

  /** The text behind a number moves if the new one has more digits, or fewer. */
  #put(i: number, value: number): void {
    const sign = value < 0 ? 1 : 0;
    const size = value < 0 ? -value : value;
    const place = this.#places[i] ?? 0;
    const width = this.#widths[i] ?? 0;
    const growth = sign + digitCount(size) - width;
    if (growth !== 0) {
      this.#record.copyWithin(place + width + growth, place + width, this.#length);
      this.#length += growth;
      this.#widths[i] = width + growth;
      for (let j = i + 1; j < this.#places.length; j += 1) this.#places[j] = (this.#places[j] ?? 0) + growth;
    }
    this.#record[place] = MINUS;
    putDigits(this.#record, place + sign, size);
  }
}

/**
 * Behind these bytes a number is all of a value, or content of a string, but no part of a key, an escape or another number.
 * That nothing comes after it which could belong to it is for the grammar to say, since after a zero no digit may follow.
 */
function mayFollow(before: number, slot: number): boolean {
  return slot === TIME_SLOT ? before === QUOTE : BEFORE_INTEGER.has(before);
}
