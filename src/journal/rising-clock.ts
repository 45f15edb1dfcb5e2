import { formatMicros } from '../core/timestamp.js';

/**
 * Times of what the writer itself says. They never run back, also across runs: whether something has expired is judged
 * by them, and a clock that was set back is to bring nothing to life again.
 */
export class RisingClock {
  readonly #now: () => number;
  #latest: string;

  /** @param now µs since the Unix epoch @param latest the latest time that the journal knows, or '' */
  constructor(now: () => number, latest: string) {
    this.#now = now;
    this.#latest = latest;
  }

  time(): string {
    const time = formatMicros(this.#now());
    if (time > this.#latest) this.#latest = time;
    return this.#latest;
  }
}
