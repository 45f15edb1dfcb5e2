/**
 * Frames from the bytes of the hook channel. Nearly all are ends of calls, and most of those are alike but for a few
 * numbers, which the hooks put in front: what stands behind them is parsed and checked once, and then known by its bytes.
 * A frame that is written in any other way is decoded as a whole, with the same result.
 */
import { commonLength, viewOf } from '../core/bytes.js';
import { decodeFrame, isCall } from './decode-frame.js';
import type { CallFrame, Frame } from './frame.js';

/** Longer ones are decoded each time, so that what is remembered is bounded. */
const SHAPE_BYTES_MAX = 1_024;
const SHAPES_MAX = 4_096;

/** The members that each call has for itself. */
const OWN = ['t', 'id', 'at', 'dur', 'sent', 'received', 'pport', 'lport', 'phases', 'body', 'req', 'res'] as const;

/** What calls have in common that differ in their own members alone. */
export type CallShape = Omit<CallFrame, (typeof OWN)[number]>;

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const ID = bytesOf('{"t":"end","id":');
const AT = bytesOf(',"at":');
const DUR = bytesOf(',"dur":');
const SENT = bytesOf(',"sent":');
const RECEIVED = bytesOf(',"received":');
const PEER_PORT = bytesOf(',"pport":');
const LOCAL_PORT = bytesOf(',"lport":');
const PHASES = bytesOf(',"phases":[');
const BODY = bytesOf(',"body":"');
const SHAPE = bytesOf(',"dir":"');

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const BRACKET = 0x5d;
/** Of Number.MAX_SAFE_INTEGER. */
const DIGITS_MAX = 16;
const HASH_CHARS = 64;
/** No number that a frame may have. */
const NONE = -2;

type OwnMembers = Pick<ShapedCall, 'id' | 'at' | 'dur' | 'sent' | 'received' | 'pport' | 'lport' | 'phases' | 'body'>;

/**
 * A frame that refers to its shape, which may be shared by a hundred thousand others: its own members are few. The shape
 * is a private field, since a program can name any other.
 */
class ShapedCall {
  readonly t = 'end';
  readonly id: number;
  readonly at: number;
  readonly dur: number | undefined;
  readonly sent: number | undefined;
  readonly received: number | undefined;
  readonly pport: number | undefined;
  readonly lport: number | undefined;
  readonly phases: CallFrame['phases'];
  readonly body: string | undefined;
  readonly #shape: CallShape;

  constructor(shape: CallShape, own: OwnMembers) {
    this.id = own.id;
    this.at = own.at;
    this.dur = own.dur;
    this.sent = own.sent;
    this.received = own.received;
    this.pport = own.pport;
    this.lport = own.lport;
    this.phases = own.phases;
    this.body = own.body;
    this.#shape = shape;
  }

  static shapeOf(frame: object): CallShape | undefined {
    return #shape in frame ? frame.#shape : undefined;
  }

  get dir(): CallShape['dir'] {
    return this.#shape.dir;
  }
  get ch(): CallShape['ch'] {
    return this.#shape.ch;
  }
  get proto(): CallShape['proto'] {
    return this.#shape.proto;
  }
  get host(): CallShape['host'] {
    return this.#shape.host;
  }
  get port(): CallShape['port'] {
    return this.#shape.port;
  }
  get ip(): CallShape['ip'] {
    return this.#shape.ip;
  }
  get tried(): CallShape['tried'] {
    return this.#shape.tried;
  }
  get scheme(): CallShape['scheme'] {
    return this.#shape.scheme;
  }
  get method(): CallShape['method'] {
    return this.#shape.method;
  }
  get path(): CallShape['path'] {
    return this.#shape.path;
  }
  get status(): CallShape['status'] {
    return this.#shape.status;
  }
  get hdr(): CallShape['hdr'] {
    return this.#shape.hdr;
  }
  get site(): CallShape['site'] {
    return this.#shape.site;
  }
  get outcome(): CallShape['outcome'] {
    return this.#shape.outcome;
  }
  get err(): CallShape['err'] {
    return this.#shape.err;
  }
  get reused(): CallShape['reused'] {
    return this.#shape.reused;
  }
  get q(): CallShape['q'] {
    return this.#shape.q;
  }
  get qt(): CallShape['qt'] {
    return this.#shape.qt;
  }
  get claimed(): CallShape['claimed'] {
    return this.#shape.claimed;
  }
}

/** The very object that frames with the same members share, where that is known. */
export function shapeOf(frame: CallFrame): CallShape | undefined {
  return ShapedCall.shapeOf(frame);
}

function isPort(value: number | undefined): boolean {
  return value === undefined || (value >= 0 && value <= 65_535);
}

interface KnownShape {
  readonly shape: CallShape;
  readonly bytes: DataView;
}

export class FrameDecoder {
  /** By their bytes, as Latin-1. */
  readonly #shapes = new Map<string, KnownShape>();
  /** The one that came last: calls come in runs, and comparing costs less than looking up. */
  #last: KnownShape | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #view = viewOf(this.#bytes);
  #at = 0;
  #end = 0;

  /**
   * @param end of one line, without its newline
   * @returns undefined for anything that is not a frame; never throws
   */
  decode(bytes: Buffer, start: number, end: number): Frame | undefined {
    if (bytes !== this.#bytes) this.#view = viewOf(bytes);
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    return this.#shaped() ?? decodeFrame(bytes.toString('utf8', start, end));
  }

  #shaped(): CallFrame | undefined {
    if (!this.#literal(ID)) return undefined;
    const id = this.#integer();
    if (id < 0 || !this.#literal(AT)) return undefined;
    const at = this.#integer();
    if (at < 0) return undefined;
    const dur = this.#literal(DUR) ? this.#integer() : undefined;
    const sent = this.#literal(SENT) ? this.#integer() : undefined;
    const received = this.#literal(RECEIVED) ? this.#integer() : undefined;
    const pport = this.#literal(PEER_PORT) ? this.#integer() : undefined;
    const lport = this.#literal(LOCAL_PORT) ? this.#integer() : undefined;
    if (dur === NONE || sent === NONE || received === NONE || !isPort(pport) || !isPort(lport)) return undefined;
    const hasPhases = this.#literal(PHASES);
    const phases = hasPhases ? this.#phases() : undefined;
    if (hasPhases && phases === undefined) return undefined;
    const hasBody = this.#literal(BODY);
    const body = hasBody ? this.#hash() : undefined;
    if (hasBody && body === undefined) return undefined;
    const shapeAt = this.#at;
    if (!this.#literal(SHAPE) || this.#end - shapeAt > SHAPE_BYTES_MAX) return undefined;
    if (!this.#isLastAt(shapeAt)) {
      const key = this.#bytes.toString('latin1', shapeAt, this.#end);
      this.#last = this.#shapes.get(key) ?? this.#learn(key, shapeAt);
    }
    const shape = this.#last?.shape;
    if (shape === undefined) return undefined;
    return new ShapedCall(shape, { id, at, dur, sent, received, pport, lport, phases, body }) as CallFrame;
  }

  #isLastAt(start: number): boolean {
    const length = this.#end - start;
    const bytes = this.#last?.bytes;
    return bytes?.byteLength === length && commonLength(this.#view, start, bytes, 0, length) === length;
  }

  #learn(key: string, start: number): KnownShape | undefined {
    let fields: Record<string, unknown>;
    try {
      fields = JSON.parse(`{${this.#bytes.toString('utf8', start + 1, this.#end)}`) as Record<string, unknown>;
    } catch {
      return undefined;
    }
    // A member that stands twice has its last value, which is not the one in front.
    if (OWN.some((name) => name in fields) || !isCall({ ...fields, id: 0, at: 0 })) return undefined;
    if (this.#shapes.size >= SHAPES_MAX) this.#shapes.clear();
    const bytes = viewOf(new Uint8Array(this.#bytes.subarray(start, this.#end)));
    const known = { shape: fields as unknown as CallShape, bytes };
    this.#shapes.set(key, known);
    return known;
  }

  /** Whether these bytes come next; they are passed over then. */
  #literal(expected: Uint8Array): boolean {
    const from = this.#at;
    if (from + expected.length > this.#end) return false;
    for (let i = 0; i < expected.length; i += 1) if (this.#bytes[from + i] !== expected[i]) return false;
    this.#at = from + expected.length;
    return true;
  }

  /** A whole number as JSON writes it, or NONE. */
  #integer(): number {
    const bytes = this.#bytes;
    const first = this.#at;
    let at = first;
    let value = 0;
    for (; at < this.#end; at += 1) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const length = at - first;
    if (length === 0 || length > DIGITS_MAX || (length > 1 && bytes[first] === ZERO)) return NONE;
    if (value > Number.MAX_SAFE_INTEGER) return NONE;
    this.#at = at;
    return value;
  }

  /** A phase is a whole number or -1. */
  #phase(terminator: number): number | undefined {
    let value: number;
    if (this.#bytes[this.#at] === MINUS && this.#bytes[this.#at + 1] === ZERO + 1) {
      this.#at += 2;
      value = -1;
    } else {
      value = this.#integer();
      if (value === NONE) return undefined;
    }
    if (this.#at >= this.#end || this.#bytes[this.#at] !== terminator) return undefined;
    this.#at += 1;
    return value;
  }

  #phases(): CallFrame['phases'] {
    const dns = this.#phase(COMMA);
    const connect = dns === undefined ? undefined : this.#phase(COMMA);
    const tls = connect === undefined ? undefined : this.#phase(COMMA);
    const wait = tls === undefined ? undefined : this.#phase(BRACKET);
    if (dns === undefined || connect === undefined || tls === undefined || wait === undefined) return undefined;
    return [dns, connect, tls, wait];
  }

  #hash(): string | undefined {
    const end = this.#at + HASH_CHARS;
    if (end >= this.#end || this.#bytes[end] !== QUOTE) return undefined;
    for (let i = this.#at; i < end; i += 1) {
      const byte = this.#bytes[i] ?? 0;
      if (!((byte >= ZERO && byte <= ZERO + 9) || (byte >= 0x61 && byte <= 0x66))) return undefined;
    }
    const text = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return text;
  }
}
