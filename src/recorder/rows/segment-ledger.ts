/**
 * Numbers of the processes, call sites and header lists that rows refer to. Each segment stands alone, so each
 * declares what its rows use, just before the first that uses it.
 */
import { formatMicros } from '../../core/timestamp.js';
import type { JournalRecord } from '../../event/record.js';
import type { HeadersRecord, ProcessRecord, SiteRecord } from '../../event/reference-record.js';

/** The members of a record that its number is put to. */
export type ProcessDetail = Omit<ProcessRecord['process'], 'number'>;
export type HeadersDetail = Omit<HeadersRecord['headers'], 'number'>;
export interface SiteDetail {
  readonly site: Omit<SiteRecord['site'], 'number'>;
  readonly package?: SiteRecord['package'];
}

/** Asked for once a segment, and no more. */
const REFUSED = 0;

/**
 * Writes declarations through `append`; `reset` at each new segment. Details are told apart by identity. What the
 * journal refused to declare has no number, so that no row refers to what is not there.
 */
export class SegmentLedger {
  readonly #append: (record: JournalRecord) => number;
  readonly #now: () => number;
  readonly #processes = new Map<ProcessDetail, number>();
  readonly #sites = new Map<SiteDetail, number>();
  readonly #headers = new Map<HeadersDetail, number>();

  /**
   * @param append gives the record's seq, or 0 if it was refused
   * @param now µs since the Unix epoch
   */
  constructor(append: (record: JournalRecord) => number, now: () => number) {
    this.#append = append;
    this.#now = now;
  }

  reset(): void {
    this.#processes.clear();
    this.#sites.clear();
    this.#headers.clear();
  }

  process(detail: ProcessDetail): number | undefined {
    return this.#number(this.#processes, detail, (number, time) => ({
      kind: 'process',
      time,
      process: { number, ...detail },
    }));
  }

  site(detail: SiteDetail): number | undefined {
    return this.#number(this.#sites, detail, (number, time) => ({
      kind: 'site',
      time,
      site: { number, ...detail.site },
      ...(detail.package === undefined ? {} : { package: detail.package }),
    }));
  }

  headers(detail: HeadersDetail): number | undefined {
    return this.#number(this.#headers, detail, (number, time) => ({
      kind: 'headers',
      time,
      headers: { number, ...detail },
    }));
  }

  #number<T>(
    known: Map<T, number>,
    detail: T,
    record: (number: number, time: string) => JournalRecord,
  ): number | undefined {
    const existing = known.get(detail);
    if (existing !== undefined) return existing === REFUSED ? undefined : existing;
    const number = known.size + 1;
    const isDeclared = this.#append(record(number, formatMicros(this.#now()))) !== 0;
    known.set(detail, isDeclared ? number : REFUSED);
    return isDeclared ? number : undefined;
  }
}
