/** Connections by where they go, by socket, by local port and by process. Bounded: the oldest make room. */
import { targetKey, type KernelConnection } from './kernel-connection.js';

const CONNECTIONS_MAX = 65_536;

export class ConnectionTable {
  readonly #all = new Set<KernelConnection>();
  readonly #byTarget = new Map<string, KernelConnection[]>();
  readonly #bySocket = new Map<number, KernelConnection[]>();
  readonly #byLocalPort = new Map<string, KernelConnection>();
  /** Those that no call has claimed and no row tells of. */
  readonly #pending = new Map<number, Set<KernelConnection>>();

  /** @returns the connection that had to make room, if one had to */
  add(connection: KernelConnection): KernelConnection | undefined {
    this.#all.add(connection);
    push(this.#byTarget, connection.target, connection);
    if (connection.socket !== undefined) push(this.#bySocket, connection.socket, connection);
    const { pid } = connection.process;
    const pending = this.#pending.get(pid);
    if (pending === undefined) this.#pending.set(pid, new Set([connection]));
    else pending.add(connection);
    if (this.#all.size <= CONNECTIONS_MAX) return undefined;
    const [oldest] = this.#all;
    if (oldest !== undefined) this.delete(oldest);
    return oldest;
  }

  delete(connection: KernelConnection): void {
    this.#all.delete(connection);
    this.settle(connection);
    pull(this.#byTarget, connection.target, connection);
    if (connection.socket !== undefined) pull(this.#bySocket, connection.socket, connection);
    if (connection.localPort === undefined) return;
    const key = localKey(connection, connection.localPort);
    if (this.#byLocalPort.get(key) === connection) this.#byLocalPort.delete(key);
  }

  /** Nothing more is awaited of it. */
  settle(connection: KernelConnection): void {
    const { pid } = connection.process;
    const pending = this.#pending.get(pid);
    if (pending?.delete(connection) === true && pending.size === 0) this.#pending.delete(pid);
  }

  values(): Iterable<KernelConnection> {
    return this.#all;
  }

  pending(pid: number): Iterable<KernelConnection> {
    return this.#pending.get(pid) ?? [];
  }

  ofSocket(socket: number): readonly KernelConnection[] {
    return this.#bySocket.get(socket) ?? [];
  }

  /** Connections to this place, the oldest first. */
  to(pid: number, place: string, port: number | undefined): readonly KernelConnection[] {
    return this.#byTarget.get(targetKey(pid, place, port)) ?? [];
  }

  /** The connection that an earlier call said had this local port. */
  established(pid: number, place: string, port: number | undefined, localPort: number): KernelConnection | undefined {
    return this.#byLocalPort.get(`${targetKey(pid, place, port)}\0${localPort}`);
  }

  claim(connection: KernelConnection, localPort: number | undefined): void {
    connection.isClaimed = true;
    this.settle(connection);
    if (localPort === undefined) return;
    connection.localPort = localPort;
    this.#byLocalPort.set(localKey(connection, localPort), connection);
  }
}

function localKey({ target }: KernelConnection, localPort: number): string {
  return `${target}\0${localPort}`;
}

function push<K>(map: Map<K, KernelConnection[]>, key: K, connection: KernelConnection): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [connection]);
  else list.push(connection);
}

function pull<K>(map: Map<K, KernelConnection[]>, key: K, connection: KernelConnection): void {
  const list = map.get(key);
  const index = list?.indexOf(connection) ?? -1;
  if (list === undefined || index < 0) return;
  list.splice(index, 1);
  if (list.length === 0) map.delete(key);
}
