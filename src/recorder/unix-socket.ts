/** What both of the recorder's sockets need. */
import type { Server, Socket } from 'node:net';

/** Node 20 cuts a longer path without a word, and binds elsewhere (sun_path holds 108 bytes). */
export const SOCKET_PATH_BYTES_MAX = 100;

/** libuv's handle knows its descriptor on POSIX systems; Node does not document it, so its absence is no error. */
export function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: unknown } };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

export function listenAt(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, backlog: 4096 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
