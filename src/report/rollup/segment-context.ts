import type { RecordView } from '../../event/record-view.js';

/** Declarations that are remembered of one segment; an honest one has far fewer. */
const DECLARATIONS_MAX = 65_536;

/** Call sites and processes of one segment, which its rows refer to by number. */
export class SegmentContext {
  readonly #sites = new Map<number, RecordView>();
  readonly #processes = new Map<number, RecordView>();

  /** Remembers a `site` or `process` record; others are passed over. */
  learn(view: RecordView): void {
    const known = view.kind === 'site' ? this.#sites : view.kind === 'process' ? this.#processes : undefined;
    const number = view.integer(view.kind, 'number');
    if (known === undefined || number === undefined || known.size >= DECLARATIONS_MAX) return;
    known.set(number, view);
  }

  site(call: RecordView): RecordView | undefined {
    return this.#sites.get(call.integer('egress', 'site') ?? -1);
  }

  process(call: RecordView): RecordView | undefined {
    return this.#processes.get(call.integer('egress', 'proc') ?? -1);
  }
}
