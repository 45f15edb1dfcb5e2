/** One line on stderr that says how far something is: only on a terminal, and only where it takes longer than a second. */
const QUIET_MS = 1_000;
const EVERY_MS = 100;

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #begin = performance.now();
  #shownAt = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** @param share from 0 to 1 */
  show(what: string, share: number): void {
    const now = performance.now();
    if (!this.#stream.isTTY || now - this.#begin < QUIET_MS || now - this.#shownAt < EVERY_MS) return;
    this.#shownAt = now;
    const secondsLeft = Math.ceil(((now - this.#begin) * (1 - share)) / Math.max(share, 0.001) / 1_000);
    this.#stream.write(`\r\x1b[Kegress: ${what} … ${Math.floor(share * 100)}%, about ${secondsLeft} s left`);
  }

  /** Takes the line away, so that nothing of it stays among the results. */
  clear(): void {
    if (this.#shownAt > 0) this.#stream.write('\r\x1b[K');
    this.#shownAt = 0;
  }
}
