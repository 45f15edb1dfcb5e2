/** Calls that have begun and not ended, oldest first, in two lists: those the recorder has not heard of, and the rest. */
import type { Call } from '../call.js';

class CallList {
  oldest: Call | undefined = undefined;
  newest: Call | undefined = undefined;

  add(call: Call): void {
    call.older = this.newest;
    if (this.newest === undefined) this.oldest = call;
    else this.newest.newer = call;
    this.newest = call;
  }

  remove(call: Call): void {
    if (call.older === undefined) this.oldest = call.newer;
    else call.older.newer = call.newer;
    if (call.newer === undefined) this.newest = call.older;
    else call.newer.older = call.older;
    call.older = undefined;
    call.newer = undefined;
  }
}

export class OpenCalls {
  #unannounced = new CallList();
  #announced = new CallList();

  get oldestUnannounced(): Call | undefined {
    return this.#unannounced.oldest;
  }

  add(call: Call): void {
    if (call.isOpen) return;
    call.isOpen = true;
    this.#unannounced.add(call);
  }

  remove(call: Call): void {
    if (!call.isOpen) return;
    call.isOpen = false;
    (call.announced ? this.#announced : this.#unannounced).remove(call);
  }

  announce(call: Call): void {
    this.#unannounced.remove(call);
    call.announced = true;
    call.isKnown = true;
    this.#announced.add(call);
  }

  /** More is known of the call than was announced: say it once more at the next flush. */
  refresh(call: Call): void {
    if (!call.isOpen || !call.announced) return;
    this.#announced.remove(call);
    call.announced = false;
    this.#unannounced.add(call);
  }

  /** At the end of a thread, all that is still open is told again with what is known by now. */
  forgetAnnouncements(): void {
    for (let call = this.#announced.oldest; call !== undefined; call = this.#announced.oldest) this.refresh(call);
  }

  /** Forgets all. @returns how many of them the recorder was never told of */
  abandon(): number {
    this.forgetAnnouncements();
    let unknown = 0;
    for (let call = this.#unannounced.oldest; call !== undefined; call = this.#unannounced.oldest) {
      if (!call.isKnown) unknown += 1;
      this.remove(call);
    }
    return unknown;
  }

  clear(): void {
    this.#unannounced = new CallList();
    this.#announced = new CallList();
  }
}
