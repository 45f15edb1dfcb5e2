/**
 * A worker thread that answers the calls of the program, and tells the recorder what they were. Every one is let go:
 * this observes, it does not judge; io_uring alone is refused, as what it does would not be seen.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { kernelCalls } from '../system/kernel-calls.js';
import { abiOf, ERRNO, SOCK, X32_BIT, type Abi } from './abi.js';
import { AwaitedSockets } from './awaited-sockets.js';
import { IntentReader, isDatagram, READ_BYTES_MAX, type Destination, type Dispatch } from './intent.js';
import { Listener, SHARED_BYTES, type Notification } from './listener.js';
import type { ConnectFacts, DatagramFacts, HoleFacts, Observation, ProcessFacts } from './observation.js';
import { PollSet, POLLHUP, POLLIN } from './poll-set.js';
import { ProcessTable } from './process-table.js';
import type { SocketAddress } from './socket-address.js';
import { SocketProbe } from './socket-probe.js';
import { TargetMemory } from './target-memory.js';

export interface SupervisorStart {
  readonly listener: number;
  readonly memory: number;
  /** An eventfd: whoever writes to it ends this thread. */
  readonly wake: number;
  /** -1 where there is none. */
  readonly socketEnds: number;
  readonly allowIoUring: boolean;
}

/** Observations are told in batches: waking the recorder costs more than the call that is told of. */
const BATCH_MAX = 256;
/** The hooks take about 5 ms to tell of the same call. */
const BATCH_MS_MAX = 4;
/** News of sockets that are taken in before the program's calls are looked at again. */
const ENDS_MAX = 256;
/** And that are taken in at the end: whoever makes more of them while we look does not keep us from ending. */
const LAST_ENDS_MAX = 65_536;
const DATAGRAM_PEERS_MAX = 4_096;

class Supervisor {
  readonly #abi: Abi;
  readonly #listener: Listener;
  readonly #start: SupervisorStart;
  readonly #port: MessagePort;
  readonly #probe: SocketProbe;
  readonly #intents: IntentReader;
  readonly #processes: ProcessTable;
  readonly #poll: PollSet;
  readonly #pollBusy: PollSet;
  readonly #sockets: AwaitedSockets;
  readonly #datagramPeers = new Map<number, SocketAddress>();
  #batch: Observation[] = [];
  #flushedAt = 0;

  constructor(start: SupervisorStart, port: MessagePort) {
    const calls = kernelCalls();
    const abi = abiOf(process.arch);
    if ('reason' in calls || abi === undefined) throw new Error('no system calls here');
    this.#abi = abi;
    this.#start = start;
    this.#port = port;
    this.#listener = new Listener(calls, start.listener, calls.mapShared(start.memory, SHARED_BYTES));
    this.#probe = new SocketProbe(calls);
    this.#sockets = new AwaitedSockets(calls, this.#probe, start.socketEnds, nowMicros);
    this.#intents = new IntentReader(new TargetMemory(calls, READ_BYTES_MAX), this.#datagramPeers);
    this.#processes = new ProcessTable(process.pid, (facts) => this.#batch.push(facts));
    const always = [
      [start.wake, POLLIN],
      [start.listener, POLLIN],
    ] as const;
    this.#pollBusy = new PollSet(calls, always);
    this.#poll = new PollSet(calls, [...always, [start.socketEnds, POLLIN]]);
  }

  run(): void {
    this.#listener.wakeInTurn();
    this.#batch.push({ t: 'ready' });
    this.#flush();
    // While calls come in, news of sockets waits for the next call: each time that we are woken costs the program
    // more than the work we are woken for.
    let isBusy = false;
    for (;;) {
      const poll: PollSet = isBusy ? this.#pollBusy : this.#poll;
      poll.wait(isBusy ? BATCH_MS_MAX : -1);
      if (poll.happened(0) !== 0) break;
      const calls = poll.happened(1);
      if ((calls & POLLIN) !== 0) this.#serve();
      else if ((calls & POLLHUP) !== 0) this.#endOfCalls();
      isBusy = (calls & POLLIN) !== 0;
      if (isBusy && this.#batch.length < BATCH_MAX && performance.now() - this.#flushedAt <= BATCH_MS_MAX) continue;
      this.#takeEnds(ENDS_MAX);
      this.#flush();
    }
    // First how all stands: the end of one that is closed meanwhile then comes after it.
    for (const socket of this.#sockets.standing()) this.#batch.push(socket);
    this.#takeEnds(LAST_ENDS_MAX);
    this.#batch.push({ t: 'stopped' });
    this.#flush();
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    this.#port.postMessage(this.#batch);
    this.#batch = [];
    this.#flushedAt = performance.now();
  }

  #endOfCalls(): void {
    this.#poll.drop(1);
    this.#pollBusy.drop(1);
    this.#batch.push({ t: 'unwatched' });
  }

  #serve(): void {
    const notification = this.#listener.receive();
    if (notification === 'ended') this.#endOfCalls();
    if (typeof notification === 'string') return;
    let seen: Observation[] = [];
    try {
      seen = this.#look(notification);
    } finally {
      // Whatever went wrong in here, the program goes on. An answer that is taken proves that the caller waited all
      // the time, so that what was read was its own and not that of a later process with its number.
      if (this.#isRefused(notification) ? this.#listener.refuse(ERRNO.ENOSYS) : this.#listener.letGo()) {
        this.#batch.push(...seen);
      }
    }
  }

  #isRefused({ arch, call }: Notification): boolean {
    return !this.#start.allowIoUring && arch === this.#abi.arch && call === this.#abi.calls.io_uring_setup;
  }

  #look(notification: Notification): Observation[] {
    const { tid, call, arch } = notification;
    const { calls } = this.#abi;
    if (arch === this.#abi.arch && (call === calls.execve || call === calls.execveat)) {
      this.#processes.executes(tid);
      return [];
    }
    const process = this.#processes.of(tid, performance.now());
    if (process === undefined) return [hole('process_unknown', undefined)];
    // The thread that carries the filter to the program is our own.
    if (process.pid === ownPid) return [];
    if (arch !== this.#abi.arch || (call & X32_BIT) !== 0) return [hole('foreign_abi', process)];
    const look = (fd: number): ReturnType<SocketProbe['look']> => this.#probe.look(process.pid, fd);
    switch (call) {
      case calls.connect:
        return this.#connect(this.#intents.connect(notification, look), process);
      case calls.io_uring_setup:
        return [this.#start.allowIoUring ? hole('io_uring', process) : { t: 'refused', process: process.n }];
      case calls.socket:
        return [hole('raw_socket', process)];
      default:
        return this.#intents
          .dispatches(notification, calls, look)
          .flatMap((dispatch) => this.#dispatch(dispatch, process));
    }
  }

  #connect(destination: Destination | undefined, process: ProcessFacts): Observation[] {
    if (destination === undefined) return [];
    const { to, socket } = destination;
    const isPacket = isDatagram(destination);
    const target = targetOf(to);
    // Also when it is dissolved: an address of no family.
    if (socket?.type === SOCK.datagram && to !== 'unreadable') this.#remember(socket.cookie, to);
    if (target === undefined) return [];
    const protocol = target.path !== undefined ? 'unix' : isPacket ? 'udp' : 'tcp';
    const isAwaited = socket !== undefined && protocol === 'tcp' && this.#sockets.add(socket, process.pid);
    // No spreads: each costs the waiting program as much as one of our system calls.
    const { address, port, path } = target;
    const facts: ConnectFacts = {
      t: 'connect',
      process: process.n,
      protocol,
      at: nowMicros(),
      address,
      port,
      path,
      socket: socket?.cookie,
      isEndTold: isAwaited,
    };
    return to === 'unreadable' ? [facts, hole('address_unread', process)] : [facts];
  }

  #dispatch(dispatch: Dispatch, process: ProcessFacts): Observation[] {
    const { to, socket, bytes, question } = dispatch;
    // A TCP socket that sends to an address connects with its first bytes (TCP Fast Open).
    if (socket?.type === SOCK.stream && to !== 'unreadable' && to.family === 'inet') {
      return this.#connect(dispatch, process);
    }
    const target = targetOf(to);
    if (target === undefined) return [];
    const { address, port, path } = target;
    const facts: DatagramFacts = {
      t: 'datagrams',
      process: process.n,
      at: nowMicros(),
      address,
      port,
      path,
      socket: socket?.cookie,
      count: 1,
      bytes,
      question,
    };
    return to === 'unreadable' ? [facts, hole('address_unread', process)] : [facts];
  }

  #remember(cookie: number, to: SocketAddress): void {
    if (to.family === 'none') this.#datagramPeers.delete(cookie);
    else if (this.#datagramPeers.size < DATAGRAM_PEERS_MAX || this.#datagramPeers.has(cookie)) {
      this.#datagramPeers.set(cookie, to);
    } else this.#datagramPeers.clear();
  }

  #takeEnds(countMax: number): void {
    this.#sockets.takeEnded(countMax, (news) => {
      this.#batch.push(news === 'lost' ? hole('socket_events_lost', undefined) : news);
    });
  }
}

const ownPid = process.pid;

function nowMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000);
}

function hole(reason: HoleFacts['reason'], process: ProcessFacts | undefined): HoleFacts {
  return { t: 'hole', reason, count: 1, at: nowMicros(), ...(process === undefined ? {} : { process: process.n }) };
}

/** undefined for what is no traffic; no values where the address could not be read. */
function targetOf(to: SocketAddress | 'unreadable'): Pick<ConnectFacts, 'address' | 'port' | 'path'> | undefined {
  if (to === 'unreadable') return { address: undefined, port: undefined, path: undefined };
  switch (to.family) {
    case 'inet':
      return { address: to.address, port: to.port, path: undefined };
    case 'unix':
      return { address: undefined, port: undefined, path: to.path };
    case 'none':
    case 'other':
      return undefined;
  }
}

const { port } = workerData as { readonly port: MessagePort };
parentPort?.once('message', (start: SupervisorStart) => {
  new Supervisor(start, port).run();
  port.close();
});
