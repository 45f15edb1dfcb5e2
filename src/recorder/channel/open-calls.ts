/**
 * Calls that began and have not ended. A thread sends `begin` for what is open when it flushes, so that a call is
 * not lost with a process that is killed, and a connection that stays open for hours shows while it is.
 */
import { OPEN_CALLS_PER_THREAD_MAX } from '../../core/limits.js';
import type { CallFrame } from '../../event/frame.js';
import type { Claim } from '../reconciliation/reconciler.js';

/** After this long a call gets its row while it is open. */
const OPEN_ROW_MS = 10_000;

/** The row that was written while its call was open. */
export interface OpenRow {
  readonly seq: number;
  /** What the other observer knows of it. */
  readonly claim: Claim;
}

export interface OpenCall {
  frame: CallFrame;
  /** `performance.now()` when its `begin` came in. */
  readonly since: number;
  row: OpenRow | undefined;
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

  /** Forgets a call that ended. @returns the row that it already has, if any */
  end(id: number): OpenRow | undefined {
    const row = this.#calls.get(id)?.row;
    this.#calls.delete(id);
    return row;
  }

  /** Writes rows for calls that have been open for OPEN_ROW_MS. Entries are in order of their begin. */
  writeOverdue(now: number, write: (frame: CallFrame) => OpenRow): void {
    for (const call of this.#calls.values()) {
      if (now - call.since < OPEN_ROW_MS) return;
      call.row ??= write(call.frame);
    }
  }

  /** Takes all: their thread is gone, or is not listened to any more. */
  drain(): OpenCall[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    return calls;
  }
}
