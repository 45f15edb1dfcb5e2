/**
 * One connection of the hook channel: one thread of one observed process, or somebody who pretends to be one. Splits
 * the stream into frames and bounds its size and rate; what the frames mean is for the session to say.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { FRAME_BYTES_MAX } from '../../core/limits.js';
import { CAPTURE_REQUEST, FLUSH_REQUEST, type CaptureOrder, type Frame, type HelloFrame } from '../../event/frame.js';
import type { GapReason } from '../../event/gap-reason.js';
import { compactEnd } from '../../event/compact-call.js';
import { FrameDecoder } from '../../event/frame-decoder.js';
import type { PeerCredentials } from '../../system/peer-credentials.js';

/** A peer that connects and stays silent holds a descriptor; one that is stopped at its start may need a while. */
const HELLO_MS_MAX = 10_000;

/** Frames of one peer within one second; far above what a real program makes, far below what hurts the recorder. */
const FRAMES_PER_SECOND_MAX = 400_000;

const NEWLINE = 0x0a;

// The thread reads byte by byte.
const NOT_ASCII = /[^\x00-\x7e]/g; // eslint-disable-line no-control-regex -- the complement of ASCII
const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** @returns where the line at `start` ends; -1 if that is not in `data` */
function lineEnd(data: Buffer, start: number): number {
  const end = compactEnd(data, start);
  return end >= 0 && data[end] === NEWLINE ? end : data.indexOf(NEWLINE, start);
}

export interface PeerHandlers {
  onHello(peer: Peer, hello: HelloFrame): void;
  onFrame(peer: Peer, frame: Frame): void;
  onLoss(peer: Peer, reason: GapReason, count: number): void;
  onEnd(peer: Peer): void;
}

export class Peer {
  /** As the kernel names it; undefined where it cannot. */
  readonly credentials: PeerCredentials | undefined;
  hello: HelloFrame | undefined;
  /** The last frame was `flush`: if the connection ends now, nothing is missing. */
  handedOver = false;
  /** Answered our last FLUSH_REQUEST. */
  acknowledged = false;

  readonly #socket: Socket;
  readonly #handlers: PeerHandlers;
  readonly #token: Buffer;
  readonly #helloTimer: NodeJS.Timeout;
  readonly #decoder = new FrameDecoder();
  #rest: Buffer | undefined;
  /** Within a frame that is too long: skip to its end. */
  #skipping = false;
  #windowStart = 0;
  #windowFrames = 0;
  #ended = false;

  constructor(socket: Socket, credentials: PeerCredentials | undefined, token: string, handlers: PeerHandlers) {
    this.#socket = socket;
    this.credentials = credentials;
    this.#token = Buffer.from(token);
    this.#handlers = handlers;
    this.#helloTimer = setTimeout(() => {
      this.refuse();
    }, HELLO_MS_MAX);
    this.#helloTimer.unref();
    socket.on('data', (chunk) => {
      this.#receive(chunk);
    });
    // A reset is an end like any other; 'close' follows.
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.#end();
    });
  }

  /** Asks the thread to hand over everything now; it answers with `ack`. */
  requestFlush(): void {
    this.acknowledged = false;
    if (!this.#ended) this.#socket.write(Buffer.of(FLUSH_REQUEST));
  }

  /** Tells the thread which bodies to hand over from now on; `undefined`: none. */
  orderCapture(order: CaptureOrder | undefined): void {
    if (this.#ended || this.hello === undefined) return;
    const json = order === undefined ? '' : JSON.stringify(order).replace(NOT_ASCII, escapeUnit);
    this.#socket.write(`${String.fromCharCode(CAPTURE_REQUEST)}${json}\n`);
  }

  /** Not one of ours: the connection is closed and counted. */
  refuse(): void {
    this.#handlers.onLoss(this, 'peer_refused', 1);
    this.#socket.destroy();
  }

  /** Stops listening to a peer that is still alive, at the end of the run. */
  abandon(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    let start = 0;
    let data = chunk;
    if (this.#rest !== undefined) {
      data = Buffer.concat([this.#rest, chunk]);
      this.#rest = undefined;
    }
    for (;;) {
      const end = lineEnd(data, start);
      if (end < 0) break;
      if (this.#skipping) this.#skipping = false;
      else if (end - start > FRAME_BYTES_MAX) this.#handlers.onLoss(this, 'frame_too_large', 1);
      else this.#line(data, start, end);
      // A refused peer gets no further frame in.
      if (this.#socket.destroyed) return;
      start = end + 1;
    }
    const left = data.length - start;
    if (left === 0 || this.#skipping) return;
    if (left > FRAME_BYTES_MAX) {
      this.#handlers.onLoss(this, 'frame_too_large', 1);
      this.#skipping = true;
      return;
    }
    // A copy: a slice would keep the whole chunk in memory for a few bytes.
    this.#rest = Buffer.from(data.subarray(start));
  }

  #line(data: Buffer, start: number, end: number): void {
    if (this.#isOverRate()) {
      this.#handlers.onLoss(this, 'frame_rate', 1);
      return;
    }
    const frame = this.#decoder.decode(data, start, end);
    if (this.hello === undefined) {
      if (frame?.t === 'hello' && this.#isToken(frame.token)) this.#greet(frame);
      else this.refuse();
      return;
    }
    if (frame === undefined || frame.t === 'hello') {
      this.#handlers.onLoss(this, 'frame_invalid', 1);
      return;
    }
    this.handedOver = frame.t === 'flush' || (frame.t === 'ack' && this.handedOver);
    if (frame.t === 'flush' || frame.t === 'busy' || frame.t === 'shape') return;
    if (frame.t === 'ack') this.acknowledged = true;
    this.#handlers.onFrame(this, frame);
  }

  #greet(hello: HelloFrame): void {
    clearTimeout(this.#helloTimer);
    this.hello = hello;
    this.#handlers.onHello(this, hello);
  }

  #isToken(token: string): boolean {
    const given = Buffer.from(token);
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }

  #isOverRate(): boolean {
    this.#windowFrames += 1;
    if (this.#windowFrames <= FRAMES_PER_SECOND_MAX) return false;
    const now = performance.now();
    if (now - this.#windowStart < 1_000) return true;
    this.#windowStart = now;
    this.#windowFrames = 1;
    return false;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#helloTimer);
    this.#handlers.onEnd(this);
  }
}
