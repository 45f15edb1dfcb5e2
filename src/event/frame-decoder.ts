/**
 * Frames from the bytes of one thread's connection. Nearly all are ends of calls whose shape the thread has declared: what calls
 * share is checked once, and each of them is a few numbers.
 */
import { SHAPE_BYTES_MAX } from '../core/limits.js';
import { CompactReader, compactEnd, type OwnMembers } from './compact-call.js';
import { decodeFrame } from './decode-frame.js';
import type { CallFrame, Frame, ShapeFrame } from './frame.js';

/** What calls have in common that differ in their own members alone. */
export type CallShape = Omit<ShapeFrame, 't' | 'n'>;

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
  readonly req: number | undefined;
  readonly res: number | undefined;
  readonly #shape: CallShape;

  constructor(shape: CallShape, own: OwnMembers) {
    this.id = own.id;
    this.at = own.at;
    this.dur = own.dur;
    this.sent = own.sent;
    this.received = own.received;
    this.pport = own.pport === 0 ? undefined : own.pport;
    this.lport = own.lport === 0 ? undefined : own.lport;
    this.phases = own.phases;
    this.body = own.body;
    this.req = own.req === 0 ? undefined : own.req;
    this.res = own.res === 0 ? undefined : own.res;
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

export class FrameDecoder {
  readonly #shapes: (CallShape | undefined)[] = [];
  readonly #reader = new CompactReader();

  /**
   * @param end of one line, without its newline
   * @returns undefined for anything that is not a frame; never throws
   */
  decode(bytes: Buffer, start: number, end: number): Frame | undefined {
    if (compactEnd(bytes, start) === end) return this.#compact(bytes, start);
    const frame = decodeFrame(bytes.toString('utf8', start, end));
    if (frame?.t !== 'shape') return frame;
    if (end - start > SHAPE_BYTES_MAX) return undefined;
    this.#shapes[frame.n] = frame;
    return frame;
  }

  #compact(bytes: Buffer, start: number): CallFrame | undefined {
    const own = this.#reader.read(bytes, start);
    const shape = own === undefined ? undefined : this.#shapes[own.shape];
    return own === undefined || shape === undefined ? undefined : (new ShapedCall(shape, own) as CallFrame);
  }
}
