/**
 * The writer: turns records into chained lines, appends them, signs heads.
 *
 * Failure model. A failed write or fsync is final: what the disk holds after one is not known, so nothing is tried
 * again. The writer then has a `failure`, takes no more records, and throws at nobody: the recorded program goes on.
 */
import { EgressError } from '../core/error.js';
import { formatMicros } from '../core/timestamp.js';
import type { Author } from '../event/author.js';
import type { JournalRecord, RunCloseRecord, SealReason, SessionCloseRecord } from '../event/record.js';
import { syncFolder } from '../keys/file-system.js';
import { openCapture, type OpenCapture } from '../officers/capture.js';
import type { Head } from './heads/checkpoint.js';
import { writeFrontier } from './frontier.js';
import { epochNext, HeadWriter } from './head-writer.js';
import { nextState, type JournalState } from './state/journal-state.js';
import { LineBatch, type RecordText } from './lines/line-batch.js';
import { openJournal, type OpenJournal } from './open-journal.js';
import type { NextEpoch } from './heads/open-epoch.js';
import { writePolicy } from './folder/policy-file.js';
import { endsSegment } from './heads/seal.js';
import { RisingClock } from './rising-clock.js';
import { SegmentFile, writeFailure } from './folder/segment-file.js';
import { segmentStart } from './state/segment-start.js';
import { checkExpiry, checkStatement } from './state/statement-rules.js';
import { sealReason, statementRecord, type Declared, type Statement } from './state/statement.js';
import type { WriterOptions } from './writer-options.js';

export type { WriterOptions } from './writer-options.js';

export class JournalWriter {
  readonly #options: WriterOptions;
  readonly #open: OpenJournal;
  readonly #batch: LineBatch;
  readonly #clock: RisingClock;
  #heads: HeadWriter | undefined;
  /** As the records so far leave it. */
  #state: JournalState;
  #segment: SegmentFile | undefined;
  #segmentNumber: number;
  #head: Head | undefined;
  #segmentSize = 0;
  #segmentOpenedMs = 0;
  #headMs = 0;
  #failure: EgressError | undefined;
  #isClosed = false;

  private constructor(options: WriterOptions, open: OpenJournal) {
    this.#options = options;
    this.#open = open;
    this.#batch = new LineBatch(open.end.range, open.end.lastHash);
    this.#segmentNumber = open.end.segment;
    this.#state = open.end.state;
    this.#clock = new RisingClock(options.now, open.end.time);
  }

  /**
   * Opens the journal, or creates it. Nothing is appended yet.
   * @throws JOURNAL_FOREIGN, JOURNAL_DAMAGED, JOURNAL_UNREADABLE, JOURNAL_UNWRITABLE, JOURNAL_LOCKED, KEY_MISSING,
   * KEY_FILE_MODE, KEY_INVALID
   */
  static open(options: WriterOptions): JournalWriter {
    return new JournalWriter(options, openJournal({ ...options, time: formatMicros(options.now()) }));
  }

  /** Real path of the journal. */
  get directory(): string {
    return this.#open.layout.directory;
  }
  get origin(): string {
    return this.#open.journal.origin;
  }
  /** Genesis verifier key: what an auditor pins. */
  get genesisKey(): string {
    return this.#open.journal.key.text;
  }
  /** Secret for body fingerprints; never leaves this process. */
  get salt(): Uint8Array {
    return this.#open.salt;
  }
  /** Run number of this writer; valid before `beginRun` too. */
  get run(): number {
    return this.#open.end.run + 1;
  }
  /** Number of the newest segment. */
  get segment(): number {
    return this.#segmentNumber;
  }
  /** Number that the next record gets. */
  get nextSeq(): number {
    return this.#batch.range.end + 1;
  }
  /** Whether, and of what, bodies are captured now. */
  get capture(): OpenCapture | undefined {
    return openCapture(this.#state, this.#clock.time());
  }
  /** Why recording ended early. */
  get failure(): EgressError | undefined {
    return this.#failure;
  }
  /** The last head that was signed for this run. */
  get head(): Head | undefined {
    return this.#head;
  }

  /**
   * Opens the run's epoch and its first segment.
   * @returns the run's number
   * @throws JOURNAL_UNWRITABLE, DISK_FULL, WRITE_FAILED: nothing was recorded yet, so the program need not start
   */
  beginRun(): number {
    try {
      writePolicy(this.#options.fs, this.#open.layout, this.#options.policy);
      this.#heads = new HeadWriter(this.#options.fs, this.#open, this.#open.beginEpoch());
      this.#beginSegment(this.#open.end.recovered);
      this.#write();
    } catch (error) {
      this.#abandon();
      throw writeFailure(error, this.directory);
    }
    return this.run;
  }

  /**
   * To be called before the records that refer to each other by number are built.
   * @returns whether a new segment was begun, in which those numbers start afresh
   */
  prepare(): boolean {
    const segment = this.#segment;
    if (segment === undefined || this.#failure !== undefined) return false;
    const { segmentBytesMax, segmentAgeMsMax, monotonicMs } = this.#options;
    const isFull = segment.bytes + this.#batch.bytes >= segmentBytesMax;
    // The clock is asked once for all lines of one write.
    const mayBeOld = this.#batch.bytes === 0 && this.#batch.range.end > this.#segmentSize;
    const isOld = mayBeOld && monotonicMs() - this.#segmentOpenedMs >= segmentAgeMsMax;
    if (!isFull && !isOld) return false;
    return this.#attempt(() => {
      this.#seal(isFull ? 'segment_full' : 'segment_age', begun(this.#heads).prepareNext());
      this.#beginSegment([]);
    });
  }

  /**
   * Appends a record to the batch.
   * @returns its seq, or 0 if the writer has failed or is closed
   * @throws RECORD_TOO_LARGE, LINE_INVALID: mistakes of the caller; nothing was appended
   */
  append(record: JournalRecord): number {
    if (record.kind === 'forensics.expired') checkExpiry(record, this.#state);
    return this.appendText(JSON.stringify(record));
  }

  /** Like `append`, for a record that is text already. */
  appendText(text: RecordText): number {
    if (this.#segment === undefined || this.#failure !== undefined) return 0;
    const hasRoom = !this.#batch.isFull || this.#attempt(this.#write.bind(this));
    return hasRoom ? this.#batch.addText(text) : 0;
  }

  /** Writes the batch. Signs a head if it is time for one. Never throws. */
  flush(): void {
    if (this.#segment === undefined || this.#failure !== undefined) return;
    this.#attempt(() => {
      this.#write();
      const { headIntervalMs, durability, monotonicMs } = this.#options;
      if (this.#batch.range.end > (this.#head?.size ?? 0) && monotonicMs() - this.#headMs >= headIntervalMs)
        this.#seal('interval');
      else if (durability === 'always') this.#segment?.sync();
      else if (durability === 'batch')
        this.#segment?.syncSoon((error) => {
          this.#fail(error);
        });
    });
  }

  /** Seals what is there and signs a head. Never throws. @returns whether the head stands */
  seal(reason: SealReason): boolean {
    return this.#segment !== undefined && this.#attempt(this.#seal.bind(this, reason));
  }

  /**
   * Whether the journal can take a statement; also before `beginRun`.
   * @throws STATEMENT_REFUSED, and what reading the journal throws
   */
  check(statement: Statement, time = this.#clock.time()): void {
    const { layout, journal } = this.#open;
    const size = this.#batch.range.end;
    checkStatement(statement, { fs: this.#options.fs, layout, journal, state: this.#state, size, time });
  }

  /**
   * Appends a statement and signs a head over it, which stands when this returns.
   * @throws as `check`, and nothing was appended; else the writer's failure
   */
  declare(statement: Statement, by: Author): Declared {
    const time = this.#clock.time();
    if (this.#failure === undefined) this.check(statement, time);
    const record = statementRecord(statement, time, by);
    const seq = this.append(record);
    if (seq > 0) this.#state = nextState(this.#state, seq, { ...record });
    if (seq === 0 || !this.seal(sealReason(statement)) || this.#head === undefined) {
      throw this.#failure ?? new EgressError('INTERNAL', 'the writer is closed');
    }
    return { seq, head: this.#head };
  }

  /**
   * Ends the run: its last record, a seal, a head; then lets go of the journal. Never throws, and does nothing the
   * second time.
   * @param last undefined if the recording ends before the program does
   */
  close(last?: RunCloseRecord | SessionCloseRecord): void {
    if (this.#isClosed) return;
    if (this.#segment !== undefined) {
      this.#attempt(() => {
        if (last !== undefined) this.#batch.add(last);
        this.#seal(last === undefined ? 'recording_stopped' : 'run_close');
      });
    }
    this.#abandon();
  }

  /** Lets go of segment and lock. */
  #abandon(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#segment?.finish();
    this.#segment = undefined;
    this.#open.lock.release();
  }

  /** Runs a step that may fail; the first failure is the last. */
  #attempt(step: () => void): boolean {
    if (this.#failure !== undefined) return false;
    try {
      step();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= writeFailure(error, this.#segment?.path ?? this.directory);
  }

  /** One write for all lines since the last one. */
  #write(): void {
    this.#segment?.write(this.#batch.take());
  }

  /** Creates the next segment and its first records, which make it readable on its own. */
  #beginSegment(recovered: OpenJournal['end']['recovered']): void {
    const { layout, journal } = this.#open;
    const { fs, monotonicMs, beginning, policy } = this.#options;
    const number = this.#segmentNumber + 1;
    this.#segment = new SegmentFile(fs, layout.segment(number), this.#options.guard);
    this.#segmentNumber = number;
    syncFolder(fs, layout.segments);
    const time = this.#clock.time();
    const { epoch, key } = begun(this.#heads);
    const named = { number, run: this.run, epoch, key: key.text, policy: policy?.digest };
    for (const record of segmentStart({ time, ...named, journal, state: this.#state, beginning })) {
      this.#state = nextState(this.#state, this.#batch.add(record), { ...record });
    }
    for (const detail of recovered) this.#batch.add({ kind: 'recovered', time, recovered: detail });
    this.#segmentSize = this.#batch.range.end;
    this.#headMs = this.#segmentOpenedMs = monotonicMs();
  }

  /**
   * A seal and the head over it, which the lines' fdatasync precedes: a crash between them leaves records without a head.
   * @param next where a segment ends and the run goes on: the keys that it goes on with
   */
  #seal(reason: SealReason, next?: NextEpoch): void {
    const { fs, monotonicMs } = this.#options;
    const segment = begun(this.#segment);
    const time = this.#clock.time();
    if (next !== undefined) this.#batch.add(epochNext(next, time));
    this.#batch.add({ kind: 'seal', time, seal: { segment: this.#segmentNumber, reason } });
    this.#write();
    segment.sync();
    // Interval heads are many and serve only until the next one: they are not kept.
    this.#head = begun(this.#heads).sign(this.#batch.range, { isKept: reason !== 'interval', next });
    this.#headMs = monotonicMs();
    if (!endsSegment(reason)) return;
    segment.protect();
    segment.finish();
    const { range, lastHash } = this.#batch;
    const end = { range, lastHash, segment: this.#segmentNumber, run: this.run, state: this.#state, time };
    writeFrontier(fs, this.#open.keys, end);
  }
}

function begun<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new EgressError('INTERNAL', 'the writer has not begun a run');
  return part;
}
