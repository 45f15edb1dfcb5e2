/** The records that a part of a journal shows, as they come by: how many, which kinds, and what belongs together. */
import { DECLARING, referencesOf } from '../../event/record-references.js';
import type { RecordView } from '../../event/record-view.js';
import type { SeqRange } from '../finding.js';
import type { ProvenRecord } from './proof-verification.js';
import type { ControlRecord } from '../segments/segment-scan.js';

/** More than anybody reads; `records.jsonl` has them all. */
const RECORDS_MAX = 1_000;
const RANGES_MAX = 1_000;
const KINDS_MAX = 64;
/** Distinct processes, sites and header lists of one segment. */
const DECLARED_MAX = 100_000;
const VACUUMS_MAX = 1_000;

export class ShownRecords {
  readonly kinds = new Map<string, number>();
  readonly records: ProvenRecord[] = [];
  readonly ranges: [number, number][] = [];
  readonly vacuums: ControlRecord[] = [];
  count = 0;
  /** Records that refer to lines which are not shown to be of their segment. */
  apart = 0;
  /** Number of the segment that the last `segment.open` began. */
  #segment: number | undefined;
  readonly #declared = new Set<string>();
  /** Rows whose lines are shown, if no other segment begins in between unseen. */
  #pending = 0;

  take(seq: number, view: RecordView, line: string): void {
    const { kind } = view;
    this.count += 1;
    const counted = this.kinds.has(kind) || this.kinds.size < KINDS_MAX ? kind : '(other)';
    this.kinds.set(counted, (this.kinds.get(counted) ?? 0) + 1);
    this.#range(seq);
    if (this.records.length < RECORDS_MAX) this.records.push({ seq, kind, line });
    if (kind === 'vacuum' && this.vacuums.length < VACUUMS_MAX)
      this.vacuums.push({ seq, kind, record: view.toObject() });
    if (kind === 'segment.open') this.#open(view.integer('segment', 'number'));
    else if (kind === 'seal' && view.integer('seal', 'segment') === this.#segment) this.#pending = 0;
    else if (DECLARING.has(kind)) this.#declare(kind, view.integer(kind, 'number'));
    else this.#refer(view);
  }

  /** What was not shown to be of one segment when all records are seen is not known to be. */
  end(): void {
    this.apart += this.#pending;
    this.#pending = 0;
  }

  /** There are more ranges than were kept. */
  get isCut(): boolean {
    return this.ranges.length === RANGES_MAX;
  }

  #range(seq: number): void {
    const last = this.ranges.at(-1);
    if (last?.[1] === seq - 1) last[1] = seq;
    else if (this.ranges.length < RANGES_MAX) this.ranges.push([seq, seq]);
  }

  /** That the next segment begins here shows that all before were of the one before. */
  #open(number: number | undefined): void {
    const isNext = this.#segment !== undefined && number === this.#segment + 1;
    if (!isNext) this.apart += this.#pending;
    this.#pending = 0;
    this.#declared.clear();
    this.#segment = number;
  }

  #declare(kind: string, number: number | undefined): void {
    if (this.#declared.size < DECLARED_MAX) this.#declared.add(`${kind} ${number ?? ''}`);
  }

  #refer(view: RecordView): void {
    const named = [...referencesOf(view)];
    if (named.length === 0) return;
    if (named.every(([kind, number]) => this.#declared.has(`${kind} ${number}`))) this.#pending += 1;
    else this.apart += 1;
  }
}

/** The parts of 1 to `size` that are in none of `ranges`, which ascend; at most so many as are kept. */
export function withheldRanges(ranges: readonly SeqRange[], from: number, size: number): SeqRange[] {
  const withheld: SeqRange[] = [];
  let at = from;
  for (const [first, last] of ranges) {
    if (first > at) withheld.push([at, first - 1]);
    at = Math.max(at, last + 1);
  }
  if (at <= size) withheld.push([at, size]);
  return withheld;
}
