/**
 * Frames of bodies that wait for the recorder. They stand behind all others and have bounds of their own, so that bodies
 * never displace a row: whoever is refused here has its body marked as incomplete.
 */
import type { Link, WriteResult } from './link.js';
import { now } from '../primordials.js';

/** What waits, per thread. */
const WAITING_CHARS_MAX = 8 * 1024 * 1024;
/** The short frames that end bodies may go beyond it. */
const ENDS_CHARS_MAX = 1024 * 1024;
/** What one thread may hand over in a second; base64 characters. */
const CHARS_PER_SECOND_MAX = 64 * 1024 * 1024;
/** Frames that are written between two looks at everything else. */
const FRAMES_AT_ONCE_MAX = 32;

export class BodyQueue {
  /** Changes with the connection: bodies that were begun on another one are unknown to the recorder. */
  generation = 0;
  #frames: string[] = [];
  #first = 0;
  #chars = 0;
  #lastNumber = 0;
  #windowStart = 0;
  #windowChars = 0;

  nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  get isEmpty(): boolean {
    return this.#chars === 0;
  }

  /** Takes a frame with a piece of a body, or with its end. @returns false if there is no room for it */
  add(frame: string, isEnd: boolean): boolean {
    const charsMax = isEnd ? WAITING_CHARS_MAX + ENDS_CHARS_MAX : WAITING_CHARS_MAX;
    if (this.#chars + frame.length > charsMax || !(isEnd || this.#isWithinRate(frame.length))) return false;
    this.#frames.push(frame);
    this.#chars += frame.length;
    return true;
  }

  #isWithinRate(chars: number): boolean {
    const at = now();
    if (at - this.#windowStart >= 1_000) {
      this.#windowStart = at;
      this.#windowChars = 0;
    }
    this.#windowChars += chars;
    return this.#windowChars <= CHARS_PER_SECOND_MAX;
  }

  #take(): string | undefined {
    const frame = this.#frames[this.#first];
    if (frame === undefined) return undefined;
    this.#chars -= frame.length;
    this.#first += 1;
    if (this.#first === this.#frames.length || this.#first === 256) {
      this.#frames.splice(0, this.#first);
      this.#first = 0;
    }
    return frame;
  }

  /** As long as the recorder takes them at once: what waits in the link stands before the next row. */
  send(link: Link): WriteResult {
    for (let count = 0; count < FRAMES_AT_ONCE_MAX; count += 1) {
      if (link.backlogBytes > 0) return 'blocked';
      const frame = this.#take();
      if (frame === undefined) break;
      const result = link.writeLine(frame);
      if (result !== 'done') return result;
    }
    return 'done';
  }

  /** All of it, but not beyond `deadline`. Only for a process that is about to end. */
  drain(link: Link, deadline: number): WriteResult {
    while (!this.isEmpty && now() < deadline) {
      this.send(link);
      const result = link.drain(deadline - now());
      if (result === 'lost' || result === 'reused') return result;
    }
    return 'done';
  }

  /** @returns how many frames were thrown away */
  clear(): number {
    const count = this.#frames.length - this.#first;
    this.#frames = [];
    this.#first = 0;
    this.#chars = 0;
    return count;
  }
}
