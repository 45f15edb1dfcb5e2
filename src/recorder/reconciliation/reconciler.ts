/**
 * Puts the two observers' accounts together. The hooks say which package made a call, and could be lied to; the
 * kernel says what a process asked for, and knows no packages. A call that both saw is one row.
 */
import type { CallFrame } from '../../event/frame.js';
import type { HooksOnlyReason, KernelOnlyReason, ReconcileRecord } from '../../event/net-record.js';
import type { ConnectFacts, DatagramFacts, ProcessFacts, SocketFacts } from '../../kernel/observation.js';
import { formatMicros } from '../../core/timestamp.js';
import { canonicalAddress } from './canonical-address.js';
import { findConnection } from './connection-search.js';
import { ConnectionTable } from './connection-table.js';
import { HookedProcesses } from './hooked-processes.js';
import {
  HOOKED_OPEN_ROW_MS,
  KernelConnection,
  RESOLVER_SOCKETS,
  type KernelOnly,
  targetKey,
} from './kernel-connection.js';
import { LookUps } from './look-ups.js';

/** A connection that has ended is remembered so long, for calls over it that are told of late. */
const FORGET_MS = 5_000;

export interface Claim {
  readonly observer: 'both' | 'hooks';
  readonly reason?: HooksOnlyReason;
  readonly connection?: KernelConnection;
}

export interface ReconcilerOptions {
  /** Addresses of resolv.conf. */
  readonly resolvers: ReadonlySet<string>;
  /** Some channels of the hooks are switched off. */
  readonly hasDisabledChannels: boolean;
  readonly exists: (path: string) => boolean;
  /** µs since the Unix epoch. */
  readonly now: () => number;
}

export class Reconciler {
  /** Path of the hooks' own socket. */
  hookSocket = '';

  readonly #options: ReconcilerOptions;
  readonly #processes = new Map<number, ProcessFacts>();
  readonly #hooked = new HookedProcesses();
  readonly #table = new ConnectionTable();
  readonly #records: ReconcileRecord[] = [];
  /** Connections that had to make room before they had a row. */
  readonly #evicted: KernelConnection[] = [];
  readonly #ended: KernelConnection[] = [];
  readonly #lookUps = new LookUps();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  onProcess(facts: ProcessFacts): void {
    this.#processes.set(facts.n, facts);
  }

  process(n = 0): ProcessFacts | undefined {
    return this.#processes.get(n);
  }

  onConnect(facts: ConnectFacts, nowMs: number): void {
    const process = this.#processes.get(facts.process);
    if (process === undefined) return;
    if (facts.path === this.hookSocket) {
      this.#hooked.join(process);
      return;
    }
    const { path } = facts;
    // Every look-up tries this; where nobody listens, nothing was asked.
    if (path !== undefined && RESOLVER_SOCKETS.has(path) && !this.#options.exists(path)) return;
    const known = facts.socket === undefined ? [] : [...this.#table.ofSocket(facts.socket)];
    // Programs ask again to learn how a connect went, and interrupted calls begin anew.
    if (known.some(({ address, port }) => address === facts.address && port === facts.port)) return;
    this.#add(new KernelConnection(process, facts, nowMs));
  }

  onDatagrams(facts: DatagramFacts, nowMs: number): void {
    const process = this.#processes.get(facts.process);
    if (process === undefined) return;
    const flow = new KernelConnection(process, facts, nowMs);
    // What was seen to be sent tells more than that its socket was told where to.
    for (const other of this.#table.ofSocket(flow.socket ?? -1)) {
      if (other.isSilent && other.row === undefined && other.target === flow.target)
        this.#table.claim(other, undefined);
    }
    const known = this.#flowLike(flow);
    if (known === undefined) {
      this.#add(flow);
      return;
    }
    known.sent = (known.sent ?? 0) + facts.bytes;
    known.lastMs = nowMs;
  }

  /** What is sent from the same socket to the same place, and asks for the same name. */
  #flowLike(flow: KernelConnection): KernelConnection | undefined {
    const isLike = ({ socket, sent, process, question }: KernelConnection): boolean =>
      sent !== undefined &&
      socket === flow.socket &&
      process === flow.process &&
      question?.name === flow.question?.name &&
      question?.type === flow.question?.type;
    for (const other of this.#table.pendingTo(flow.target)) if (isLike(other)) return other;
    // The hooks have one row for all that a socket sends to one place, and may have told of it while it was open.
    const claimed = this.#table.lastClaimed(flow.target);
    return claimed !== undefined && isLike(claimed) ? claimed : undefined;
  }

  #add(connection: KernelConnection): void {
    connection.isPhantom = this.#lookUps.isPhantom(connection);
    const evicted = this.#table.add(connection);
    if (evicted === undefined || evicted.isClaimed || evicted.row !== undefined || evicted.isPhantom) return;
    this.#evicted.push(evicted);
  }

  /** A socket is gone, or nobody will tell of its end any more. */
  onSocket(facts: SocketFacts, nowMs: number): void {
    const connections = [...this.#table.ofSocket(facts.socket)];
    if (facts.t === 'closed') for (const connection of connections) connection.closedMs = nowMs;
    const last =
      connections.find(({ address, port }) => address === facts.address && port === facts.port) ?? connections.at(-1);
    const wasChanged = last?.isDestinationChanged;
    last?.tell(facts);
    if (last?.row === undefined) return;
    if (last.isDestinationChanged && wasChanged === false) this.#noteChange(last);
    if (last.isEndAwaited) this.#ended.push(last);
    last.isEndAwaited = false;
  }

  #noteChange({ row, told }: KernelConnection): void {
    const { address, port } = told ?? {};
    if (row === undefined || address === undefined || port === undefined) return;
    const time = formatMicros(this.#options.now());
    this.#records.push({ kind: 'reconcile', time, rows: [row], what: 'destination_changed', peer: { address, port } });
  }

  /** Calls of this process may be missing from what the hooks told. */
  onLoss(pid: number): void {
    this.#hooked.noteLoss(pid);
  }

  /** A call that the hooks told of. Where a reason is given, the kernel's account may just not have come yet. */
  claim(pid: number, frame: CallFrame): Claim {
    const isHooked = this.#hooked.hear(pid, frame);
    if (frame.dir === 'ingress') return isHooked ? this.#claimAnswers(pid, frame) : { observer: 'hooks' };
    if (!isHooked) return { observer: 'hooks', reason: 'process_unseen' };
    this.absorbLookups(pid, frame);
    if (frame.ch === 'dns') return this.#claimLookup(pid, frame);
    const connection = findConnection(this.#table, pid, frame);
    for (const address of frame.tried ?? []) this.#claimTried(pid, address, frame.pport);
    if (connection !== undefined) {
      this.#table.claim(connection, frame.lport);
      connection.calls += 1;
      if (frame.ch === 'udp') this.#claimDatagrams(connection);
      return { observer: 'both', connection };
    }
    // The program may look at our own channel, which is no call of its own to the kernel observer.
    if (frame.ch === 'unix' && frame.host === this.hookSocket) return { observer: 'both' };
    const isAsked = frame.ip !== undefined || frame.ch === 'unix';
    const isOver = frame.outcome === 'success' || (isAsked && frame.outcome !== 'failure');
    return { observer: 'hooks', reason: isOver ? 'no_connection' : 'not_connected' };
  }

  /** All datagrams from a socket to one place are one row of the hooks. */
  #claimDatagrams({ target }: KernelConnection): void {
    for (const other of this.#table.pendingTo(target)) {
      if (other.transport === 'udp') this.#table.claim(other, undefined);
    }
  }

  #claimTried(pid: number, address: string, port: number | undefined): void {
    const tried = this.#table.unclaimed(targetKey(pid, canonicalAddress(address), port));
    if (tried !== undefined) this.#table.claim(tried, undefined);
  }

  /** Accepting asks the kernel for nothing; but who answers a datagram sends one. */
  #claimAnswers(pid: number, frame: CallFrame): Claim {
    const connection = frame.ch === 'udp' ? findConnection(this.#table, pid, frame) : undefined;
    if (connection === undefined) return { observer: 'hooks' };
    this.#table.claim(connection, undefined);
    this.#claimDatagrams(connection);
    return { observer: 'both', connection };
  }

  #claimLookup(pid: number, { q }: CallFrame): Claim {
    let isSeen = false;
    for (const connection of this.#table.pendingLookups(pid)) {
      // What a resolver within the process sends over a connected socket was not seen: any look-up may be its.
      if (connection.question !== undefined && !connection.asksFor(q ?? '')) continue;
      this.#table.claim(connection, undefined);
      isSeen = true;
    }
    return isSeen ? { observer: 'both' } : { observer: 'hooks', reason: 'lookup' };
  }

  /** Look-ups that are a part of this call are no calls of their own. */
  absorbLookups(pid: number, { host, ch }: CallFrame): void {
    if (host === undefined || ch === 'unix') return;
    for (const connection of this.#table.pendingLookups(pid)) {
      if (connection.mayAskFor(host, this.#options.resolvers)) this.#table.claim(connection, undefined);
    }
  }

  /** A row of the hooks was written for this connection. */
  onRow(connection: KernelConnection, seq: number): void {
    const { row } = connection;
    // Later calls over the same connection change nothing.
    if (connection.isRowOfHooks) return;
    connection.row = seq;
    connection.isRowOfHooks = true;
    if (row !== undefined) {
      const time = formatMicros(this.#options.now());
      this.#records.push({ kind: 'reconcile', time, rows: [row, seq], what: 'same_call' });
    }
    if (connection.isDestinationChanged) this.#noteChange(connection);
  }

  /** The kernel's own row was written. */
  onOwnRow({ connection, open }: KernelOnly, seq: number): void {
    connection.row = seq;
    connection.isEndAwaited = open;
    this.#table.written(connection);
  }

  /** Some connection has not told its end yet, and will. */
  get isEndAwaited(): boolean {
    for (const { isEndComing } of this.#table.values()) if (isEndComing) return true;
    return false;
  }

  takeRecords(): ReconcileRecord[] {
    return this.#records.splice(0);
  }

  /** Those that ended since their own row was written. */
  takeEnded(): KernelConnection[] {
    return this.#ended.splice(0);
  }

  /**
   * Connections whose time has come to get a row of the kernel's alone.
   * @param isFinal the run is over: all that are left
   */
  takeDue(nowMs: number, isFinal: boolean, isAlive: (pid: number) => boolean): KernelOnly[] {
    this.#hooked.tick();
    const due = this.#evicted.splice(0).map((connection) => this.#kernelOnly(connection, true));
    for (const connection of this.#table.values()) {
      if (!connection.isClaimed && connection.row === undefined && !connection.isPhantom) {
        const hooks = this.#hooked.heardOf(connection.process);
        const state = connection.stateAt(nowMs, hooks);
        const isOver = state === 'over' || (state === 'waits' && connection.isOrphan(nowMs, isAlive, hooks));
        if (isOver || state === 'lasts' || isFinal) {
          const open = connection.transport === 'tcp' && connection.closedMs === undefined;
          const isHeld = connection.standing !== undefined || isAlive(connection.process.pid);
          due.push(this.#kernelOnly(connection, open && isHeld));
        }
      } else if (this.#isForgettable(connection, nowMs, isAlive)) this.#table.delete(connection);
    }
    return due;
  }

  #isForgettable(connection: KernelConnection, nowMs: number, isAlive: (pid: number) => boolean): boolean {
    const { closedMs, sinceMs, lastMs, process, isEndAwaited } = connection;
    if (closedMs !== undefined) return nowMs - closedMs > FORGET_MS;
    if (connection.isPhantom) return nowMs - sinceMs > HOOKED_OPEN_ROW_MS;
    if (isEndAwaited || nowMs - lastMs < FORGET_MS) return false;
    connection.lastMs = nowMs;
    return !isAlive(process.pid);
  }

  #kernelOnly(connection: KernelConnection, open: boolean): KernelOnly {
    return { connection, open, reason: this.#reason(connection) };
  }

  #reason(connection: KernelConnection): KernelOnlyReason {
    const { process, protocol, address, path, isDestinationChanged } = connection;
    if (isDestinationChanged) return 'destination_changed';
    if (this.#hooked.heardOf(process) === undefined) return 'no_hooks';
    if (path !== undefined && RESOLVER_SOCKETS.has(path)) return 'resolver';
    if (protocol === 'dns' && address !== undefined && this.#options.resolvers.has(address)) return 'resolver';
    if (this.#options.hasDisabledChannels) return 'channel_disabled';
    return this.#hooked.hasLost(process.pid) ? 'hooks_lost' : 'beneath_hooks';
  }
}
