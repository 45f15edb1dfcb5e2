/** The unix socket that the hooks connect to: in a fresh private folder, never abstract, gone when the run ends. */
import { chmodSync, lchownSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import { EgressError, systemCode } from '../../core/error.js';
import type { ProgramUser } from '../../core/launcher.js';
import { PEERS_MAX } from '../../core/limits.js';
import { descriptorOf, listenAt } from '../unix-socket.js';
import { HookFolder } from './hook-folder.js';

export interface HookServer {
  readonly path: string;
  /** 128 random bits in hex: shows that a peer was started inside this run. */
  readonly token: string;
  readonly folder: HookFolder;
  close(): void;
}

/**
 * To connect takes the right to write to the socket, which that user alone gets; the folder stays ours, so that nobody
 * can put another socket in its place.
 */
function openTo({ uid, gid }: ProgramUser, { path, socket }: HookFolder): void {
  lchownSync(socket, uid, gid);
  chmodSync(path, 0o711);
}

/**
 * @param onConnection is given each accepted socket and its descriptor; who is at its other end is for the caller to find out
 * @param onRefused is called for each connection that was closed at once, as there are PEERS_MAX already
 * @param user who alone may connect, where that is not us
 * @throws JOURNAL_UNWRITABLE when no folder for the socket can be made
 */
export async function listenForHooks(
  onConnection: (socket: Socket, fd: number | undefined) => void,
  onRefused: () => void,
  user?: ProgramUser,
): Promise<HookServer> {
  const folder = HookFolder.create(user !== undefined);
  const path = folder.socket;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    onConnection(socket, descriptorOf(socket));
  });
  server.maxConnections = PEERS_MAX;
  server.on('drop', onRefused);
  try {
    await listenAt(server, path);
    chmodSync(path, 0o600);
    if (user !== undefined) openTo(user, folder);
  } catch (error) {
    folder.remove();
    throw new EgressError('JOURNAL_UNWRITABLE', `cannot listen on ${path}: ${systemCode(error) ?? 'unknown error'}`, {
      hint: 'Set TMPDIR to a folder on a local file system.',
      cause: error,
    });
  }
  // Errors of accept (EMFILE) must not end the recorder: the peers that did connect go on.
  server.on('error', () => undefined);
  return {
    path,
    token: randomBytes(16).toString('hex'),
    folder,
    close(): void {
      server.close();
      folder.remove();
    },
  };
}
