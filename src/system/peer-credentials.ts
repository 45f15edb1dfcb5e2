import { ffi } from './ffi.js';

/** Who is at the other end of a unix socket, as the kernel says, so that a peer cannot lie about it. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/**
 * Linux only: the struct and its option number differ elsewhere.
 * @returns undefined where the system cannot tell; the caller then has only what the peer claims
 */
export function peerCredentials(fd: number): PeerCredentials | undefined {
  if (process.platform !== 'linux') return undefined;
  const bindings = ffi();
  if ('reason' in bindings) return undefined;
  const credentials = Buffer.alloc(12);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(credentials.length);
  if (bindings.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0) return undefined;
  return { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4), gid: credentials.readUInt32LE(8) };
}
