import { SegmentContext } from '../rollup/segment-context.js';
import type { StoredLine, StoredLines } from '../stored/stored-lines.js';

/** A line's lead: `seq`, `prev`, then its kind. */
const LEAD_BYTES = 128;
const DECLARING = ['"kind":"site"', '"kind":"process"', '"kind":"segment.open"'];

/** What the rows of a segment refer to, for readers that do not go through it from its beginning. */
export class SegmentContexts {
  readonly #lines: StoredLines;
  /** Only the segment that is being read matters. */
  #segment = 0;
  #context = new SegmentContext();

  constructor(lines: StoredLines) {
    this.#lines = lines;
  }

  of(segment: number): SegmentContext {
    if (segment === this.#segment) return this.#context;
    this.#segment = segment;
    this.#context = new SegmentContext();
    for (const line of this.#lines.forward(segment)) learn(this.#context, line);
    return this.#context;
  }

  /** A line that was appended since. */
  learn(line: StoredLine): void {
    if (line.segment === this.#segment) learn(this.#context, line);
  }
}

function learn(context: SegmentContext, { bytes, view }: StoredLine): void {
  const lead = bytes.subarray(0, LEAD_BYTES);
  if (DECLARING.some((kind) => lead.includes(kind)) && view !== undefined) context.learn(view);
}
