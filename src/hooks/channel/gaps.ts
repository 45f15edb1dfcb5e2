/** What this thread could not record: counted by reason until it can be told. */
import { epochText } from '../clock.js';
import { readLost } from './lost-frames.js';
import { now } from '../primordials.js';

export type HookGapReason = 'hook_queue_full' | 'hook_error' | 'hook_channel_reused' | 'hook_body_lost';

const REASONS: readonly HookGapReason[] = ['hook_queue_full', 'hook_error', 'hook_channel_reused', 'hook_body_lost'];

interface Gap {
  count: number;
  from: number;
  to: number;
}

export class Gaps {
  readonly #gaps: { [reason in HookGapReason]?: Gap | undefined } = {};
  #again: string[] = [];
  isEmpty = true;

  /** @param from since when, in ms since the thread's start */
  add(why: HookGapReason, count: number, from = now()): void {
    if (count === 0) return;
    const gap = (this.#gaps[why] ??= { count: 0, from, to: from });
    gap.count += count;
    if (from < gap.from) gap.from = from;
    gap.to = now();
    this.isEmpty = false;
  }

  /**
   * What a connection did not take: calls of which some news was on its way, counts that are to be told again, and
   * `pieces` of bodies.
   */
  addUnsent(
    { waitingSince, unsent }: { readonly waitingSince: number; readonly unsent: string },
    pieces: number,
  ): void {
    const { calls, gaps } = readLost(unsent);
    this.add('hook_queue_full', calls, waitingSince);
    this.add('hook_body_lost', pieces);
    if (gaps.length > 0) this.isEmpty = false;
    for (const gap of gaps) this.#again.push(gap);
  }

  /** Their frames; from here on nothing is counted any more. */
  drain(): string[] {
    const texts = this.#again;
    this.#again = [];
    for (const why of REASONS) {
      const gap = this.#gaps[why];
      if (gap === undefined) continue;
      this.#gaps[why] = undefined;
      const { count, from, to } = gap;
      texts.push(`{"t":"gap","why":"${why}","count":${count},"from":${epochText(from)},"to":${epochText(to)}}`);
    }
    this.isEmpty = true;
    return texts;
  }
}
