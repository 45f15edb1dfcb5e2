import type { KernelCalls } from '../system/kernel-calls.js';

export const POLLIN = 1;
export const POLLHUP = 16;

/** Descriptors to wait for, in the layout of poll(2). */
export class PollSet {
  readonly #calls: KernelCalls;
  /** Of each: the descriptor in two places, then what is wanted, then what happened (struct pollfd). */
  readonly #fields: Int16Array;
  readonly #descriptors: Int32Array;
  readonly #count: number;

  /** @param wanted descriptor (-1: none) and events; hang-ups are always told */
  constructor(calls: KernelCalls, wanted: readonly (readonly [fd: number, events: number])[]) {
    this.#calls = calls;
    this.#count = wanted.length;
    this.#fields = new Int16Array(4 * wanted.length);
    this.#descriptors = new Int32Array(this.#fields.buffer);
    for (const [index, [fd, events]] of wanted.entries()) {
      this.#descriptors[2 * index] = fd;
      this.#fields[4 * index + 2] = events;
    }
  }

  /** @param timeoutMs -1 waits for ever */
  wait(timeoutMs: number): void {
    // A failed poll leaves the answers of the one before.
    if (this.#calls.poll(this.#fields, this.#count, timeoutMs) < 0) {
      for (let index = 0; index < this.#count; index += 1) this.#fields[4 * index + 3] = 0;
    }
  }

  happened(index: number): number {
    return this.#fields[4 * index + 3] ?? 0;
  }

  /** From now on this descriptor is left out. */
  drop(index: number): void {
    this.#descriptors[2 * index] = -1;
    this.#fields[4 * index + 3] = 0;
  }
}
