/**
 * The end of a call as one short line, where the recorder knows the call's shape: the members that differ from call to
 * call, at fixed places and in digits of six bits, so that neither side makes or takes apart any text. Both sides are
 * here, since they have to agree; nothing here needs more than the language.
 *
 *     !  flags  shape ×2  id ×6  at ×9  dur ×6  [sent ×6]  [received ×6]  [pport ×3  lport ×3]  [phases ×24]  [body ×64]  [req ×6  res ×6]
 *
 * A digit is a character from `0` (0) to `o` (63), the highest first: a line stays a line of ASCII. Ports and the numbers
 * of bodies are 0 where there is none; a phase is one more than it says, and 0 where it did not occur.
 */
import type { CallFrame } from './frame.js';

// Taken when this is loaded: in an observed program, before it can replace it.
const { floor } = Math;

/** First byte of such a line; that of any other frame is a brace. */
const MARK = 0x21;

const SENT = 1;
const RECEIVED = 2;
const PORTS = 4;
const PHASES = 8;
const BODY = 16;
const CAPTURED = 32;

const SHAPE_AT = 2;
const ID_AT = 4;
const AT_AT = 10;
const DUR_AT = 19;
const FIXED_CHARS = 25;
const NUMBER_CHARS = 6;
const PHASES_CHARS = 4 * NUMBER_CHARS;
const HASH_CHARS = 64;

/** A line with all parts. */
export const COMPACT_CHARS_MAX = FIXED_CHARS + 5 * NUMBER_CHARS + PHASES_CHARS + HASH_CHARS;

const HALF = 2 ** 18;
const NUMBER_MAX = 2 ** 36 - 1;
const PORT_MAX = 65_535;
const ZERO = 0x30;

/** What each call has for itself. */
export interface OwnMembers {
  readonly id: number;
  readonly at: number;
  readonly dur: number;
  readonly sent: number | undefined;
  readonly received: number | undefined;
  /** 0: unknown. */
  readonly pport: number;
  readonly lport: number;
  readonly phases: CallFrame['phases'];
  /** SHA-256 in lower-case hex. */
  readonly body: string | undefined;
  /** 0: none. */
  readonly req: number;
  readonly res: number;
}

const LENGTHS = Uint8Array.from({ length: 64 }, (_, flags) => {
  const part = (flag: number, chars: number): number => ((flags & flag) === 0 ? 0 : chars);
  const numbers = part(SENT, NUMBER_CHARS) + part(RECEIVED, NUMBER_CHARS) + part(PORTS, NUMBER_CHARS);
  return FIXED_CHARS + numbers + part(PHASES, PHASES_CHARS) + part(BODY, HASH_CHARS) + part(CAPTURED, 2 * NUMBER_CHARS);
});

function isShort(value: number | undefined): boolean {
  return value === undefined || (value >= 0 && value <= NUMBER_MAX);
}

/** Whether all numbers have room. */
export function isCompact({ id, at, dur, sent, received, phases, req, res }: OwnMembers): boolean {
  if (!isShort(id) || !isShort(dur) || !isShort(sent) || !isShort(received) || !isShort(req) || !isShort(res))
    return false;
  if (!(at >= 0 && at <= Number.MAX_SAFE_INTEGER)) return false;
  if (phases === undefined) return true;
  const [dns, connect, tls, wait] = phases;
  return dns < NUMBER_MAX && connect < NUMBER_MAX && tls < NUMBER_MAX && wait < NUMBER_MAX;
}

function putHalf(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = ZERO + (value >>> 12);
  bytes[at + 1] = ZERO + ((value >>> 6) & 63);
  bytes[at + 2] = ZERO + (value & 63);
}

function putNumber(bytes: Uint8Array, at: number, value: number): number {
  const high = floor(value / HALF);
  putHalf(bytes, at, high);
  putHalf(bytes, at + 3, value - high * HALF);
  return at + NUMBER_CHARS;
}

/**
 * Writes the line, without its newline; `bytes` has to have room for COMPACT_CHARS_MAX.
 * @param own for which `isCompact` holds
 * @returns where it ends
 */
export function writeCompact(bytes: Uint8Array, start: number, shape: number, own: OwnMembers): number {
  let flags = 0;
  bytes[start] = MARK;
  bytes[start + SHAPE_AT] = ZERO + (shape >>> 6);
  bytes[start + SHAPE_AT + 1] = ZERO + (shape & 63);
  putNumber(bytes, start + ID_AT, own.id);
  const thirds = floor(own.at / HALF);
  putNumber(bytes, start + AT_AT, thirds);
  putHalf(bytes, start + AT_AT + NUMBER_CHARS, own.at - thirds * HALF);
  let at = putNumber(bytes, start + DUR_AT, own.dur);
  if (own.sent !== undefined) {
    flags |= SENT;
    at = putNumber(bytes, at, own.sent);
  }
  if (own.received !== undefined) {
    flags |= RECEIVED;
    at = putNumber(bytes, at, own.received);
  }
  if (own.pport > 0 || own.lport > 0) {
    flags |= PORTS;
    putHalf(bytes, at, own.pport);
    putHalf(bytes, at + 3, own.lport);
    at += NUMBER_CHARS;
  }
  if (own.phases !== undefined) {
    flags |= PHASES;
    for (let i = 0; i < 4; i += 1) at = putNumber(bytes, at, (own.phases[i] ?? -1) + 1);
  }
  if (own.body !== undefined) {
    flags |= BODY;
    for (let i = 0; i < HASH_CHARS; i += 1) bytes[at + i] = own.body.charCodeAt(i);
    at += HASH_CHARS;
  }
  if (own.req > 0 || own.res > 0) {
    flags |= CAPTURED;
    at = putNumber(bytes, at, own.req);
    at = putNumber(bytes, at, own.res);
  }
  bytes[start + 1] = ZERO + flags;
  return at;
}

/** @returns where the compact line at `start` ends, if one begins there and a byte stands behind it; else -1 */
export function compactEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== MARK) return -1;
  const end = start + (LENGTHS[(bytes[start + 1] ?? 0) - ZERO] ?? bytes.length);
  return end < bytes.length ? end : -1;
}

/** The number of the call in a line of text that begins with a compact one; undefined if it does not. */
export function idInText(text: string, start: number): number | undefined {
  if (text.charCodeAt(start) !== MARK) return undefined;
  let id = 0;
  for (let i = 0; i < NUMBER_CHARS; i += 1) id = id * 64 + text.charCodeAt(start + ID_AT + i) - ZERO;
  return id;
}

/** Reads compact lines, one after the other. The program controls every byte of them. */
export class CompactReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** All digits read so far, put together: one that is none has a bit outside of the six. */
  #digits = 0;

  /**
   * @param start of a line whose end `compactEnd` has found
   * @returns undefined for anything that `writeCompact` would not have written
   */
  read(bytes: Uint8Array, start: number): (OwnMembers & { readonly shape: number }) | undefined {
    this.#bytes = bytes;
    this.#digits = 0;
    this.#at = start + 1;
    const flags = this.#digit();
    const shape = this.#digit() * 64 + this.#digit();
    const id = this.#number();
    const at = this.#number() * HALF + this.#half();
    const dur = this.#number();
    const sent = (flags & SENT) === 0 ? undefined : this.#number();
    const received = (flags & RECEIVED) === 0 ? undefined : this.#number();
    const hasPorts = (flags & PORTS) !== 0;
    const pport = hasPorts ? this.#half() : 0;
    const lport = hasPorts ? this.#half() : 0;
    const phases = (flags & PHASES) === 0 ? undefined : this.#phases();
    const hasBody = (flags & BODY) !== 0;
    const body = hasBody ? this.#hash() : undefined;
    const hasBodies = (flags & CAPTURED) !== 0;
    const req = hasBodies ? this.#number() : 0;
    const res = hasBodies ? this.#number() : 0;
    if ((this.#digits & ~63) !== 0 || at > Number.MAX_SAFE_INTEGER || pport > PORT_MAX || lport > PORT_MAX)
      return undefined;
    if (hasBody && body === undefined) return undefined;
    return { shape, id, at, dur, sent, received, pport, lport, phases, body, req, res };
  }

  #digit(): number {
    const digit = (this.#bytes[this.#at] ?? 0) - ZERO;
    this.#at += 1;
    this.#digits |= digit;
    return digit;
  }

  #half(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    const high = (bytes[at] ?? 0) - ZERO;
    const middle = (bytes[at + 1] ?? 0) - ZERO;
    const low = (bytes[at + 2] ?? 0) - ZERO;
    this.#at = at + 3;
    this.#digits |= high | middle | low;
    return (high << 12) | (middle << 6) | low;
  }

  #number(): number {
    return this.#half() * HALF + this.#half();
  }

  #phases(): CallFrame['phases'] {
    return [this.#number() - 1, this.#number() - 1, this.#number() - 1, this.#number() - 1];
  }

  #hash(): string | undefined {
    const from = this.#at;
    let text = '';
    for (let i = from; i < from + HASH_CHARS; i += 1) {
      const byte = this.#bytes[i] ?? 0;
      if (!((byte >= ZERO && byte <= ZERO + 9) || (byte >= 0x61 && byte <= 0x66))) return undefined;
      text += String.fromCharCode(byte);
    }
    this.#at = from + HASH_CHARS;
    return text;
  }
}
