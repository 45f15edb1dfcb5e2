/** Records of a run on their way into the journal: numbered references, counts, and the gaps between them. */
import { EgressError, stopsRecording } from '../core/error.js';
import type { GapReason } from '../event/frame.js';
import { type NetRecord, UNEXPLAINED } from '../event/net-record.js';
import type { JournalRecord } from '../event/record.js';
import { addCounts, GapTally, type Gap } from './gap-tally.js';
import { SegmentLedger, type ProcessDetail } from './segment-ledger.js';
import type { AttributedSite } from './site-cache.js';
import { TrafficTally } from './traffic-tally.js';

/** What is needed of the journal. A failed writer takes no more records: `append` then does nothing. */
export interface RecordSink {
  /** Begins a new segment if the present one is full. @returns whether it did */
  prepare(): boolean;
  /** @returns the record's seq */
  append(record: JournalRecord): number;
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

  readonly #sink: RecordSink;
  readonly #now: () => number;

  /** @param now µs since the Unix epoch */
  constructor(sink: RecordSink, now: () => number) {
    this.#sink = sink;
    this.#now = now;
    this.ledger = new SegmentLedger((record) => void this.append(record), now);
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

  /** @returns the row's seq, 0 if the journal refused it */
  row(record: NetRecord, site: AttributedSite | undefined): number {
    const { observer, reason } = record.egress;
    const { counts } = this;
    counts.calls += 1;
    if (observer === 'both') counts.both += 1;
    else if (observer === 'kernel') counts.kernel_only += 1;
    else counts.hooks_only += 1;
    if (reason !== undefined && UNEXPLAINED.has(reason)) counts.unexplained += 1;
    // What a program without hooks does is its own doing: no package is missing.
    if (site?.package === undefined && reason !== 'no_hooks') counts.unattributed += 1;
    if (site?.self === true) counts.self += 1;
    this.traffic.add(record);
    return this.append(record);
  }

  /** A row of the kernel observer alone. @returns its seq, 0 if it could not be written */
  kernelRow(process: ProcessDetail, build: (proc: number) => NetRecord): number {
    if (this.prepare()) return this.row(build(this.ledger.process(process)), undefined);
    this.lostUnjournaled += 1;
    return 0;
  }

  /** A record beside the rows. */
  note(record: JournalRecord): void {
    if (this.prepare()) this.append(record);
  }

  /** A record that the journal refuses was made from something the program sent: it is counted, and the run goes on. */
  append(record: JournalRecord): number {
    try {
      return this.#sink.append(record);
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
