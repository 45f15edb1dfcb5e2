/** What the supervisor tells the recorder: facts from the kernel's side, in batches. Texts in it are hostile. */

/** A process, once for each program it runs: exec makes a new one. */
export interface ProcessFacts {
  readonly t: 'process';
  readonly n: number;
  readonly pid: number;
  readonly parentPid: number;
  readonly executable: string;
  readonly argv0: string;
  readonly args: number;
  readonly options: readonly string[];
  /** Pids of its ancestors within the run, parent first. */
  readonly ancestry: readonly number[];
  /** EGRESS_START in its environment. */
  readonly start?: string;
}

type Protocol = 'tcp' | 'udp' | 'unix';

/** A process asked for a connection. Whether it came about, only the socket's end tells. */
export interface ConnectFacts {
  readonly t: 'connect';
  readonly process: number;
  readonly protocol: Protocol;
  /** µs since the Unix epoch. */
  readonly at: number;
  /** Undefined where the process's memory could not be read. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  /** The kernel's name for the socket; undefined where its descriptor could not be looked at. */
  readonly socket?: number | undefined;
  /** A `closed` will follow. Not for a socket in another network namespace, but that cannot be known. */
  readonly isEndTold: boolean;
}

/** Datagrams that were sent to one address, one after another. */
export interface DatagramFacts {
  readonly t: 'datagrams';
  readonly process: number;
  readonly at: number;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
  readonly socket?: number | undefined;
  readonly count: number;
  readonly bytes: number;
  readonly question?: { readonly name: string; readonly type: string } | undefined;
}

/** What the kernel says of a socket that a `connect` named. */
export interface SocketFacts {
  /** `closed`: it is gone. `standing`: somebody still holds it, and as the observer is about to end this is all. */
  readonly t: 'closed' | 'standing';
  readonly socket: number;
  readonly at: number;
  /** 0 where it is not known. */
  readonly localPort: number;
  /** Where it is really connected to; undefined if it is not, or was not when it ended. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /** Undefined where the counters were gone (an aborted connection) or the protocol has none. */
  readonly sent?: number | undefined;
  readonly received?: number | undefined;
  readonly established?: boolean | undefined;
}

/** Something was seen that is a hole in what this observer sees. */
export interface HoleFacts {
  readonly t: 'hole';
  readonly reason:
    'foreign_abi' | 'io_uring' | 'raw_socket' | 'process_unknown' | 'address_unread' | 'socket_events_lost';
  readonly process?: number;
  readonly count: number;
  readonly at: number;
}

/** io_uring was asked for and refused; the program falls back to calls that are seen. */
interface RefusedFacts {
  readonly t: 'refused';
  readonly process: number;
}

/** `unwatched`: no process of the run is left. */
interface StateFacts {
  readonly t: 'ready' | 'unwatched' | 'stopped';
}

export type Observation =
  ProcessFacts | ConnectFacts | DatagramFacts | SocketFacts | HoleFacts | RefusedFacts | StateFacts;
