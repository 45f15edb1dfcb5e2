/** Bodies that HTTP/1 messages bring in: a request at a server, a response at a client. */
import http from 'node:http';
import { capture, type Part } from './body.js';
import type { Call } from '../call.js';
import { captureOrder, whenCapturing } from './capture.js';
import { wrap } from '../patch.js';
import { apply } from '../primordials.js';
import type { Foreign } from '../primordials.js';
import { Stamp } from '../stamp.js';
import { hookFailed } from '../thread.js';

class Incoming extends Stamp {
  readonly #call!: Call;
  readonly #part: Part;
  readonly #host: unknown;

  private constructor(message: object, call: Call, part: Part, host: unknown) {
    super(message);
    this.#call = call;
    this.#part = part;
    this.#host = host;
  }

  static follow(message: object, call: Call, part: Part, host: unknown): void {
    if (!(#call in message)) new Incoming(message, call, part, host);
  }

  static observe(message: Foreign, chunk: unknown): void {
    if (!(#call in message) || chunk === null) return;
    try {
      capture(message.#call, message.#part, message.#host, chunk);
    } catch {
      hookFailed();
    }
  }
}

/** The chunks of `message`, from here on, are a body of `call`. */
export function followMessage(message: Foreign, call: Call, part: Part, host?: unknown): void {
  if (captureOrder() !== undefined) Incoming.follow(message, call, part, host);
}

/** The message has come to its end, and its reader was given all of it. */
export function isWhole(message: Foreign): boolean {
  return message?.complete === true && message._dumped !== true;
}

export function observeMessages(): void {
  whenCapturing(() => {
    // The parser pushes each chunk to whoever reads, paused or not.
    wrap(http.IncomingMessage.prototype, 'push', (original) => {
      return function push(this: Foreign, chunk: unknown) {
        Incoming.observe(this, chunk);
        return apply(original, this, arguments);
      };
    });
  });
}
