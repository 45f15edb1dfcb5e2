import type { KernelCalls } from '../system/kernel-calls.js';
import { decodeCounters, type SocketCounters } from './diag-message.js';

const SOL_SOCKET = 1;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
/** More than any kernel's struct tcp_info has. */
const TCP_INFO_BYTES = 512;
const OPTION = { type: 3, cookie: 57 } as const;
/** Open pidfds; each is a descriptor of the recorder. */
const PIDFDS_MAX = 64;

/** What a socket is, as the kernel says. */
export interface SocketIdentity {
  /** Names the socket for as long as the machine runs. */
  readonly cookie: number;
  readonly type: number;
  /** Its descriptor in the process that it was looked at in. */
  readonly fd: number;
}

/**
 * Looks at a socket of another process through a copy of its descriptor, which is closed at once: a copy that stayed
 * would keep the connection from ending when the program closes it.
 */
export class SocketProbe {
  readonly #calls: KernelCalls;
  readonly #pidfds = new Map<number, number>();
  readonly #value = new BigUint64Array(1);
  readonly #length = new Uint32Array(1);

  constructor(calls: KernelCalls) {
    this.#calls = calls;
  }

  /** @returns undefined where the descriptor is no socket, or may not be looked at */
  look(pid: number, fd: number): SocketIdentity | undefined {
    const copy = this.#copy(pid, fd);
    if (copy < 0) return undefined;
    try {
      const cookie = this.#option(copy, OPTION.cookie, 8);
      const type = this.#option(copy, OPTION.type, 4);
      return cookie === undefined || type === undefined ? undefined : { cookie, type, fd };
    } finally {
      this.#calls.close(copy);
    }
  }

  /**
   * Counters of a socket in whatever network namespace, as long as the process has it where it had it when it connected.
   * @returns undefined where that is another socket by now, or none
   */
  counters(pid: number, fd: number, cookie: number): SocketCounters | undefined {
    const copy = this.#copy(pid, fd);
    if (copy < 0) return undefined;
    try {
      if (this.#option(copy, OPTION.cookie, 8) !== cookie) return undefined;
      const info = Buffer.alloc(TCP_INFO_BYTES);
      this.#length[0] = info.length;
      if (this.#calls.getsockopt(copy, IPPROTO_TCP, TCP_INFO, info, this.#length) !== 0) return undefined;
      return decodeCounters(info.subarray(0, this.#length[0]));
    } finally {
      this.#calls.close(copy);
    }
  }

  #copy(pid: number, fd: number): number {
    const known = this.#pidfds.get(pid);
    if (known !== undefined) {
      const copy = this.#calls.pidfdGetfd(known, fd);
      if (copy >= 0) return copy;
      // That process may have ended, and this be another one with its pid.
      this.#calls.close(known);
      this.#pidfds.delete(pid);
    }
    const pidfd = this.#calls.pidfdOpen(pid);
    if (pidfd < 0) return -1;
    if (this.#pidfds.size >= PIDFDS_MAX) this.#closeOldest();
    this.#pidfds.set(pid, pidfd);
    return this.#calls.pidfdGetfd(pidfd, fd);
  }

  #closeOldest(): void {
    for (const [pid, pidfd] of this.#pidfds) {
      this.#calls.close(pidfd);
      this.#pidfds.delete(pid);
      return;
    }
  }

  #option(fd: number, name: number, bytes: number): number | undefined {
    this.#length[0] = bytes;
    this.#value[0] = 0n;
    if (this.#calls.getsockopt(fd, SOL_SOCKET, name, this.#value, this.#length) !== 0) return undefined;
    return Number(this.#value[0]);
  }
}
