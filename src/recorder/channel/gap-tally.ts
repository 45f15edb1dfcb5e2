/** Counts what could not be recorded, so that a flood of losses becomes a few gap records and not a flood of its own. */
import { formatMicros } from '../../core/timestamp.js';
import type { GapReason } from '../../event/gap-reason.js';
import type { GapRecord } from '../../event/record.js';

/** A program may report losses of any size: sums stay a number that a record can hold. */
export function addCounts(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER);
}

/** Distinct gaps that are kept apart at a time; beyond, only the reason is. */
const KEYS_MAX = 1_024;

export interface Gap {
  readonly reason: GapReason;
  readonly count: number;
  readonly pid?: number;
  readonly executable?: string;
  readonly channel?: string;
  /** µs since the Unix epoch. */
  readonly from: number;
  readonly to: number;
}

interface Entry {
  gap: Gap;
}

export class GapTally {
  readonly #pending = new Map<string, Entry>();

  add(gap: Gap): void {
    let key = `${gap.reason}\0${gap.pid ?? ''}\0${gap.executable ?? ''}\0${gap.channel ?? ''}`;
    let kept = gap;
    if (!this.#pending.has(key) && this.#pending.size >= KEYS_MAX) {
      key = gap.reason;
      kept = { reason: gap.reason, count: gap.count, from: gap.from, to: gap.to };
    }
    const entry = this.#pending.get(key);
    if (entry === undefined) {
      this.#pending.set(key, { gap: kept });
      return;
    }
    entry.gap = {
      ...entry.gap,
      count: addCounts(entry.gap.count, gap.count),
      from: Math.min(entry.gap.from, gap.from),
      to: Math.max(entry.gap.to, gap.to),
    };
  }

  /** Takes all that has been counted since the last call, as records. */
  drain(nowMicros: number): GapRecord[] {
    const time = formatMicros(nowMicros);
    const records = [...this.#pending.values()].map(({ gap }): GapRecord => {
      const { reason, count, from, to, ...who } = gap;
      return { kind: 'gap', time, gap: { reason, count, ...who, from: formatMicros(from), to: formatMicros(to) } };
    });
    this.#pending.clear();
    return records;
  }
}
