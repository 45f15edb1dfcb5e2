import type { KernelCalls } from '../system/kernel-calls.js';

export const POLLIN = 1;
export const POLLHUP = 16;

/** Descriptors to wait for, in the layout of poll(2). */
export class PollSet {
  readonly #calls: KernelCalls;
  readonly #bytes: Buffer;
  readonly #count: number;

  /** @param wanted descriptor (-1: none) and events; hang-ups are always told */
  constructor(calls: KernelCalls, wanted: readonly (readonly [fd: number, events: number])[]) {
    this.#calls = calls;
    this.#count = wanted.length;
    this.#bytes = Buffer.alloc(8 * wanted.length);
    for (const [index, [fd, events]] of wanted.entries()) {
      this.#bytes.writeInt32LE(fd, index * 8);
      this.#bytes.writeInt16LE(events, index * 8 + 4);
    }
  }

  /** @param timeoutMs -1 waits for ever */
  wait(timeoutMs: number): void {
    // A failed poll leaves the answers of the one before.
    if (this.#calls.poll(this.#bytes, this.#count, timeoutMs) < 0) {
      for (let index = 0; index < this.#count; index += 1) this.#bytes.writeInt16LE(0, index * 8 + 6);
    }
  }

  happened(index: number): number {
    return this.#bytes.readInt16LE(index * 8 + 6);
  }

  /** From now on this descriptor is left out. */
  drop(index: number): void {
    this.#bytes.writeInt32LE(-1, index * 8);
    this.#bytes.writeInt16LE(0, index * 8 + 6);
  }
}
