/**
 * Numbers of the processes, call sites and header lists that rows refer to. Each segment stands alone, so each
 * declares what its rows use, just before the first that uses it.
 */
import { formatMicros } from '../core/timestamp.js';
import type { JournalRecord } from '../event/record.js';
import type { HeadersRecord, ProcessRecord, SiteRecord } from '../event/reference-record.js';

/** The members of a record that its number is put to. */
export type ProcessDetail = Omit<ProcessRecord['process'], 'number'>;
export type HeadersDetail = Omit<HeadersRecord['headers'], 'number'>;
export interface SiteDetail {
  readonly site: Omit<SiteRecord['site'], 'number'>;
  readonly package?: SiteRecord['package'];
}

/** Writes declarations through `append`; `reset` at each new segment. Details are told apart by identity. */
export class SegmentLedger {
  readonly #append: (record: JournalRecord) => void;
  readonly #now: () => number;
  readonly #processes = new Map<ProcessDetail, number>();
  readonly #sites = new Map<SiteDetail, number>();
  readonly #headers = new Map<HeadersDetail, number>();

  /** @param now µs since the Unix epoch */
  constructor(append: (record: JournalRecord) => void, now: () => number) {
    this.#append = append;
    this.#now = now;
  }

  reset(): void {
    this.#processes.clear();
    this.#sites.clear();
    this.#headers.clear();
  }

  process(detail: ProcessDetail): number {
    return this.#number(this.#processes, detail, (number, time) => ({
      kind: 'process',
      time,
      process: { number, ...detail },
    }));
  }

  site(detail: SiteDetail): number {
    return this.#number(this.#sites, detail, (number, time) => ({
      kind: 'site',
      time,
      site: { number, ...detail.site },
      ...(detail.package === undefined ? {} : { package: detail.package }),
    }));
  }

  headers(detail: HeadersDetail): number {
    return this.#number(this.#headers, detail, (number, time) => ({
      kind: 'headers',
      time,
      headers: { number, ...detail },
    }));
  }

  #number<T>(known: Map<T, number>, detail: T, record: (number: number, time: string) => JournalRecord): number {
    const existing = known.get(detail);
    if (existing !== undefined) return existing;
    const number = known.size + 1;
    known.set(detail, number);
    this.#append(record(number, formatMicros(this.#now())));
    return number;
  }
}
