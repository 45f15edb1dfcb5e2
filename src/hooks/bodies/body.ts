/**
 * One body, request or response, on its way to the recorder: what the program passed to `write` and `end`, or what was
 * put before its reader. Each chunk is copied (as base64) while the program's own call goes on and then forgotten; no
 * stream is read, paused or listened to.
 */
import { BODY_CHUNK_BYTES_MAX } from '../../core/limits.js';
import type { BodyEnd } from '../../event/frame.js';
import type { Call, CapturedBody } from '../call.js';
import { captureEpoch, captureOrder, isOrdered } from './capture.js';
import { apply, base64Slice, bufferFrom, isView, min } from '../primordials.js';
import { channel } from '../thread.js';

class Body implements CapturedBody {
  readonly number: number;
  readonly #generation: number;
  readonly #bytesMax: number;
  #sentBytes = 0;
  #isEnded = false;

  constructor(bytesMax: number) {
    const { bodies } = channel();
    this.number = bodies.nextNumber();
    this.#generation = bodies.generation;
    this.#bytesMax = bytesMax;
  }

  add(chunk: unknown, encoding: unknown): void {
    if (this.#isEnded) return;
    const bytes = bytesOf(chunk, encoding);
    if (bytes === undefined) return;
    const { bodies } = channel();
    if (bodies.generation !== this.#generation) {
      this.#isEnded = true;
      return;
    }
    const end = min(bytes.length, this.#bytesMax - this.#sentBytes);
    for (let from = 0; from < end; from += BODY_CHUNK_BYTES_MAX) {
      const to = min(end, from + BODY_CHUNK_BYTES_MAX);
      const data = apply(base64Slice, bytes, [from, to]);
      if (!this.#push(`,"data":"${data}"`, false)) {
        channel().miss('hook_body_lost');
        this.end('lost');
        return;
      }
      this.#sentBytes += to - from;
    }
    if (end < bytes.length) this.end('size');
  }

  end(how: BodyEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    // Where even this finds no room, the recorder closes the body as aborted.
    if (channel().bodies.generation === this.#generation) this.#push(`,"end":"${how}"`, true);
  }

  #push(members: string, isEnd: boolean): boolean {
    return channel().pushBody(`{"t":"body","n":${this.number},"at":${this.#sentBytes}${members}}`, isEnd);
  }
}

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array | undefined {
  // An unknown encoding makes the program's own call throw, after this.
  if (typeof chunk === 'string') return bufferFrom(chunk, typeof encoding === 'string' ? (encoding as 'utf8') : 'utf8');
  if (chunk instanceof Uint8Array) return chunk;
  return isView(chunk) ? bufferFrom(chunk.buffer, chunk.byteOffset, chunk.byteLength) : undefined;
}

export type Part = 'requestBody' | 'responseBody';

/**
 * A chunk of a call's body goes by.
 * @param host as the caller named it; undefined for inbound calls
 */
export function capture(call: Call, part: Part, host: unknown, chunk: unknown, encoding?: unknown): void {
  const order = captureOrder();
  if (order === undefined || call.captureEpoch !== captureEpoch()) return;
  if (chunk === undefined || chunk === null || typeof chunk === 'function') return;
  if (call[part] === undefined && !isOrdered(order, call.dir, host)) return;
  call[part] ??= new Body(order.bytesMax);
  call[part].add(chunk, encoding);
}
