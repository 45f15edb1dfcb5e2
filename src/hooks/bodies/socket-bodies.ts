/**
 * What goes over a connection after it was upgraded to WebSocket, as it goes over the wire (inside TLS): frames of RFC
 * 6455. They are taken apart by whoever reads them, since that needs more code than should run in the program.
 */
import net from 'node:net';
import { capture, type Part } from './body.js';
import type { Call } from '../call.js';
import { captureOrder, whenCapturing } from './capture.js';
import { wrap } from '../patch.js';
import { apply, isArray } from '../primordials.js';
import type { Foreign } from '../primordials.js';
import { Stamp } from '../stamp.js';
import { hookFailed } from '../thread.js';

class Upgraded extends Stamp {
  readonly #call!: Call;
  readonly #host: unknown;

  private constructor(socket: object, call: Call, host: unknown) {
    super(socket);
    this.#call = call;
    this.#host = host;
  }

  static follow(socket: object, call: Call, host: unknown): void {
    if (!(#call in socket)) new Upgraded(socket, call, host);
  }

  static is(socket: object): boolean {
    return #call in socket;
  }

  /** @param chunk null where nothing more comes, which the other end, or the program, said in good order */
  static add(socket: Foreign, isSent: boolean, chunk: unknown, encoding?: unknown): void {
    if (!(#call in socket)) return;
    const call: Call = socket.#call;
    // A client sends the request's body, a server the response's.
    const part: Part = isSent === (call.dir === 'egress') ? 'requestBody' : 'responseBody';
    if (chunk === null) call[part]?.end('whole');
    else capture(call, part, socket.#host, chunk, encoding);
  }
}

/**
 * The connection is the program's from here on.
 * @param head what came in together with the answer to the upgrade, and is put back into the stream
 */
export function followSocket(socket: Foreign, call: Call, host: unknown, head: unknown): void {
  if (captureOrder() === undefined) return;
  Upgraded.follow(socket, call, host);
  if (head !== undefined && head !== null) Upgraded.add(socket, false, head);
}

/** What was put back into the stream already: undici does that before it tells of the upgrade. */
export function headOf(socket: Foreign): Uint8Array | undefined {
  if (!(socket?.readableLength > 0)) return undefined;
  const buffered: unknown = socket._readableState?.buffer;
  // An array since Node 22, a list with an iterator before.
  for (const chunk of (buffered as Iterable<unknown> | undefined) ?? []) {
    if (chunk instanceof Uint8Array) return chunk;
  }
  return undefined;
}

function observeWrite(socket: Foreign, isVector: unknown, data: Foreign, encoding: unknown): void {
  if (!Upgraded.is(socket)) return;
  if (isVector !== true) Upgraded.add(socket, true, data, encoding);
  else if (isArray(data)) for (const entry of data) Upgraded.add(socket, true, entry?.chunk, entry?.encoding);
}

export function observeUpgrades(): void {
  whenCapturing(() => {
    const { prototype } = net.Socket as Foreign;
    wrap(prototype, 'push', (original) => {
      return function push(this: Foreign, chunk: unknown) {
        try {
          Upgraded.add(this, false, chunk);
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
    // Called once all was written, and before that is said to the other end.
    wrap(prototype, '_final', (original) => {
      return function final(this: Foreign) {
        try {
          Upgraded.add(this, true, null);
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
    wrap(prototype, '_writeGeneric', (original) => {
      return function write(this: Foreign, isVector: unknown, data: unknown, encoding: unknown) {
        try {
          observeWrite(this, isVector, data, encoding);
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
  });
}
