/**
 * Lines that are known but for their whole numbers, as the rows of like calls are. The grammar judges such a form once, and
 * then each line of it is put together from bytes, with no look at the result.
 *
 * No line of a form is one that verify would refuse: the grammar has accepted one of them, each number stands where the
 * grammar reads a whole value or the content of a string, and what is written there is an integer of JSON that is safe, or a
 * time. Neither changes how the rest is to be read. What is no such number makes no line.
 */
import { LINE_BYTES_MAX } from '../../core/limits.js';
import { putDigits } from '../../core/digits.js';
import { putMicros, TIME_CHARS } from '../../core/timestamp.js';
import { NO_HASH, type Hash } from '../tree/tree-hasher.js';
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
  /** Of the record but for its brace: before, between and behind the numbers. */
  readonly #texts: readonly Uint8Array[];
  /** Of the number behind each text but the last. */
  readonly #slots: Uint8Array;

  private constructor(texts: readonly Uint8Array[], slots: Uint8Array) {
    this.#texts = texts;
    this.#slots = slots;
  }

  /**
   * @param text JSON of a record, `kind` first, with slots in place of numbers, and in place of the content of its time
   * @returns undefined if not all that it could become are lines
   */
  static of(text: string): LineForm | undefined {
    const bytes = new TextEncoder().encode(text);
    const texts: Uint8Array[] = [];
    const slots: number[] = [];
    let from = 1;
    for (const [at, byte] of bytes.entries()) {
      if (byte >= SLOTS) continue;
      if (!mayFollow(bytes[at - 1] ?? 0, byte)) return undefined;
      texts.push(bytes.subarray(from, at));
      slots.push(byte);
      from = at + 1;
    }
    texts.push(bytes.subarray(from));
    const isShort = PREFIX_BYTES_MAX + bytes.length + TIME_CHARS + INTEGER_CHARS_MAX * slots.length <= LINE_BYTES_MAX;
    const form = new LineForm(texts, Uint8Array.from(slots));
    return isShort && form.#isAccepted() ? form : undefined;
  }

  #isAccepted(): boolean {
    const end = this.encode(sample, 0, 1, NO_HASH, new Float64Array(SLOTS));
    return grammar.check(sample, 0, end);
  }

  /**
   * Puts a line, without newline, at `buffer[start..)`, where there has to be room for LINE_BYTES_MAX.
   * @returns where it ends, or -1 if one of the numbers is none
   */
  encode(buffer: Buffer, start: number, seq: number, prev: Hash, numbers: Float64Array): number {
    if (!Number.isSafeInteger(seq)) return -1;
    const texts = this.#texts;
    const slots = this.#slots;
    let at = encodePrefix(buffer, start, seq, prev);
    for (let i = 0; i < texts.length; i += 1) {
      const text = texts[i];
      if (text === undefined) break;
      buffer.set(text, at);
      at += text.length;
      const slot = slots[i];
      if (slot === undefined) break;
      const value = numbers[slot] ?? NaN;
      if (!Number.isSafeInteger(value)) return -1;
      if (slot === TIME_SLOT) at = putMicros(buffer, at, value);
      else if (value >= 0) at = putDigits(buffer, at, value);
      else {
        buffer[at] = MINUS;
        at = putDigits(buffer, at + 1, -value);
      }
    }
    return at;
  }
}

/**
 * What no other number or time could make something else of: all of a value, or content of a string, but no part of a key, an
 * escape or another number. That nothing which could belong to it comes after it is for the grammar to say, since after a zero no
 * digit may follow.
 */
function mayFollow(before: number, slot: number): boolean {
  return slot === TIME_SLOT ? before === QUOTE : BEFORE_INTEGER.has(before);
}
