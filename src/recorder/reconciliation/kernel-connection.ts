/** A connection that the kernel observer saw a process ask for, until both observers and its end have been heard. */
import { isIP } from 'node:net';
import type { KernelOnlyReason } from '../../event/net-record.js';
import type { ConnectFacts, DatagramFacts, ProcessFacts, SocketFacts } from '../../kernel/observation.js';
import type { HooksHeard } from './hooked-processes.js';

/** Where sockets of resolvers are: who asks them asks for a name. */
export const RESOLVER_SOCKETS: ReadonlySet<string> = new Set([
  '/var/run/nscd/socket',
  '/run/nscd/socket',
  '/run/systemd/resolve/io.systemd.Resolve',
]);

const DNS_PORT = 53;

/** How long the hooks of a process have, after a connection has ended, to tell of it. They take about 5 ms. */
const HOOKS_MS_MAX = 500;
/** Datagrams to one place are one row until so long a pause; a look-up waits so long for the call it belongs to. */
const PAUSE_MS = 2_000;
/** A connection that lasts gets its row while it is open; the hooks come first, which use the same time. */
const OPEN_ROW_MS = 10_000;
export const HOOKED_OPEN_ROW_MS = 12_000;

/**
 * Looks, five a second, that brought nothing from a process: whatever it had sent is read. A program that computes hands
 * nothing over meanwhile; taken for one that keeps silent too early, its call would be called unexplained.
 */
const QUIET_TICKS = 15;
/** The same, once the process has ended: no more is on its way than what its socket holds. */
const LAST_WORDS_TICKS = 3;

export class KernelConnection {
  readonly process: ProcessFacts;
  readonly protocol: 'tcp' | 'udp' | 'unix' | 'dns';
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly path: string | undefined;
  readonly socket: number | undefined;
  readonly question: DatagramFacts['question'];
  /** µs since the Unix epoch. */
  readonly at: number;
  /** Of the monotonic clock. */
  readonly sinceMs: number;
  /** Datagrams: when the last was sent, how many bytes so far. */
  lastMs: number;
  sent: number | undefined;
  /** A datagram socket that was told where it would send to: what goes over it with write() is not seen. */
  readonly isSilent: boolean;
  /** It is silent and was told so by a look-up, which sorts addresses in that way: no traffic. */
  isPhantom = false;
  /** `closed` will come. */
  readonly isEndTold: boolean;
  /** What a call of the hooks to the same place has as well. */
  readonly target: string;

  /** A call of the hooks is this one. */
  isClaimed = false;
  /** Calls of the hooks that went over it. */
  calls = 0;
  /** As the hooks say; what the kernel says comes with the end. */
  localPort: number | undefined;
  /** seq of the row that tells of it: the kernel's own, or that of the hooks' call. */
  row: number | undefined;
  isRowOfHooks = false;
  /** Its own row was written while it was open, and waits for its totals. */
  isEndAwaited = false;
  closed: SocketFacts | undefined;
  closedMs: number | undefined;
  /** It was still open when the observer ended. */
  standing: SocketFacts | undefined;
  isDestinationChanged = false;
  #looksSinceDeath = 0;

  constructor(process: ProcessFacts, facts: ConnectFacts | DatagramFacts, nowMs: number) {
    this.process = process;
    this.address = facts.address;
    this.port = facts.port;
    this.path = facts.path;
    this.socket = facts.socket;
    this.at = facts.at;
    this.sinceMs = nowMs;
    this.lastMs = nowMs;
    const isConnect = facts.t === 'connect';
    this.isEndTold = isConnect && facts.isEndTold;
    this.question = isConnect ? undefined : facts.question;
    this.sent = isConnect ? undefined : facts.bytes;
    const carrier = isConnect ? facts.protocol : facts.path === undefined ? 'udp' : 'unix';
    this.protocol = facts.port === DNS_PORT && carrier !== 'unix' ? 'dns' : carrier;
    this.isSilent = isConnect && carrier === 'udp';
    this.target = targetKey(process.pid, facts.path ?? facts.address ?? '?', facts.port);
  }

  get transport(): 'tcp' | 'udp' | 'unix' {
    if (this.path !== undefined) return 'unix';
    return this.isSilent || this.sent !== undefined ? 'udp' : 'tcp';
  }

  /** Whether a name was asked for: at a resolver, or at a program that asks on behalf of others. */
  get isLookup(): boolean {
    return this.protocol === 'dns' || (this.path !== undefined && RESOLVER_SOCKETS.has(this.path));
  }

  /** Whether it is time for a row of the kernel's own: it is over, or it lasts so long that it gets one meanwhile. */
  stateAt(nowMs: number, hooks: HooksHeard | undefined): 'waits' | 'over' | 'lasts' {
    const isHooked = hooks !== undefined;
    const { closedMs, transport, protocol } = this;
    const age = nowMs - this.sinceMs;
    if (closedMs !== undefined) return !isHooked || this.#isHooksTurnOver(nowMs, hooks) ? 'over' : 'waits';
    if (transport === 'tcp') return age >= (isHooked ? HOOKED_OPEN_ROW_MS : OPEN_ROW_MS) ? 'lasts' : 'waits';
    if (protocol === 'dns') return age >= PAUSE_MS ? 'over' : 'waits';
    // The hooks tell of a unix or datagram socket when it closes, or when it has been open for ten seconds.
    if (isHooked) return age >= HOOKED_OPEN_ROW_MS ? 'over' : 'waits';
    return transport === 'unix' || nowMs - this.lastMs >= PAUSE_MS || age >= OPEN_ROW_MS ? 'over' : 'waits';
  }

  /**
   * Its process is gone, the last words of its hooks have been read, and nobody will tell of its end. Where the kernel
   * will, another process may hold it by now. Asked at each look.
   */
  isOrphan(nowMs: number, isAlive: (pid: number) => boolean, hooks: HooksHeard | undefined): boolean {
    if (nowMs - this.sinceMs <= PAUSE_MS || this.isEndComing || isAlive(this.process.pid)) return false;
    this.#looksSinceDeath += 1;
    return hooks === undefined || this.#looksSinceDeath > LAST_WORDS_TICKS;
  }

  /** The recorder may be behind: frames come in order, so what is missing was not told once later calls were. */
  #isHooksTurnOver(nowMs: number, hooks: HooksHeard | undefined): boolean {
    const { closed, closedMs = nowMs, sinceMs } = this;
    if (nowMs - closedMs < HOOKS_MS_MAX) return false;
    if (hooks === undefined || nowMs - sinceMs >= HOOKED_OPEN_ROW_MS) return true;
    return hooks.quietTicks >= QUIET_TICKS || (closed !== undefined && hooks.until > closed.at + HOOKS_MS_MAX * 1_000);
  }

  /** Whether it asks for this name; a resolver may append a search domain. */
  asksFor(name: string): boolean {
    const wanted = name.toLowerCase().replace(/\.$/, '');
    const question = this.question?.name;
    return question === wanted || question?.startsWith(`${wanted}.`) === true;
  }

  /** Or may: what is sent over a connected socket is not seen; to a resolver of this machine, it is a look-up. */
  mayAskFor(name: string, resolvers: ReadonlySet<string>): boolean {
    if (this.protocol !== 'dns') return false;
    if (this.question !== undefined) return this.asksFor(name);
    return isIP(name) === 0 && resolvers.has(this.address ?? '');
  }

  get isEndComing(): boolean {
    return this.isEndTold && this.closedMs === undefined;
  }

  /** The last that the kernel said of the socket. */
  get told(): SocketFacts | undefined {
    return this.closed ?? this.standing;
  }

  /**
   * Takes in what became of the socket. The kernel tells where it really went: another thread of the program may have
   * put another address in place between our look and the kernel's.
   */
  tell(facts: SocketFacts): void {
    if (facts.t === 'closed') this.closed = facts;
    else this.standing = facts;
    const { address, port } = facts;
    if (address === undefined || this.address === undefined) return;
    this.isDestinationChanged = address !== effective(this.address) || port !== this.port;
  }
}

export function targetKey(pid: number, place: string, port: number | undefined): string {
  return `${pid}\0${effective(place)}\0${port ?? ''}`;
}

/** Connecting to "any address" connects to this machine. */
function effective(address: string): string {
  return address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
}

/** A row that the kernel observer alone gives, and why. */
export interface KernelOnly {
  readonly connection: KernelConnection;
  readonly reason: KernelOnlyReason;
  readonly open: boolean;
}
