/** Times that a program claims, believed within a distance of our own clock. */
import { type GapFrame } from '../../event/frame.js';
import { GAP_REASONS, type GapReason } from '../../event/gap-reason.js';
import type { Gap } from './gap-tally.js';

const CLOCK_SKEW_MICROS_MAX = 24 * 3600 * 1e6;
const HOOK_REASONS: ReadonlySet<string> = new Set(GAP_REASONS.filter((reason) => reason.startsWith('hook_')));

export function isPlausible(micros: number, now: number): boolean {
  return Math.abs(micros - now) <= CLOCK_SKEW_MICROS_MAX;
}

/** What a thread of process `pid` says that it could not record. */
export function hookGap({ why, count, from, to }: GapFrame, pid: number, now: number): Gap {
  const reason = HOOK_REASONS.has(why) ? (why as GapReason) : 'frame_invalid';
  const isBelieved = from <= to && isPlausible(from, now) && isPlausible(to, now);
  return { reason, count, pid, from: isBelieved ? from : now, to: isBelieved ? to : now };
}
