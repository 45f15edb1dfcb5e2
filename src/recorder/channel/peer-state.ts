/** What one thread has declared so far. */
import type { GapSubject } from '../rows/row-writer.js';
import type { HeadersDetail, ProcessDetail } from '../rows/segment-ledger.js';
import type { AttributedSite } from '../rows/site-cache.js';
import type { PeerBodies } from '../bodies/peer-bodies.js';
import { OpenCalls } from './open-calls.js';

export class PeerState {
  readonly process: ProcessDetail;
  /** EGRESS_START that the process came with. */
  readonly start: string | undefined;
  readonly bodies: PeerBodies | undefined;
  readonly sites = new Map<number, AttributedSite>();
  readonly headers = new Map<number, HeadersDetail>();
  readonly open = new OpenCalls();

  constructor(process: ProcessDetail, start: string | undefined, bodies: PeerBodies | undefined) {
    this.process = process;
    this.start = start;
    this.bodies = bodies;
  }

  get gapSubject(): GapSubject {
    return { pid: this.process.pid, executable: this.process.executable };
  }
}
