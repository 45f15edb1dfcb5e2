/**
 * Processes that lost their parent and were given to us. That is so where we are the first process of a container: then
 * nobody else takes note of their end, and each would stay as a zombie until the container's table of processes is full.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { KernelCalls } from './kernel-calls.js';
import { processStatus } from './process-status.js';

const INIT = 1;

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1'));
    return lists.join(' ').split(/\s+/).filter(Boolean).map(Number);
  } catch {
    // A kernel without these lists, or a thread that has just ended.
    return [];
  }
}

export class Orphans {
  readonly #calls: KernelCalls;
  /** Children that had ended when we last looked, and that Node may still come to. */
  #ended = new Set<number>();

  private constructor(calls: KernelCalls) {
    this.#calls = calls;
  }

  /** @returns undefined where orphans go to somebody else, who sees to them */
  static ofInit(calls: KernelCalls | { readonly reason: string }): Orphans | undefined {
    return process.pid !== INIT || 'reason' in calls ? undefined : new Orphans(calls);
  }

  /**
   * Takes note of the ends of those that had ended a while ago: Node takes its own children's at once, and would miss an
   * end that we took. To be called at intervals, of a second or so.
   */
  reap(): void {
    const ended = childrenOf(process.pid).filter((pid) => processStatus(pid)?.state === 'ended');
    for (const pid of ended) if (this.#ended.has(pid)) this.#calls.reap(pid);
    this.#ended = new Set(ended);
  }
}
