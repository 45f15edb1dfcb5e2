import type { RecordView } from '../../event/record-view.js';
import { matchesRecord, needsContext, type RecordQuery } from '../model/record-query.js';
import type { Judge } from '../rollup/rollup.js';
import { SegmentContext } from '../rollup/segment-context.js';
import { SegmentContexts } from '../log/segment-contexts.js';
import { StoredLines, type StoredLine } from '../stored/stored-lines.js';

/** A line that the window holds. */
export interface WindowRow {
  readonly stored: StoredLine;
  readonly view: RecordView;
}

export interface WindowOptions {
  readonly directory: string;
  readonly query: RecordQuery;
  readonly judge: Judge;
  readonly run?: number;
  /** Asked of what the query accepts. */
  readonly accepts: (view: RecordView) => boolean;
}

/** Rows that are kept; more are read again when somebody goes back to them. */
const ROWS_MAX = 600;
/** A search pauses after this long, so that keys are heard. */
const SLICE_MS = 12;

type Direction = 'forward' | 'backward';

/**
 * Part of the records that a query selects, read from the files as somebody moves through them: memory does not grow,
 * and the first and the last of millions are equally near.
 */
export class RecordWindow {
  rows: WindowRow[] = [];
  /** Whether the first, or the last, record of all is in the window. */
  atStart = true;
  atEnd = false;
  /** A search that goes on, and the number of the record that it has come to. */
  searching: { readonly direction: Direction; readonly seq: number } | undefined;
  readonly #options: WindowOptions;
  readonly #lines: StoredLines;
  readonly #contexts: SegmentContexts;
  /** Counts up with each new search, so that an older one stops. */
  #generation = 0;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.#lines = new StoredLines(options.directory);
    this.#contexts = new SegmentContexts(this.#lines);
  }

  /** Starts over at one end. */
  restart(from: 'start' | 'end'): void {
    this.stop();
    this.rows = [];
    this.atStart = from === 'start';
    this.atEnd = from === 'end';
  }

  stop(): void {
    this.#generation += 1;
    this.searching = undefined;
  }

  /**
   * Reads on until there are `wanted` more rows in that direction, or none are left.
   * @param onStep called after each slice in which something changed
   */
  async extend(direction: Direction, wanted: number, onStep: () => void): Promise<void> {
    this.stop();
    const generation = this.#generation;
    let missing = wanted;
    for (;;) {
      const reading = this.#read(direction);
      const until = performance.now() + SLICE_MS;
      let looked = 0;
      for (let step = reading.next(); ; step = reading.next()) {
        if (step.done === true) {
          if (direction === 'forward') this.atEnd = true;
          else this.atStart = true;
          this.searching = undefined;
          onStep();
          return;
        }
        if (this.#keep(step.value, direction)) missing -= 1;
        looked += 1;
        if (missing <= 0) break;
        if (looked % 64 === 0 && performance.now() > until) {
          // The same reading goes on after others had their turn.
          this.searching = { direction, seq: step.value.view?.seq ?? 0 };
          onStep();
          await new Promise((resolve) => setImmediate(resolve));
          if (generation !== this.#generation) return;
        }
      }
      this.searching = undefined;
      onStep();
      return;
    }
  }

  #keep(stored: StoredLine, direction: Direction): boolean {
    const { view } = stored;
    const { query, judge, accepts } = this.#options;
    if (view === undefined) return false;
    this.#contexts.learn(stored);
    const context = needsContext(query) ? this.#contexts.of(stored.segment) : new SegmentContext();
    if (!matchesRecord(query, view, context, judge) || !accepts(view)) return false;
    if (direction === 'forward') this.rows.push({ stored, view });
    else this.rows.unshift({ stored, view });
    if (this.rows.length > ROWS_MAX) {
      if (direction === 'forward') {
        this.rows.shift();
        this.atStart = false;
      } else {
        this.rows.pop();
        this.atEnd = false;
      }
    }
    return true;
  }

  *#read(direction: Direction): Generator<StoredLine, void> {
    const edge = (direction === 'forward' ? this.rows.at(-1) : this.rows[0])?.stored;
    const segments = this.#segments();
    if (direction === 'forward') {
      for (const segment of segments) {
        if (edge !== undefined && segment < edge.segment) continue;
        yield* this.#lines.forward(segment, segment === edge?.segment ? edge.offset + edge.bytes.length + 1 : 0);
      }
      return;
    }
    for (const segment of segments.toReversed()) {
      if (edge !== undefined && segment > edge.segment) continue;
      yield* this.#lines.backward(segment, segment === edge?.segment ? edge.offset : undefined);
    }
  }

  #segments(): readonly number[] {
    const { run } = this.#options;
    const all = this.#lines.segments();
    return run === undefined
      ? all
      : all.filter((segment) => this.#lines.first(segment)?.integer('segment', 'run') === run);
  }
}
