/** Attributed call sites. Threads of one program declare the same ones, and each is attributed once. */
import { createHash } from 'node:crypto';
import type { Attributor } from '../../attribution/attributor.js';
import type { SiteFrame } from '../../event/frame.js';
import type { SiteDetail } from './segment-ledger.js';

/** Beyond, sites are attributed again instead of remembered. */
const SITES_MAX = 16_384;

/** A call site as its record says it, and whether egress's own code made the call. */
export interface AttributedSite extends SiteDetail {
  readonly self: boolean;
}

export class SiteCache {
  readonly #attributor: Attributor;
  readonly #sites = new Map<string, AttributedSite>();

  constructor(attributor: Attributor) {
    this.#attributor = attributor;
  }

  get(frames: SiteFrame['frames']): AttributedSite {
    // A digest: the frames of every site, as hostile as they may be, are too much to keep twice.
    const key = createHash('sha256').update(JSON.stringify(frames)).digest('base64');
    const known = this.#sites.get(key);
    if (known !== undefined) return known;
    const { self, package: culprit, ...site } = this.#attributor.site(frames);
    const result: AttributedSite = { self, site, ...(culprit === undefined ? {} : { package: culprit }) };
    if (this.#sites.size < SITES_MAX) this.#sites.set(key, result);
    return result;
  }
}
