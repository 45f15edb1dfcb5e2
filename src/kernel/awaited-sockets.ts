/** Sockets that the program asked to connect, until they are gone; and how those stand that outlast the observer. */
import type { KernelCalls } from '../system/kernel-calls.js';
import type { SocketState } from './diag-message.js';
import type { SocketFacts } from './observation.js';
import { dumpSockets } from './socket-dump.js';
import { SocketEnds } from './socket-ends.js';
import type { SocketIdentity, SocketProbe } from './socket-probe.js';

const SOCKETS_MAX = 65_536;
/** For the look at what still stands: calls of the program wait meanwhile. */
const DUMP_MS_MAX = 250;
const PROBES_MS_MAX = 100;

/** Where a socket was when it was told to connect. */
interface Place {
  readonly pid: number;
  readonly fd: number;
}

export class AwaitedSockets {
  readonly #calls: KernelCalls;
  readonly #probe: SocketProbe;
  readonly #ends: SocketEnds | undefined;
  readonly #places = new Map<number, Place>();
  readonly #now: () => number;

  /**
   * @param endsFd the multicast of socket-ends.ts, -1 where there is none
   * @param now µs since the Unix epoch
   */
  constructor(calls: KernelCalls, probe: SocketProbe, endsFd: number, now: () => number) {
    this.#calls = calls;
    this.#probe = probe;
    this.#ends = endsFd < 0 ? undefined : new SocketEnds(calls, endsFd, (cookie) => this.#places.has(cookie));
    this.#now = now;
  }

  /** @returns whether its end will be told */
  add({ cookie, fd }: SocketIdentity, pid: number): boolean {
    if (this.#ends === undefined || this.#places.size >= SOCKETS_MAX) return false;
    this.#places.set(cookie, { pid, fd });
    return true;
  }

  /** Takes in what the kernel has told by now, at most `countMax` sockets, whosever they were. */
  takeEnded(countMax: number, tell: (news: SocketFacts | 'lost') => void): void {
    for (let count = 0; this.#ends !== undefined && count < countMax; count += 1) {
      const end = this.#ends.next();
      if (end === 'none') return;
      if (end === 'lost') tell('lost');
      else if (end !== undefined) {
        this.#places.delete(end.cookie);
        tell(this.#facts('closed', end));
      }
    }
  }

  /**
   * Those that are left. One that nobody holds any more has ended as far as the program is concerned: the kernel has only
   * its last packets to see to. The news of sockets is a network namespace's own, and so is the list of them: one in
   * another is looked at where it was.
   */
  *standing(): Generator<SocketFacts, void> {
    const seen = new Set<number>();
    for (const socket of dumpSockets(this.#calls, (cookie) => this.#places.has(cookie), DUMP_MS_MAX)) {
      seen.add(socket.cookie);
      yield this.#facts(socket.isHeld ? 'standing' : 'closed', socket);
    }
    const deadline = performance.now() + PROBES_MS_MAX;
    for (const [cookie, { pid, fd }] of this.#places) {
      if (seen.has(cookie)) continue;
      if (performance.now() > deadline) return;
      const counters = this.#probe.counters(pid, fd, cookie);
      if (counters !== undefined) yield { t: 'standing', socket: cookie, at: this.#now(), localPort: 0, ...counters };
    }
  }

  #facts(t: SocketFacts['t'], socket: SocketState): SocketFacts {
    const { cookie, localPort, address, port, sent, received, established } = socket;
    return { t, socket: cookie, at: this.#now(), localPort, address, port, sent, received, established };
  }
}
