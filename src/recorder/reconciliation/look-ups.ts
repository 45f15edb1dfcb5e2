/**
 * Which datagram sockets were connected just to sort what a look-up found. getaddrinfo connects one to each address, to
 * learn by which address of ours it is reached, and sends nothing.
 */
import type { KernelConnection } from './kernel-connection.js';

/** So long after its question a look-up sorts what it got, at the most: two resolvers have failed by then. */
const LOOKUP_MS_MAX = 10_000;

const THIS_MACHINE = /^(127\.|0\.0\.0\.0$|::1?$)/;

export class LookUps {
  /** When each process last asked for a name, by the monotonic clock. */
  readonly #askedMs = new Map<number, number>();

  /**
   * Takes connections in the order in which they were asked for.
   * @returns whether this one is most likely no traffic: a silent one to no port, to this machine, or right after a look-up
   */
  isPhantom({ isLookup, isSilent, process, address = '', port, sinceMs }: KernelConnection): boolean {
    if (isLookup) this.#askedMs.set(process.pid, sinceMs);
    if (isLookup || !isSilent) return false;
    const askedMs = this.#askedMs.get(process.pid) ?? -Infinity;
    return port === 0 || THIS_MACHINE.test(address) || sinceMs - askedMs < LOOKUP_MS_MAX;
  }
}
