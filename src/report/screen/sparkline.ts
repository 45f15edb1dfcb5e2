const SECONDS = 20;
const BLOCKS = Array.from('▁▂▃▄▅▆▇█');

/** What happened in each of the last seconds, as small bars and a rate. */
export class Sparkline {
  readonly #bySecond = new Map<number, number>();

  /** @param nowMs since the Unix epoch */
  add(nowMs: number, count: number): void {
    const second = Math.floor(nowMs / 1000);
    this.#bySecond.set(second, (this.#bySecond.get(second) ?? 0) + count);
    for (const old of this.#bySecond.keys()) if (old < second - SECONDS) this.#bySecond.delete(old);
  }

  /** `▁▁▃█▂ 12`: the bars, and the count of the last whole second. */
  text(nowMs: number): string {
    const second = Math.floor(nowMs / 1000);
    const counts = Array.from({ length: SECONDS }, (_, index) => this.#bySecond.get(second - SECONDS + index) ?? 0);
    const most = Math.max(1, ...counts);
    const bars = counts.map((count) => BLOCKS[Math.ceil((count / most) * (BLOCKS.length - 1))] ?? ' ');
    return `${bars.join('')} ${counts.at(-1) ?? 0}`;
  }
}
