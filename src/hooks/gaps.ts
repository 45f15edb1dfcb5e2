/** What this thread could not record: counted by reason until it can be told. */
import { epochText } from './clock.js';
import { now } from './primordials.js';

export type HookGapReason = 'hook_queue_full' | 'hook_error' | 'hook_channel_reused' | 'hook_body_lost';

const REASONS: readonly HookGapReason[] = ['hook_queue_full', 'hook_error', 'hook_channel_reused', 'hook_body_lost'];

interface Gap {
  count: number;
  from: number;
  to: number;
}

export class Gaps {
  readonly #gaps: { [reason in HookGapReason]?: Gap | undefined } = {};
  isEmpty = true;

  add(why: HookGapReason, count: number): void {
    const at = now();
    const gap = (this.#gaps[why] ??= { count: 0, from: at, to: at });
    gap.count += count;
    gap.to = at;
    this.isEmpty = false;
  }

  /** Their frames; from here on nothing is counted any more. */
  drain(): string[] {
    const texts: string[] = [];
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
