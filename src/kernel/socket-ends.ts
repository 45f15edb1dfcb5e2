/**
 * News of sockets that are gone, from the kernel's SOCK_DIAG multicast (sock_diag(7)). Needs no privilege and tells of
 * every TCP socket of this network namespace, whosever it was; the supervisor picks its own.
 */
import type { KernelCalls } from '../system/kernel-calls.js';
import { AF, ERRNO } from './abi.js';
import { decodeSocket, type SocketState } from './diag-message.js';
import { MSG_DONTWAIT, openSocketDiag } from './socket-diag.js';

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
/** Groups of inet_diag: TCP over IPv4 and IPv6. UDP sockets have no counters, and each message delays whoever closes one. */
const GROUPS = 0b0101;
const RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024;

/** Opens the multicast. @returns the descriptor, or undefined where the kernel does not offer it */
export function openSocketEnds(calls: KernelCalls): number | undefined {
  const fd = openSocketDiag(calls);
  if (fd === undefined) return undefined;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(RECEIVE_BUFFER_BYTES);
  // Beyond the system's limit where we may, up to it elsewhere.
  if (calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size) !== 0) calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF.netlink, 0);
  address.writeUInt32LE(GROUPS, 8);
  if (calls.bind(fd, address) === 0) return fd;
  calls.close(fd);
  return undefined;
}

export class SocketEnds {
  readonly fd: number;
  readonly #calls: KernelCalls;
  readonly #into = Buffer.allocUnsafeSlow(8_192);
  readonly #isWanted: (cookie: number) => boolean;

  constructor(calls: KernelCalls, fd: number, isWanted: (cookie: number) => boolean) {
    this.fd = fd;
    this.#calls = calls;
    this.#isWanted = isWanted;
  }

  /** @returns `none` when nothing waits, `lost` when the kernel had to drop some, undefined for one that is not ours */
  next(): SocketState | 'none' | 'lost' | undefined {
    const got = this.#calls.receive(this.fd, this.#into, MSG_DONTWAIT);
    if (got < 0) return this.#calls.errno() === ERRNO.ENOBUFS ? 'lost' : 'none';
    return decodeSocket(this.#into.subarray(0, got), this.#isWanted);
  }
}
