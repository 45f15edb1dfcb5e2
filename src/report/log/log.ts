import { setTimeout as sleep } from 'node:timers/promises';
import { accepts, type LogFilter } from './log-filter.js';
import type { Judge } from '../rollup/rollup.js';
import { SegmentContexts } from './segment-contexts.js';
import { StoredLines, type StoredLine } from '../stored/stored-lines.js';

export interface LogRequest {
  readonly filter: LogFilter;
  readonly run?: number;
  /** Lines that the chosen form has no words for are left out before any are counted. */
  readonly shows?: (line: StoredLine) => boolean;
  /** Only calls that this judge does not expect. */
  readonly unexpectedBy?: Judge;
  /** The newest first. */
  readonly reverse: boolean;
  /** At most so many, the newest ones. */
  readonly newest?: number;
}

const POLL_MS = 200;

/** Lines of a journal that a request selects, in the order in which they are to be shown. */
export class Log {
  readonly #lines: StoredLines;
  readonly #contexts: SegmentContexts;
  readonly #request: LogRequest;
  /** Where the newest line that was read ends; following goes on from there. */
  #end: { segment: number; offset: number } | undefined;

  constructor(directory: string, request: LogRequest) {
    this.#lines = new StoredLines(directory);
    this.#contexts = new SegmentContexts(this.#lines);
    this.#request = request;
  }

  *select(): Generator<StoredLine, void> {
    const { reverse, newest } = this.#request;
    if (newest === undefined) {
      yield* reverse ? this.#backward() : this.#forward();
      return;
    }
    const taken: StoredLine[] = [];
    if (newest > 0) {
      for (const line of this.#backward()) {
        if (reverse) yield line;
        if (taken.push(line) >= newest) break;
      }
    }
    if (!reverse) yield* taken.reverse();
  }

  /**
   * Lines that are appended from now on. Ends only when the caller stops.
   * @param onIdle called, and awaited, before each wait
   */
  async *follow(onIdle: () => Promise<void>): AsyncGenerator<StoredLine, void> {
    if (this.#end === undefined)
      for (const line of this.#lines.backward(this.#newestSegment())) if (this.#see(line)) break;
    let { segment, offset } = this.#end ?? { segment: this.#newestSegment(), offset: 0 };
    for (;;) {
      // The order matters: a segment that follows was begun after the last line of this one.
      const next = this.#lines.segments().find((number) => number > segment);
      const isSelected = this.#selectsRunOf(segment);
      const reading = this.#lines.forward(segment, offset);
      for (let step = reading.next(); ; step = reading.next()) {
        if (step.done === true) {
          offset = step.value;
          break;
        }
        this.#contexts.learn(step.value);
        if (isSelected && this.#accepts(step.value)) yield step.value;
      }
      if (next === undefined) {
        await onIdle();
        await sleep(POLL_MS);
      } else {
        segment = next;
        offset = 0;
      }
    }
  }

  *#forward(): Generator<StoredLine, void> {
    const { filter } = this.#request;
    const segments = this.#segments();
    for (const [index, segment] of segments.entries()) {
      const following = segments[index + 1];
      const nextSeq = following === undefined ? undefined : this.#lines.first(following)?.seq;
      if (filter.seq !== undefined && nextSeq !== undefined && nextSeq <= filter.seq.first) continue;
      for (const line of this.#lines.forward(segment)) {
        if (filter.seq !== undefined && (line.view?.seq ?? 0) > filter.seq.last) return;
        if (this.#see(line) && this.#accepts(line)) yield line;
      }
    }
  }

  *#backward(): Generator<StoredLine, void> {
    for (const segment of this.#segments().toReversed()) {
      for (const line of this.#lines.backward(segment)) {
        if (this.#see(line) && this.#accepts(line)) yield line;
      }
    }
  }

  #accepts(line: StoredLine): boolean {
    const { filter, shows, unexpectedBy } = this.#request;
    const { segment, view } = line;
    if (!accepts(filter, view) || shows?.(line) === false) return false;
    if (unexpectedBy === undefined) return true;
    if (view?.kind !== 'net') return false;
    const judgement = unexpectedBy(view, this.#contexts.of(segment));
    return judgement.class === 'unexpected' || judgement.class === 'alarm';
  }

  #newestSegment(): number {
    return this.#lines.segments().at(-1) ?? 1;
  }

  #see({ segment, offset, bytes }: StoredLine): true {
    const end = offset + bytes.length + 1;
    if (
      this.#end === undefined ||
      segment > this.#end.segment ||
      (segment === this.#end.segment && end > this.#end.offset)
    ) {
      this.#end = { segment, offset: end };
    }
    return true;
  }

  #segments(): readonly number[] {
    return this.#lines.segments().filter((segment) => this.#selectsRunOf(segment));
  }

  /** Every segment belongs to one run, and its first record says to which. */
  #selectsRunOf(segment: number): boolean {
    const { run } = this.#request;
    return run === undefined || this.#lines.first(segment)?.integer('segment', 'run') === run;
  }
}
