/** A line of a screen's body. */
export interface BodyLine {
  readonly text: string;
  /** Whether the cursor may stand here. */
  readonly stops: boolean;
}

/** Keys that move; every screen has the same. */
export type Move = 'up' | 'down' | 'pageUp' | 'pageDown' | 'top' | 'bottom';

/** A cursor over lines of which only some can be stood on, and the part of them that is in view. */
export class Scroller {
  /** Which of the lines that can be stood on, from 0: the layout around them may change, and it stays on its line. */
  #stop = 0;
  #top = 0;

  /** Index of the line that has the cursor; -1 where there is none to stand on. */
  cursor(lines: readonly BodyLine[]): number {
    return stopsOf(lines)[this.#stop] ?? -1;
  }

  /** @param height lines in view */
  move(lines: readonly BodyLine[], move: Move, height: number): void {
    const stops = stopsOf(lines);
    const here = stops[this.#stop] ?? 0;
    const last = Math.max(0, stops.length - 1);
    // A page is a page of lines: headings between the stops count too.
    const page = (distance: number): number =>
      Math.max(
        0,
        stops.findLastIndex((index) => index <= here + distance),
      );
    const wanted = {
      ...{ up: this.#stop - 1, down: this.#stop + 1, top: 0, bottom: last },
      ...{ pageUp: page(-height), pageDown: page(height) },
    }[move];
    this.#stop = Math.min(last, Math.max(0, wanted));
    // Headings above the first stop come back into view with it.
    if (this.#stop === 0) this.#top = 0;
  }

  /** The lines in view, and which of them has the cursor. */
  view(lines: readonly BodyLine[], height: number): { readonly lines: readonly BodyLine[]; readonly cursor: number } {
    const stops = stopsOf(lines);
    this.#stop = Math.min(this.#stop, Math.max(0, stops.length - 1));
    const cursor = stops[this.#stop] ?? 0;
    const lowest = Math.max(0, lines.length - height);
    // Behind the last stop nothing can be stood on: it brings what follows it into view, as far as it fits.
    const isLast = this.#stop > 0 && this.#stop === stops.length - 1;
    const wanted = isLast ? Math.min(lines.length - 1, cursor + height - 1) : cursor;
    this.#top = Math.min(lowest, Math.max(Math.min(this.#top, cursor), wanted - height + 1));
    return { lines: lines.slice(this.#top, this.#top + height), cursor: stops.length === 0 ? -1 : cursor - this.#top };
  }
}

function stopsOf(lines: readonly BodyLine[]): readonly number[] {
  return lines.flatMap(({ stops }, index) => (stops ? [index] : []));
}
