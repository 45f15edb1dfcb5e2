/** Connections by where they go, by socket, by local port and by process. Bounded: the oldest make room. */
import type { KernelConnection } from './kernel-connection.js';

const CONNECTIONS_MAX = 65_536;

/** Connections under a key, in the order in which they came. Most have one: it stands without a set around it. */
class Grouped<K> {
  readonly #groups = new Map<K, KernelConnection | Set<KernelConnection>>();

  add(key: K, connection: KernelConnection): void {
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, connection);
    else if (group instanceof Set) group.add(connection);
    else if (group !== connection) this.#groups.set(key, new Set([group, connection]));
  }

  delete(key: K, connection: KernelConnection): void {
    const group = this.#groups.get(key);
    const isLast = group instanceof Set ? group.delete(connection) && group.size === 0 : group === connection;
    if (isLast) this.#groups.delete(key);
  }

  of(key: K): Iterable<KernelConnection> {
    const group = this.#groups.get(key);
    return group === undefined ? NONE : group instanceof Set ? group : [group];
  }
}

const NONE: readonly KernelConnection[] = [];

export class ConnectionTable {
  readonly #all = new Set<KernelConnection>();
  readonly #bySocket = new Grouped<number>();
  readonly #byLocalPort = new Map<string, KernelConnection>();
  /** Those that no call has claimed and no row tells of. */
  readonly #pending = new Grouped<number>();
  /** Look-ups among them: each call asks whether one of these belongs to it, and there are few. */
  readonly #pendingLookups = new Grouped<number>();
  readonly #pendingByTarget = new Grouped<string>();
  /** Those that no call has claimed, but a row of the kernel's alone tells of. */
  readonly #writtenByTarget = new Grouped<string>();
  readonly #lastClaimed = new Map<string, KernelConnection>();

  /** @returns the connection that had to make room, if one had to */
  add(connection: KernelConnection): KernelConnection | undefined {
    this.#all.add(connection);
    this.#pendingByTarget.add(connection.target, connection);
    this.#pending.add(connection.process.pid, connection);
    if (connection.protocol === 'dns') this.#pendingLookups.add(connection.process.pid, connection);
    if (connection.socket !== undefined) this.#bySocket.add(connection.socket, connection);
    if (this.#all.size <= CONNECTIONS_MAX) return undefined;
    const [oldest] = this.#all;
    if (oldest !== undefined) this.delete(oldest);
    return oldest;
  }

  delete(connection: KernelConnection): void {
    const { target, socket, localPort } = connection;
    this.#all.delete(connection);
    this.#leave(connection);
    if (socket !== undefined) this.#bySocket.delete(socket, connection);
    if (this.#lastClaimed.get(target) === connection) this.#lastClaimed.delete(target);
    if (localPort === undefined) return;
    const key = `${target}\0${localPort}`;
    if (this.#byLocalPort.get(key) === connection) this.#byLocalPort.delete(key);
  }

  #leave(connection: KernelConnection): void {
    this.#pending.delete(connection.process.pid, connection);
    if (connection.protocol === 'dns') this.#pendingLookups.delete(connection.process.pid, connection);
    this.#pendingByTarget.delete(connection.target, connection);
    this.#writtenByTarget.delete(connection.target, connection);
  }

  /** The kernel's own row was written. */
  written(connection: KernelConnection): void {
    this.#leave(connection);
    this.#writtenByTarget.add(connection.target, connection);
  }

  claim(connection: KernelConnection, localPort: number | undefined): void {
    connection.isClaimed = true;
    this.#leave(connection);
    this.#lastClaimed.set(connection.target, connection);
    if (localPort === undefined) return;
    connection.localPort = localPort;
    this.#byLocalPort.set(`${connection.target}\0${localPort}`, connection);
  }

  values(): Iterable<KernelConnection> {
    return this.#all;
  }

  pending(pid: number): Iterable<KernelConnection> {
    return this.#pending.of(pid);
  }

  pendingLookups(pid: number): Iterable<KernelConnection> {
    return this.#pendingLookups.of(pid);
  }

  ofSocket(socket: number): Iterable<KernelConnection> {
    return this.#bySocket.of(socket);
  }

  pendingTo(target: string): Iterable<KernelConnection> {
    return this.#pendingByTarget.of(target);
  }

  /** The oldest that no call has claimed; one that a row of the kernel's tells of only if there is no other. */
  unclaimed(target: string): KernelConnection | undefined {
    const [pending] = this.#pendingByTarget.of(target);
    if (pending !== undefined) return pending;
    const [written] = this.#writtenByTarget.of(target);
    return written;
  }

  lastClaimed(target: string): KernelConnection | undefined {
    return this.#lastClaimed.get(target);
  }

  /** The connection that an earlier call said had this local port. */
  established(target: string, localPort: number): KernelConnection | undefined {
    return this.#byLocalPort.get(`${target}\0${localPort}`);
  }
}
