import type { EgressError } from '../../core/error.js';
import type { JournalWriter } from '../../journal/writer.js';

/** Appends what came in during one turn of the event loop in one write. */
export class FlushEachTurn {
  readonly #writer: JournalWriter;
  readonly #onFailure: (failure: EgressError) => void;
  #scheduled = false;
  #hasFailed = false;

  constructor(writer: JournalWriter, onFailure: (failure: EgressError) => void) {
    this.#writer = writer;
    this.#onFailure = onFailure;
  }

  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#writer.flush();
      const { failure } = this.#writer;
      if (failure === undefined || this.#hasFailed) return;
      this.#hasFailed = true;
      this.#onFailure(failure);
    });
  }
}
