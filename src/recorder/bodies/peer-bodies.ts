/**
 * Bodies of one thread's calls, put together from its frames. Bytes and row come on their own ways, in either order; a
 * body is finished when its last piece is here and its row is written. The thread controls every frame: what it can make
 * us keep is bounded, and whatever has to be left out is counted or marked.
 */
import type { BodyEnd, BodyFrame } from '../../event/frame.js';
import type { BodyPart, StoredBody } from '../../event/officer-record.js';
import type { BodyBudget } from './body-budget.js';

/** Bodies of one thread that are being put together at the same time. */
const BODIES_MAX = 4_096;
/** How long one waits for its row: a call that stays open gets its row after 10 s. */
const ROW_MS_MAX = 60_000;
/** The same, once the thread is gone. */
const GONE_MS_MAX = 2_000;

export interface BodyRow {
  /** `seq` of the call's row. */
  readonly net: number;
  readonly part: BodyPart;
  readonly protocol?: StoredBody['protocol'];
}

export interface FinishedBody extends BodyRow {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly truncated: boolean;
}

export interface PeerBodiesOptions {
  readonly budget: BodyBudget;
  /** Of one body, as the thread was told. */
  readonly bytesMax: () => number;
  /** Who is given the bytes is to give them back to the budget. */
  readonly onFinished: (body: FinishedBody) => void;
  readonly onLost: (count: number) => void;
}

interface Assembly {
  readonly since: number;
  pieces: Buffer[];
  size: number;
  /** Set when no further byte is taken. */
  end: BodyEnd | undefined;
  /** The thread has sent its last frame of it. */
  isEnded: boolean;
  row: BodyRow | 'unwanted' | undefined;
  /** Handed on, or thrown away: what is left keeps late pieces from being taken for a new body. */
  isDone: boolean;
}

export class PeerBodies {
  readonly #options: PeerBodiesOptions;
  readonly #bodies = new Map<number, Assembly>();
  #isGone = false;

  constructor(options: PeerBodiesOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#bodies.size === 0;
  }

  #begin(n: number, now: number): Assembly | undefined {
    if (this.#bodies.size >= BODIES_MAX) return undefined;
    const row = undefined;
    const body: Assembly = { since: now, pieces: [], size: 0, end: undefined, isEnded: false, row, isDone: false };
    this.#bodies.set(n, body);
    return body;
  }

  /** @param now `performance.now()` */
  take(frame: BodyFrame, now: number): void {
    const known = this.#bodies.get(frame.n);
    const body = known ?? this.#begin(frame.n, now);
    if (body === undefined) {
      this.#options.onLost(1);
      return;
    }
    if (body.end === undefined) this.#add(body, frame);
    if (frame.end === undefined) return;
    body.isEnded = true;
    if (frame.end === 'dropped') this.#discard(body);
    else this.#close(body, frame.end);
    if (body.isDone) this.#bodies.delete(frame.n);
  }

  #add(body: Assembly, frame: BodyFrame): void {
    // Something before it was lost on the way.
    if (frame.at !== body.size) {
      this.#lose(body);
      return;
    }
    if (frame.data === undefined) return;
    const bytes = Buffer.from(frame.data, 'base64');
    const room = this.#options.bytesMax() - body.size;
    const piece = bytes.length > room ? bytes.subarray(0, Math.max(0, room)) : bytes;
    if (!this.#options.budget.take(piece.length)) {
      this.#lose(body);
      return;
    }
    body.pieces.push(piece);
    body.size += piece.length;
    if (piece.length < bytes.length) this.#close(body, 'size');
  }

  #lose(body: Assembly): void {
    this.#options.onLost(1);
    this.#close(body, 'lost');
  }

  #close(body: Assembly, end: BodyEnd): void {
    body.end ??= end;
    if (body.row !== undefined && body.row !== 'unwanted') this.#finish(body, body.row);
  }

  #finish(body: Assembly, row: BodyRow): void {
    if (body.isDone) return;
    if (body.size === 0) {
      this.#discard(body);
      return;
    }
    body.isDone = true;
    // Memory of its own, that can go to another thread.
    const bytes = new Uint8Array(body.size);
    let at = 0;
    for (const piece of body.pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    body.pieces = [];
    this.#options.onFinished({ ...row, bytes, truncated: body.end !== 'whole' });
  }

  #discard(body: Assembly): void {
    if (body.isDone) return;
    body.isDone = true;
    body.end ??= 'dropped';
    body.pieces = [];
    this.#options.budget.give(body.size);
  }

  /** The row that body `n` belongs to was written; `undefined`: nothing of this call is to be kept. */
  link(n: number, row: BodyRow | undefined, now: number): void {
    const body = this.#bodies.get(n) ?? (this.#isGone ? undefined : this.#begin(n, now));
    if (body === undefined) return;
    if (body.row !== undefined) {
      // A call that was open has ended, and by now it is known how it was answered. Another one gets no body of this one.
      if (body.row !== 'unwanted' && row?.net === body.row.net && row.part === body.row.part) body.row = row;
      return;
    }
    body.row = row ?? 'unwanted';
    if (row === undefined) this.#discard(body);
    else if (body.end !== undefined) this.#finish(body, row);
    if (body.isDone && body.isEnded) this.#bodies.delete(n);
  }

  /** No further byte is taken of what is here: capture is off, or the thread is gone. */
  closeAll(isGone: boolean): void {
    this.#isGone = isGone;
    for (const body of this.#bodies.values()) this.#close(body, 'aborted');
  }

  /** Lets go of what has waited too long for the other half. */
  sweep(now: number): void {
    for (const [n, body] of this.#bodies) {
      if (this.#isGone && body.isDone) this.#bodies.delete(n);
      const isOver = body.row === undefined && body.end !== undefined;
      const isOrphan = this.#isGone || isOver || body.size === 0;
      if (!isOrphan || now - body.since < (this.#isGone ? GONE_MS_MAX : ROW_MS_MAX)) continue;
      this.#bodies.delete(n);
      if (!body.isDone && body.size > 0) this.#options.onLost(1);
      this.#discard(body);
    }
  }
}
