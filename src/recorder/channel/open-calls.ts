/**
 * Calls that began and have not ended. A thread sends `begin` for what is open when it flushes, so that a call is
 * not lost with a process that is killed, and a connection that stays open for hours shows while it is.
 */
import { OPEN_CALLS_PER_THREAD_MAX } from '../../core/limits.js';
import type { CallFrame } from '../../event/frame.js';

/** After this long a call gets its row while it is open. */
const OPEN_ROW_MS = 10_000;

interface OpenCall {
  frame: CallFrame;
  /** `performance.now()` when its `begin` came in. */
  readonly since: number;
  /** seq of the row that was written while it was open. */
  row: number | undefined;
}

export class OpenCalls {
  readonly #calls = new Map<number, OpenCall>();

  /**
   * A thread announces a call once more before it ends, with what it has learnt since: the last word counts.
   * @returns false when this thread has too many open calls; the call then gets its row at its end only
   */
  begin(frame: CallFrame, now: number): boolean {
    const known = this.#calls.get(frame.id);
    if (known !== undefined) {
      known.frame = frame;
      return true;
    }
    if (this.#calls.size >= OPEN_CALLS_PER_THREAD_MAX) return false;
    this.#calls.set(frame.id, { frame, since: now, row: undefined });
    return true;
  }

  /** Forgets a call that ended. @returns seq of the row that it already has, if any */
  end(id: number): number | undefined {
    const row = this.#calls.get(id)?.row;
    this.#calls.delete(id);
    return row;
  }

  /** Writes rows for calls that have been open for OPEN_ROW_MS. Entries are in order of their begin. */
  writeOverdue(now: number, write: (frame: CallFrame) => number): void {
    for (const call of this.#calls.values()) {
      if (now - call.since < OPEN_ROW_MS) return;
      call.row ??= write(call.frame);
    }
  }

  /** Takes the calls that have no row yet: their thread is gone. */
  drain(): CallFrame[] {
    const frames = [...this.#calls.values()].filter(({ row }) => row === undefined).map(({ frame }) => frame);
    this.#calls.clear();
    return frames;
  }
}
