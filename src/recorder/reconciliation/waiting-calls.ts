/** Calls that the hooks told of, while the kernel's account of them is awaited. */
import type { CallFrame } from '../../event/frame.js';
import type { Claim } from './reconciler.js';

/** The kernel's account takes microseconds; a recorder that is behind may need this long to come to it. */
const WAIT_MS_MAX = 50;
const WAITING_MAX = 4_096;

export interface WaitingCall<Origin> {
  /** Whose call it is. */
  readonly origin: Origin;
  readonly frame: CallFrame;
  /** Of `performance.now()`. */
  readonly since: number;
  /** Its thread ended before the call did: what its socket's end tells is awaited too. */
  readonly isCutOff: boolean;
  /** seq of the row that was written while it was open. */
  readonly row?: number | undefined;
  claim?: Claim | undefined;
}

export class WaitingCalls<Origin> {
  readonly #claim: (call: WaitingCall<Origin>, isPatient: boolean) => Claim | 'wait';
  readonly #write: (call: WaitingCall<Origin>, claim: Claim) => void;
  #calls: WaitingCall<Origin>[] = [];

  constructor(
    claim: (call: WaitingCall<Origin>, isPatient: boolean) => Claim | 'wait',
    write: (call: WaitingCall<Origin>, claim: Claim) => void,
  ) {
    this.#claim = claim;
    this.#write = write;
  }

  get hasRoom(): boolean {
    return this.#calls.length < WAITING_MAX;
  }

  add(call: WaitingCall<Origin>): void {
    this.#calls.push(call);
  }

  /**
   * The kernel's account has grown, or a moment has passed: calls whose wait is over are written.
   * @returns whether any waited
   */
  settle(): boolean {
    if (this.#calls.length === 0) return false;
    const now = performance.now();
    for (const call of this.#take()) {
      const isPatient = now - call.since < WAIT_MS_MAX && this.hasRoom;
      const claim = call.claim ?? this.#claim(call, isPatient);
      if (claim === 'wait') this.add(call);
      else if (isPatient && call.isCutOff && claim.connection?.isEndComing === true) this.add({ ...call, claim });
      else this.#write(call, claim);
    }
    return true;
  }

  /** No account comes any more. */
  finish(): void {
    for (const call of this.#take()) {
      const claim = call.claim ?? this.#claim(call, false);
      if (claim !== 'wait') this.#write(call, claim);
    }
  }

  #take(): WaitingCall<Origin>[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }
}
