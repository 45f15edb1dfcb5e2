import { JournalLayout } from '../../journal/folder/layout.js';
import { nodeHasher } from '../../journal/tree/tree-hasher.js';
import { fileSystem } from '../../keys/file-system.js';
import { StoredLines } from '../stored/stored-lines.js';
import { Rollup, type Judge } from './rollup.js';
import type { RollupCache } from './rollup-cache.js';
import { SegmentContext } from './segment-context.js';

/** Seals behind which a segment never grows. */
const CLOSING: ReadonlySet<string> = new Set(['segment_full', 'segment_age', 'run_close', 'recording_stopped']);
/** Lines between two steps: a step stays well below a frame. */
const STEP_LINES = 2_000;

export interface TrafficOptions {
  readonly judge: Judge;
  readonly cache?: RollupCache;
  /** Only this run's segments. */
  readonly run?: number;
}

/** Bytes that are counted, and that there are. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Counts a journal, and goes on counting what is appended to it. Memory does not grow with the journal. */
export class Traffic {
  readonly rollup = new Rollup();
  /** Segments that were taken from the cache, and that were counted. */
  readonly source = { cached: 0, counted: 0 };
  readonly #lines: StoredLines;
  readonly #layout: JournalLayout;
  readonly #options: TrafficOptions;
  #segment = 0;
  #offset = 0;
  #context = new SegmentContext();

  /** @throws JOURNAL_MISSING, JOURNAL_FOREIGN, JOURNAL_UNREADABLE */
  constructor(directory: string, options: TrafficOptions) {
    this.#lines = new StoredLines(directory);
    this.#layout = new JournalLayout(directory);
    this.#options = options;
  }

  /**
   * Takes in all that is there and was not yet counted, step by step, so that a caller can show how far it is, wait for
   * something else, or stop.
   */
  *advance(): Generator<Progress, void> {
    const segments = this.#lines.segments().filter((segment) => segment >= this.#segment);
    const sizes = segments.map((segment) => this.#size(segment));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    let done = 0;
    for (const [index, segment] of segments.entries()) {
      if (segment !== this.#segment) this.#begin(segment);
      if (this.#selects(segment)) for (const bytes of this.#take(segment)) yield { done: done + bytes, total };
      done += sizes[index] ?? 0;
      yield { done, total };
    }
  }

  #begin(segment: number): void {
    this.#segment = segment;
    this.#offset = 0;
    this.#context = new SegmentContext();
  }

  *#take(segment: number): Generator<number, void> {
    const end = this.#offset === 0 ? this.#closingHash(segment) : undefined;
    if (end === undefined) {
      yield* this.#count(segment, this.rollup);
      return;
    }
    const { cache } = this.#options;
    const known = cache?.load(segment, end);
    if (known !== undefined) {
      this.source.cached += 1;
      this.#offset = this.#size(segment);
      this.rollup.merge(known);
      return;
    }
    const own = new Rollup();
    yield* this.#count(segment, own);
    this.source.counted += 1;
    cache?.save(segment, end, own);
    this.rollup.merge(own);
  }

  *#count(segment: number, into: Rollup): Generator<number, void> {
    let lines = 0;
    const reading = this.#lines.forward(segment, this.#offset);
    for (let step = reading.next(); ; step = reading.next()) {
      if (step.done === true) {
        this.#offset = step.value;
        return;
      }
      const { view, offset, bytes } = step.value;
      if (view === undefined) into.addBroken(this.#context);
      else into.add(view, this.#context, this.#options.judge);
      // Set line by line: a caller that stops here loses nothing and counts nothing twice.
      if (bytes.length > 0) this.#offset = offset + bytes.length + 1;
      lines += 1;
      if (lines % STEP_LINES === 0) yield offset;
    }
  }

  /** Hash of the last line of a segment that is closed for good. */
  #closingHash(segment: number): string | undefined {
    const last = this.#lines.backward(segment).next();
    if (last.done === true || last.value.view?.kind !== 'seal') return undefined;
    const isClosed = CLOSING.has(last.value.view.text('seal', 'reason') ?? '');
    return isClosed ? nodeHasher.leaf(last.value.bytes) : undefined;
  }

  #selects(segment: number): boolean {
    const { run } = this.#options;
    return run === undefined || this.#lines.first(segment)?.integer('segment', 'run') === run;
  }

  #size(segment: number): number {
    return fileSystem.lstatSync(this.#layout.segment(segment), { throwIfNoEntry: false })?.size ?? 0;
  }
}
