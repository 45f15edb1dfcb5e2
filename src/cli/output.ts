import { once } from 'node:events';

const BATCH_BYTES = 1 << 16;
const NEWLINE = Buffer.from('\n');

/**
 * Writes many lines to a stream in few calls. Waiting for the stream between batches keeps memory flat, and lets the
 * error of a reader that went away arrive.
 */
export class Output {
  readonly #stream: NodeJS.WritableStream;
  #pending: Uint8Array[] = [];
  #bytes = 0;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  /** A line, whose newline is added; undefined is no line. */
  async line(text: string | Uint8Array | undefined): Promise<void> {
    if (text === undefined) return;
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    this.#pending.push(bytes, NEWLINE);
    this.#bytes += bytes.length + 1;
    if (this.#bytes >= BATCH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#bytes === 0) return;
    const batch = Buffer.concat(this.#pending, this.#bytes);
    this.#pending = [];
    this.#bytes = 0;
    if (!this.#stream.write(batch)) await once(this.#stream, 'drain');
    // A synchronous stream reports its error only after the present task.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
