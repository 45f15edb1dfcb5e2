/** Records of a run on their way into the journal: numbered references, counts, and the gaps between them. */
import { EgressError, stopsRecording } from '../../core/error.js';
import type { GapReason } from '../../event/gap-reason.js';
import { type NetRecord, UNEXPLAINED } from '../../event/net-record.js';
import type { JournalRecord } from '../../event/record.js';
import type { RecordText } from '../../journal/lines/line-batch.js';
import { addCounts, GapTally, type Gap } from '../channel/gap-tally.js';
import { SegmentLedger, type ProcessDetail } from './segment-ledger.js';
import type { AttributedSite } from './site-cache.js';
import { recordTraffic, TrafficTally, type Course, type Traffic } from './traffic-tally.js';

/** Of these at most the summary learns how they went on; the journal does of all. */
const OPEN_ROWS_MAX = 65_536;

/** What is needed of the journal. A failed writer takes no more records: `append` then does nothing. */
export interface RecordSink {
  /** Begins a new segment if the present one is full. @returns whether it did */
  prepare(): boolean;
  /** @returns the record's seq, or 0 if the writer has failed */
  append(record: JournalRecord): number;
  /** Like `append`, for a record that is text already. */
  appendText(text: RecordText): number;
  readonly nextSeq: number;
  readonly failure: EgressError | undefined;
}

export interface Counts {
  calls: number;
  both: number;
  hooks_only: number;
  kernel_only: number;
  gaps: number;
  unexplained: number;
  lost: number;
  unattributed: number;
  self: number;
}

/** What is counted of a row. */
export interface RowFacts {
  readonly observer: NetRecord['egress']['observer'];
  readonly reason: NetRecord['egress']['reason'] | undefined;
  readonly site: AttributedSite | undefined;
  readonly traffic: Traffic;
  /** It goes on: an end may follow. */
  readonly isOpen: boolean;
}

/** Who a gap is about, as far as known. */
export type GapSubject = Pick<Gap, 'pid' | 'executable' | 'channel'>;

export class RowWriter {
  readonly traffic = new TrafficTally();
  readonly counts: Counts = {
    ...{ calls: 0, both: 0, hooks_only: 0, kernel_only: 0 },
    ...{ gaps: 0, unexplained: 0, lost: 0, unattributed: 0, self: 0 },
  };
  readonly ledger: SegmentLedger;
  readonly gaps = new GapTally();
  /** Lost since the writer failed: cannot be journaled any more, only told. */
  lostUnjournaled = 0;

  /** By seq: what was counted of rows whose end may follow. */
  readonly #open = new Map<number, Traffic>();
  readonly #sink: RecordSink;
  readonly #now: () => number;

  /** @param now µs since the Unix epoch */
  constructor(sink: RecordSink, now: () => number) {
    this.#sink = sink;
    this.#now = now;
    this.ledger = new SegmentLedger((record) => this.append(record), now);
  }

  get hasFailed(): boolean {
    return this.#sink.failure !== undefined;
  }

  get nextSeq(): number {
    return this.#sink.nextSeq;
  }

  /** Before a row is made, since its numbers are the segment's. @returns false when nothing can be written any more */
  prepare(): boolean {
    if (this.hasFailed) return false;
    if (this.#sink.prepare()) this.ledger.reset();
    return true;
  }

  /**
   * @param row a NetRecord
   * @returns the row's seq, 0 if the journal did not take it
   */
  row(row: RecordText, { observer, reason, site, traffic, isOpen }: RowFacts): number {
    const { counts } = this;
    const seq = this.appendText(row);
    if (seq === 0) {
      if (this.hasFailed) this.lostUnjournaled += 1;
      return 0;
    }
    counts.calls += 1;
    if (observer === 'both') counts.both += 1;
    else if (observer === 'kernel') counts.kernel_only += 1;
    else counts.hooks_only += 1;
    if (reason !== undefined && UNEXPLAINED.has(reason)) counts.unexplained += 1;
    // What a program does outside its packages is its own doing: there no package is missing.
    const { isInbound, packageName, program } = traffic.route;
    if (!isInbound && packageName === undefined && program === undefined) counts.unattributed += 1;
    if (site?.self === true) counts.self += 1;
    this.traffic.add(traffic);
    if (isOpen && this.#open.size < OPEN_ROWS_MAX) this.#open.set(seq, traffic);
    return seq;
  }

  /**
   * What became of a call whose row was written while it was open.
   * @param end a NetEndRecord
   * @param seq of the row
   */
  end(end: RecordText, seq: number, course: Course): void {
    if (!this.prepare() || this.appendText(end) === 0) return;
    const traffic = this.#open.get(seq);
    if (traffic === undefined) return;
    this.#open.delete(seq);
    this.traffic.complete(traffic, course);
  }

  /**
   * A row of the kernel observer alone.
   * @param starter the site that started the process, where it is known
   * @returns its seq, 0 if it could not be written
   */
  kernelRow(
    process: ProcessDetail,
    starter: AttributedSite | undefined,
    build: (proc: number, starter: number | undefined) => NetRecord,
  ): number {
    const proc = this.prepare() ? this.ledger.process(process) : undefined;
    if (proc === undefined) return this.unwritten();
    const record = build(proc, starter === undefined ? undefined : this.ledger.site(starter));
    const { observer, reason, open } = record.egress;
    const facts = { observer, reason, site: starter, traffic: recordTraffic(record), isOpen: open === true };
    return this.row(JSON.stringify(record), facts);
  }

  /** A row that cannot even be made: the journal has failed, or refused to declare the row's process. */
  unwritten(): 0 {
    if (this.hasFailed) this.lostUnjournaled += 1;
    else this.gap('frame_invalid', 1, {});
    return 0;
  }

  /** A record beside the rows. */
  note(record: JournalRecord): void {
    if (this.prepare()) this.append(record);
  }

  append(record: JournalRecord): number {
    return this.#attempt(() => this.#sink.append(record));
  }

  appendText(text: RecordText): number {
    return this.#attempt(() => this.#sink.appendText(text));
  }

  /** A record that the journal refuses was made from something the program sent: it is counted, and the run goes on. */
  #attempt(append: () => number): number {
    try {
      return append();
    } catch (error) {
      if (!(error instanceof EgressError) || stopsRecording(error.code)) throw error;
      this.gap('frame_invalid', 1, {});
      return 0;
    }
  }

  gap(reason: GapReason, count: number, subject: GapSubject): void {
    const now = this.#now();
    this.gaps.add({ reason, count, ...subject, from: now, to: now });
  }

  writeGaps(): void {
    for (const record of this.gaps.drain(this.#now())) {
      this.counts.gaps += 1;
      this.counts.lost = addCounts(this.counts.lost, record.gap.count);
      this.note(record);
    }
  }
}
