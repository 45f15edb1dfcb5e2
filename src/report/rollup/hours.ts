/** Traffic over time: what each flow did in each hour. */
import { addSums, emptySums, type CallSums } from './flow.js';

/** Cells (an hour of a flow) that are told apart; from then on an hour's new flows are counted together. */
const CELLS_MAX = 65_536;
/** Two and a half years. */
const HOURS_MAX = 21_900;
/** Where what is one too many is counted. */
export const REST = '';

export class Hours {
  /** By hour (`2026-10-20T12`), then by the key of the flow. */
  readonly cells = new Map<string, Map<string, CallSums>>();
  #size = 0;

  add(hour: string, key: string, sums: Readonly<CallSums>): void {
    const name = this.cells.has(hour) || this.cells.size < HOURS_MAX ? hour : REST;
    let flows = this.cells.get(name);
    if (flows === undefined) this.cells.set(name, (flows = new Map<string, CallSums>()));
    const kept = flows.has(key) || this.#size < CELLS_MAX ? key : REST;
    let cell = flows.get(kept);
    if (cell === undefined) {
      this.#size += 1;
      flows.set(kept, (cell = emptySums()));
    }
    addSums(cell, sums);
  }

  /** @param rename gives the key that a flow of `later` has here */
  merge(later: Hours, rename: (key: string) => string): void {
    for (const [hour, flows] of later.cells) for (const [key, cell] of flows) this.add(hour, rename(key), cell);
  }
}
