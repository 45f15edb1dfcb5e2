/**
 * Which processes should have joined the hook channel. One that never did may have made calls that nobody saw: its
 * absence is a gap, whatever the reason was.
 */
import type { GapReason } from '../../event/gap-reason.js';
import type { Gap } from '../channel/gap-tally.js';

/** Started and joined processes that are remembered; a fork bomb costs memory up to here and a count beyond. */
const PROCESSES_MAX = 16_384;

interface Child {
  readonly file: string;
  readonly reason: GapReason;
  readonly at: number;
}

export class ChildWatch {
  readonly #expected = new Map<number, Child>();
  readonly #joined = new Set<number>();
  #overflow = 0;

  /**
   * A process was started.
   * @param at µs since the Unix epoch
   */
  expect(pid: number, file: string, reason: GapReason, at: number): void {
    if (this.#joined.has(pid)) return;
    if (this.#expected.size >= PROCESSES_MAX) this.#overflow += 1;
    else this.#expected.set(pid, { file, reason, at });
  }

  join(pid: number): void {
    this.#expected.delete(pid);
    if (this.#joined.size < PROCESSES_MAX) this.#joined.add(pid);
  }

  /** Pids that were started and have not joined. */
  missing(): number[] {
    return [...this.#expected.keys()];
  }

  /** What is to be recorded at the end of the run. */
  drain(nowMicros: number): Gap[] {
    const gaps = [...this.#expected].map(([pid, child]): Gap => {
      return { reason: child.reason, count: 1, pid, executable: child.file, from: child.at, to: nowMicros };
    });
    if (this.#overflow > 0) {
      gaps.push({ reason: 'child_not_joined', count: this.#overflow, from: nowMicros, to: nowMicros });
    }
    this.#expected.clear();
    this.#overflow = 0;
    return gaps;
  }
}
