/** Which processes have hooks, and how far each has been heard. */
import type { CallFrame } from '../../event/frame.js';
import type { ProcessFacts } from '../../kernel/observation.js';

/** How far the hooks of a process have been heard. */
export interface HooksHeard {
  /** Latest end of a call, as they say; µs since the Unix epoch. */
  until: number;
  /** Ticks since their last frame. */
  quietTicks: number;
}

export class HookedProcesses {
  /** Numbers of processes, by the program that they run. */
  readonly #programs = new Set<number>();
  readonly #heard = new Map<number, HooksHeard>();
  readonly #lossy = new Set<number>();

  join({ n, pid }: ProcessFacts): void {
    this.#programs.add(n);
    this.#heard.set(pid, { until: 0, quietTicks: 0 });
  }

  /** @returns whether this process has hooks */
  hear(pid: number, { at, dur = 0 }: CallFrame): boolean {
    const heard = this.#heard.get(pid);
    if (heard === undefined) return false;
    heard.quietTicks = 0;
    heard.until = Math.max(heard.until, at + dur);
    return true;
  }

  /** @returns undefined for a program without hooks, also where one before it in the same process had them */
  heardOf({ n, pid }: ProcessFacts): HooksHeard | undefined {
    return this.#programs.has(n) ? this.#heard.get(pid) : undefined;
  }

  tick(): void {
    for (const heard of this.#heard.values()) heard.quietTicks += 1;
  }

  /** Calls of this process may be missing from what the hooks told. */
  noteLoss(pid: number): void {
    this.#lossy.add(pid);
  }

  hasLost(pid: number): boolean {
    return this.#lossy.has(pid);
  }
}
