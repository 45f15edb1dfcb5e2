/** When a thread hands over: at once if it was quiet, else every few milliseconds. It never keeps the process alive. */
import { now, setImmediate, setTimeout } from '../primordials.js';
import type { Foreign } from '../primordials.js';

export const FLUSH_INTERVAL_MS = 5;

export class FlushTimer {
  readonly #flush: () => void;
  /** One for the life of the thread: refreshing it makes no new async resource that the program could notice. */
  readonly #timer: Foreign;
  #lastFlush = -FLUSH_INTERVAL_MS;
  #isScheduled = true;
  /** Frames come faster than they are handed over: the timer does it. */
  isStreaming = false;

  /** The first flush comes after one interval. */
  constructor(flush: () => void) {
    this.#flush = flush;
    this.#timer = setTimeout(flush, FLUSH_INTERVAL_MS).unref();
  }

  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.isStreaming = now() - this.#lastFlush < FLUSH_INTERVAL_MS;
    if (this.isStreaming) this.#timer.refresh();
    else setImmediate(this.#flush).unref();
  }

  /** A flush begins. @returns the time */
  begin(): number {
    this.#isScheduled = false;
    this.#lastFlush = now();
    return this.#lastFlush;
  }
}
