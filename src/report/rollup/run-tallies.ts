/** A tally for each run, so that each is judged by itself; of too many runs the oldest are counted as one. */
import { addRun, addTally, emptyTally, type RunTally } from '../../verdict/run-tally.js';

const RUNS_MAX = 1_024;

export class RunTallies {
  readonly #runs = new Map<number, RunTally>();
  /** The oldest runs, where they are not told apart any more. */
  #earlier: RunTally | undefined;

  /** The oldest first. */
  get all(): readonly Readonly<RunTally>[] {
    const runs = [...this.#runs.values()].sort((a, b) => a.number - b.number);
    return this.#earlier === undefined ? runs : [this.#earlier, ...runs];
  }

  /** @param run 0 for records that belong to none */
  of(run: number): RunTally {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    if (this.#runs.size >= RUNS_MAX) this.#fold();
    const tally = emptyTally(run);
    this.#runs.set(run, tally);
    return tally;
  }

  merge(later: RunTallies): void {
    if (later.#earlier !== undefined) this.#addEarlier(later.#earlier);
    for (const tally of later.#runs.values()) addTally(this.of(tally.number), tally);
  }

  #fold(): void {
    const oldest = this.#runs.get(Math.min(...this.#runs.keys()));
    if (oldest === undefined) return;
    this.#runs.delete(oldest.number);
    this.#addEarlier(oldest);
  }

  #addEarlier(run: Readonly<RunTally>): void {
    const isFirst = this.#earlier === undefined;
    this.#earlier ??= emptyTally(0);
    addRun(this.#earlier, run, isFirst);
  }
}
