/**
 * Finished bodies on their way into the store, through a thread that seals them one after the other. A disk that is slow,
 * or full, costs bodies, which are counted, and never a row.
 */
import { Worker } from 'node:worker_threads';
import type { StoredBody } from '../../event/officer-record.js';
import type { BodyBudget } from './body-budget.js';
import type { BodyPlace } from './body-vault.js';
import type { FinishedBody } from './peer-bodies.js';

/** Bodies that wait, however small they are. */
const WAITING_MAX = 4_096;
/** Handed to the thread and not answered: enough to keep it busy, and few enough to be lost with it. */
const UNDER_WAY_MAX = 8;
const POLL_MS = 5;

export interface SealOrder {
  readonly segment: number;
  readonly recipients: readonly string[];
  readonly body: FinishedBody;
}

export type SealReply = { readonly stored: StoredBody } | { readonly failure: string };

export interface BodySealerOptions {
  readonly budget: BodyBudget;
  readonly place: BodyPlace;
  /** The thread's code. */
  readonly worker: URL;
  /** Number of the open segment. */
  readonly segment: () => number;
  /** Age recipients of the officers in force. */
  readonly recipients: () => readonly string[];
  /** Whether a body may be stored now: with an officer's word taken back, none may, also of those that wait. */
  readonly mayStore: () => boolean;
  readonly onStored: (stored: StoredBody) => void;
  readonly onLost: (count: number) => void;
}

export class BodySealer {
  readonly #options: BodySealerOptions;
  readonly #waiting: FinishedBody[] = [];
  /** Sizes of what the thread works on; it answers in this order. */
  #underWay: number[] = [];
  #worker: Worker | undefined;
  /** The thread could not be started, or ended. */
  #isBroken = false;

  constructor(options: BodySealerOptions) {
    this.#options = options;
  }

  /** What it holds was taken from the budget before, and is given back here. */
  add(body: FinishedBody): void {
    if (this.#isBroken || this.#waiting.length >= WAITING_MAX) this.#lose([body.bytes.length]);
    else {
      this.#waiting.push(body);
      this.#hand();
    }
  }

  #hand(): void {
    if (!this.#options.mayStore()) this.#lose(this.#waiting.splice(0).map(({ bytes }) => bytes.length));
    while (this.#underWay.length < UNDER_WAY_MAX && !this.#isBroken) {
      const body = this.#waiting.shift();
      if (body === undefined) return;
      this.#underWay.push(body.bytes.length);
      const { segment, recipients } = this.#options;
      const order: SealOrder = { segment: segment(), recipients: recipients(), body };
      this.#worker ??= this.#start();
      this.#worker.postMessage(order, [body.bytes.buffer]);
    }
  }

  /** The first body starts it: a run that captures nothing has no thread for it. */
  #start(): Worker {
    const { worker: code, place } = this.#options;
    const worker = new Worker(code, { workerData: place });
    worker.unref();
    worker.on('message', (reply: SealReply) => {
      this.#take(reply);
    });
    worker.on('error', () => {
      this.#break();
    });
    worker.on('exit', () => {
      this.#break();
    });
    return worker;
  }

  #take(reply: SealReply): void {
    const bytes = this.#underWay.shift() ?? 0;
    if ('stored' in reply && this.#options.mayStore()) {
      this.#options.budget.give(bytes);
      this.#options.onStored(reply.stored);
    } else this.#lose([bytes]);
    this.#hand();
  }

  #break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#lose([...this.#underWay.splice(0), ...this.#waiting.splice(0).map(({ bytes }) => bytes.length)]);
  }

  #lose(sizes: readonly number[]): void {
    for (const bytes of sizes) this.#options.budget.give(bytes);
    if (sizes.length > 0) this.#options.onLost(sizes.length);
  }

  /**
   * At the end of the run: waits for what is left, but not for ever, and counts what could not be stored. A body that is
   * being written just then may lie in the store without a record that names it.
   */
  async finish(msMax: number): Promise<void> {
    const deadline = performance.now() + msMax;
    while (this.#underWay.length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.#break();
    await this.#worker?.terminate();
  }
}
