/** What both of the recorder's sockets need. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EgressError } from '../core/error.js';

/** Node 20 cuts a longer path without a word, and binds elsewhere (sun_path holds 108 bytes). */
const SOCKET_PATH_BYTES_MAX = 100;

/**
 * A fresh folder that only we can enter, with a path short enough for a socket in it.
 * @param isShared whether another user has to reach it: below root's own folders it could not
 * @throws JOURNAL_UNWRITABLE
 */
export function privateFolder(isShared = false): string {
  const candidates = isShared ? ['/run', '/tmp'] : [process.env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp'];
  let cause: unknown;
  for (const base of candidates) {
    if (base === undefined || !base.startsWith('/')) continue;
    if (Buffer.byteLength(join(base, 'egress-XXXXXX', 'keys/control')) > SOCKET_PATH_BYTES_MAX) continue;
    try {
      // mkdtemp creates with 0700, whatever the umask.
      return mkdtempSync(join(base, 'egress-'));
    } catch (error) {
      cause = error;
    }
  }
  throw new EgressError('JOURNAL_UNWRITABLE', 'found no folder for the socket that the program reports to', {
    hint: 'Set TMPDIR to a writable folder with a path of less than 80 bytes.',
    cause,
  });
}

/**
 * Calls `use` with a path that a socket at `path` can be bound or connected to by: that path itself, or a shorter one
 * through a link to its folder, which nobody else can exchange and which is gone afterwards.
 * @throws JOURNAL_UNWRITABLE, and what `use` throws
 */
export async function withShortPath<T>(path: string, use: (short: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return use(path);
  const folder = privateFolder();
  try {
    const link = join(folder, 'keys');
    symlinkSync(dirname(path), link);
    return await use(join(link, basename(path)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

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
