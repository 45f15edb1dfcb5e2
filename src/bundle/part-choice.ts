/** Which records of a journal go into a part: those that were asked for, and the lines that they cannot be read without. */
import { DECLARING, referencesOf } from '../event/record-references.js';
import { RecordView } from '../event/record-view.js';
import { accepts, type LogFilter } from '../report/log/log-filter.js';

export interface Wanted {
  readonly filter: LogFilter;
  /** Numbers, in ascending ranges that do not touch; undefined: all that the filter accepts. */
  readonly ranges: readonly (readonly [first: number, last: number])[] | undefined;
  /** Leaves out the process, site and headers lines that rows refer to. */
  readonly alone: boolean;
}

/** What is looked at of a segment while it goes by. */
interface OpenSegment {
  readonly first: number;
  readonly declared: Map<string, number>;
  isUsed: boolean;
}

/** Takes every record in order, and then tells which ones to show. */
export class PartChoice {
  readonly #wanted: Wanted;
  /** Of what was asked for. */
  readonly #chosen: [number, number][] = [];
  /** Of what comes with it. */
  readonly #context = new Set<number>();
  #segment: OpenSegment = { first: 0, declared: new Map(), isUsed: false };
  #range = 0;
  count = 0;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  take(seq: number, kind: string, line: Buffer): void {
    if (kind === 'segment.open') this.#open(seq);
    const isWanted = this.#isInRange(seq);
    const isAnswer = kind === 'net.end' || kind === 'reconcile';
    const view = isWanted || isAnswer || DECLARING.has(kind) ? RecordView.decode(line) : undefined;
    if (view === undefined) return;
    if (DECLARING.has(kind)) this.#segment.declared.set(`${kind} ${view.integer(kind, 'number') ?? ''}`, seq);
    if (isWanted && accepts(this.#wanted.filter, view)) this.#choose(seq, view);
    // Who sees a row has to see what was said about it later.
    else if (isAnswer && rowsOf(view).some((row) => this.#isChosen(row))) this.#context.add(seq);
  }

  /** @param size number of the last record, a seal, which names the segment that was still open */
  end(size: number): void {
    if (this.#segment.isUsed) this.#context.add(size);
  }

  /** Of a vacuum, which shows that what it removed is not withheld. */
  add(seq: number): void {
    this.#context.add(seq);
  }

  has(seq: number): boolean {
    return this.#context.has(seq) || this.#isChosen(seq);
  }

  #isInRange(seq: number): boolean {
    const { ranges } = this.#wanted;
    if (ranges === undefined) return true;
    while ((ranges[this.#range]?.[1] ?? Number.POSITIVE_INFINITY) < seq) this.#range += 1;
    return (ranges[this.#range]?.[0] ?? Number.POSITIVE_INFINITY) <= seq;
  }

  #open(seq: number): void {
    if (this.#segment.isUsed) this.#context.add(seq);
    this.#segment = { first: seq, declared: new Map(), isUsed: false };
  }

  #choose(seq: number, view: RecordView): void {
    this.count += 1;
    const last = this.#chosen.at(-1);
    if (last?.[1] === seq - 1) last[1] = seq;
    else this.#chosen.push([seq, seq]);
    if (this.#wanted.alone) return;
    const named = [...referencesOf(view)].map(([kind, number]) => this.#segment.declared.get(`${kind} ${number}`));
    for (const declared of named) if (declared !== undefined) this.#context.add(declared);
    if (named.length === 0) return;
    this.#segment.isUsed = true;
    this.#context.add(this.#segment.first);
  }

  #isChosen(seq: number): boolean {
    let [low, high] = [0, this.#chosen.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#chosen[middle]?.[1] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return (this.#chosen[low]?.[0] ?? Number.POSITIVE_INFINITY) <= seq;
  }
}

/** Rows that a later record speaks of. */
function rowsOf(view: RecordView): readonly number[] {
  const ends = view.integer('ends');
  return ends === undefined ? view.integers('rows') : [ends];
}
