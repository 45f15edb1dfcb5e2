import type { RecordView } from '../../event/record-view.js';

/** Declarations that are remembered of one segment; an honest one has far fewer. */
const DECLARATIONS_MAX = 65_536;

const DIGEST_CHARS = 64;

/** Call sites and processes of one segment, which its rows refer to by number. */
export class SegmentContext {
  readonly #sites = new Map<number, RecordView>();
  readonly #processes = new Map<number, RecordView>();
  #run = 0;
  #policy: string | undefined;
  #captureUntil: string | undefined;

  /** Number of the run that the segment belongs to; 0 where its first record does not say so. */
  get run(): number {
    return this.#run;
  }

  /** Digest of the policy that the run was recorded under, as its segment names it. */
  get policy(): string | undefined {
    return this.#policy;
  }

  /** Until when an officer has ordered bodies; undefined while nobody has. */
  get captureUntil(): string | undefined {
    return this.#captureUntil;
  }

  /** Remembers a `site` or `process` record, whose segment it is, and whether bodies are captured; others are passed over. */
  learn(view: RecordView): void {
    switch (view.kind) {
      case 'segment.open':
        this.#run = Math.max(0, view.integer('segment', 'run') ?? 0);
        this.#policy = view.text('segment', 'policy')?.slice(0, DIGEST_CHARS);
        break;
      case 'state':
        this.#captureUntil = view.text('state', 'forensics', 'until');
        break;
      case 'forensics.enable':
        this.#captureUntil = view.text('statement', 'until');
        break;
      case 'forensics.disable':
        this.#captureUntil = undefined;
        break;
      case 'site':
        this.#declare(this.#sites, view);
        break;
      case 'process':
        this.#declare(this.#processes, view);
        break;
    }
  }

  #declare(known: Map<number, RecordView>, view: RecordView): void {
    const number = view.integer(view.kind, 'number');
    if (number !== undefined && known.size < DECLARATIONS_MAX) known.set(number, view);
  }

  site(call: RecordView): RecordView | undefined {
    return this.#sites.get(call.integer('egress', 'site') ?? -1);
  }

  process(call: RecordView): RecordView | undefined {
    return this.#processes.get(call.integer('egress', 'proc') ?? -1);
  }
}
