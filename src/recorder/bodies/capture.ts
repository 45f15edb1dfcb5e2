/**
 * Whether bodies are captured, and of which calls: as officers ordered it in the journal. Tells the threads that it
 * concerns, takes their bodies in, and stops by itself when the time that was ordered is over.
 */
import { matchesWildcard } from '../../core/wildcard.js';
import type { BodyFrame, CallFrame, CaptureOrder } from '../../event/frame.js';
import type { GapReason } from '../../event/gap-reason.js';
import type { StoredBody } from '../../event/officer-record.js';
import type { OpenCapture } from '../../officers/capture.js';
import { BodyBudget } from './body-budget.js';
import { BodySealer, type BodySealerOptions } from './body-sealer.js';
import { PeerBodies } from './peer-bodies.js';

/** Of all threads: in the making, and waiting to be sealed. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;
/** After the end of an order's time, until when what it let begin is stored. A verifier allows twice as long. */
const STORE_MS_MAX = 30_000;
/** Pieces that were on their way when capture was switched off are no trespass. */
const LATE_MS_MAX = 2_000;
/** How long the end of a run waits for bodies to be sealed. */
const FINISH_MS_MAX = 5_000;

const PACKAGE_PREFIX = 'pkg:';
const SWITCHING_PROTOCOLS = 101;

/** A server that refuses the upgrade answers with a body like any other. */
const isWebSocket = ({ ch, status }: CallFrame): boolean => ch === 'ws' && status === SWITCHING_PROTOCOLS;

/** A thread that can be told. */
interface Listener {
  orderCapture(order: CaptureOrder | undefined): void;
}

export interface CaptureOptions {
  /** Of one body. */
  readonly bytesMax: number;
  /** What officers have ordered and the journal's clock has not ended. */
  readonly mandate: () => OpenCapture | undefined;
  /** Where bodies go, and who can read them. */
  readonly sealing: Pick<BodySealerOptions, 'place' | 'worker' | 'segment'>;
  readonly onStored: (stored: StoredBody) => void;
  /** Capture stopped by itself. */
  readonly onExpired: (mandate: OpenCapture) => void;
  readonly onGap: (reason: GapReason, count: number, pid?: number) => void;
  /** All that are connected. */
  readonly listeners: () => Iterable<Listener>;
}

export class Capture {
  readonly #options: CaptureOptions;
  readonly #budget = new BodyBudget(HELD_BYTES_MAX);
  readonly #sealer: BodySealer;
  readonly #gone = new Set<PeerBodies>();
  readonly #present = new Set<PeerBodies>();
  #mandate: OpenCapture | undefined;
  /** Of the mandate in force, or of the last one that was: for bodies that it let begin. */
  #match: string | undefined;
  #recipients: readonly string[] = [];
  #wasOn = false;
  #stoppedAtMs = -LATE_MS_MAX;
  /** `performance.now()` until which bodies may be stored that were captured before capture ended. */
  #storeUntilMs = 0;

  constructor(options: CaptureOptions) {
    this.#options = options;
    const { sealing, onStored, onGap } = options;
    const onLost = (count: number): void => {
      onGap('body_lost', count);
    };
    this.#sealer = new BodySealer({
      ...sealing,
      recipients: () => this.#recipients,
      budget: this.#budget,
      mayStore: () => this.#mayStore,
      onStored,
      onLost,
    });
  }

  /** What a thread that joins now has to know. */
  get order(): CaptureOrder | undefined {
    const { bytesMax } = this.#options;
    if (this.#mandate === undefined) return undefined;
    const { match } = this.#mandate;
    // Only the recorder knows packages: for those the threads send all, and what does not match goes no further.
    const hosts = match === undefined || match.startsWith(PACKAGE_PREFIX) ? [] : [match.toLowerCase()];
    return { bytesMax, hosts };
  }

  get #mayStore(): boolean {
    return this.#mandate !== undefined || performance.now() < this.#storeUntilMs;
  }

  /** Somebody has handed in a statement: tells all threads if that changes anything for them. */
  follow(): void {
    const before = this.#mandate;
    const mandate = this.#options.mandate();
    if (mandate !== undefined) this.#recipients = mandate.recipients;
    if (before?.seq === mandate?.seq) return;
    this.#mandate = mandate;
    this.#wasOn = true;
    if (mandate !== undefined) this.#match = mandate.match;
    else this.#stop(0);
    for (const listener of this.#options.listeners()) listener.orderCapture(this.order);
  }

  /** @param storeMs how long what was captured may be stored */
  #stop(storeMs: number): void {
    this.#stoppedAtMs = performance.now();
    this.#storeUntilMs = this.#stoppedAtMs + storeMs;
    for (const bodies of this.#present) bodies.closeAll(false);
  }

  /** A thread has joined. What it was started with may be out of date. */
  join(listener: Listener, pid: number): PeerBodies {
    const { onGap, bytesMax } = this.#options;
    if (this.#wasOn) listener.orderCapture(this.order);
    const bodies = new PeerBodies({
      budget: this.#budget,
      bytesMax: () => bytesMax,
      onFinished: (body) => {
        if (this.#mayStore) this.#sealer.add(body);
        else this.#budget.give(body.bytes.length);
      },
      onLost(count) {
        onGap('body_lost', count, pid);
      },
    });
    this.#present.add(bodies);
    return bodies;
  }

  leave(bodies: PeerBodies): void {
    bodies.closeAll(true);
    this.#present.delete(bodies);
    this.#gone.add(bodies);
  }

  take(bodies: PeerBodies, pid: number, frame: BodyFrame): void {
    const nowMs = performance.now();
    if (this.#mandate !== undefined) bodies.take(frame, nowMs);
    else if (nowMs - this.#stoppedAtMs > LATE_MS_MAX) this.#options.onGap('body_unasked', 1, pid);
  }

  /** The row of a call was written: its bodies belong to it. */
  link(bodies: PeerBodies, frame: CallFrame, net: number, packageName: string | undefined): void {
    const { req, res } = frame;
    if (req === undefined && res === undefined) return;
    const nowMs = performance.now();
    const isWanted = this.#isWanted(frame, packageName);
    const row = { net, ...(isWebSocket(frame) ? { protocol: 'websocket' as const } : {}) };
    if (req !== undefined) bodies.link(req, isWanted ? { ...row, part: 'request' } : undefined, nowMs);
    if (res !== undefined) bodies.link(res, isWanted ? { ...row, part: 'response' } : undefined, nowMs);
  }

  /** Inbound calls name no host: a pattern for hosts never takes them in. */
  #isWanted({ dir, host }: CallFrame, packageName: string | undefined): boolean {
    const match = this.#match;
    if (match === undefined) return true;
    if (match.startsWith(PACKAGE_PREFIX)) return matchesWildcard(match.slice(PACKAGE_PREFIX.length), packageName ?? '');
    return dir === 'egress' && host !== undefined && matchesWildcard(match.toLowerCase(), host.toLowerCase());
  }

  /** Once a second. */
  tick(): void {
    const mandate = this.#mandate;
    // Statements are followed at once: if nobody has said anything, its time is over.
    if (mandate !== undefined && this.#options.mandate() === undefined) {
      this.#mandate = undefined;
      this.#stop(STORE_MS_MAX);
      for (const listener of this.#options.listeners()) listener.orderCapture(undefined);
      this.#options.onExpired(mandate);
    } else this.follow();
    const nowMs = performance.now();
    for (const bodies of this.#present) bodies.sweep(nowMs);
    for (const bodies of this.#gone) {
      bodies.sweep(nowMs);
      if (bodies.isEmpty) this.#gone.delete(bodies);
    }
  }

  /** The run is over, and all its rows are written. */
  async finish(): Promise<void> {
    for (const bodies of [...this.#present]) this.leave(bodies);
    await this.#sealer.finish(FINISH_MS_MAX);
    for (const bodies of this.#gone) bodies.sweep(Infinity);
  }
}
