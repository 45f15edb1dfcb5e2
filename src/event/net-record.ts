/** Rows: one network call each, and what is said of rows that are written already. */
import type { Channel, Direction, Outcome } from './frame.js';

/** One network call. */
export interface NetRecord {
  readonly kind: 'net';
  readonly time: string;
  readonly network: {
    readonly direction: Direction;
    /** Only where the channel does not imply tcp. */
    readonly transport?: 'udp' | 'unix';
    readonly protocol?: string;
    readonly peer?: { readonly address?: string; readonly port?: number };
    readonly local?: { readonly port?: number };
  };
  /** As named by the caller; on a unix socket its path. */
  readonly server?: { readonly address?: string; readonly port?: number };
  /** As claimed by X-Forwarded-For. */
  readonly client?: { readonly address: string };
  readonly url?: { readonly scheme?: string; readonly path?: string };
  readonly http?: {
    readonly request?: { readonly method?: string; readonly bytes?: number };
    readonly response?: { readonly status_code?: number; readonly bytes?: number };
  };
  readonly dns?: { readonly question: { readonly name: string; readonly type?: string } };
  readonly package?: { readonly name: string };
  /** File name of the program, where its own code names no package: `package` and the site then are what started it. */
  readonly process?: { readonly name: string };
  readonly event: { readonly outcome: Outcome; /** ns */ readonly duration?: number };
  readonly error?: { readonly type: string };
  readonly egress: {
    readonly channel: Channel;
    readonly observer: 'hooks' | 'kernel' | 'both';
    readonly proc: number;
    readonly site?: number;
    readonly headers?: number;
    /** Bytes of a connection, where the call is not an HTTP exchange. */
    readonly sent?: number;
    readonly received?: number;
    /** Name look-up, connect, TLS handshake, wait for the first byte; -1 where a phase did not occur. */
    readonly phases_us?: readonly number[];
    readonly reused?: true;
    /** Salted fingerprint of the request body (base64url, 16 bytes), as reported by the program. */
    readonly body?: string;
    /** The call was still open when this row was written, bytes are those so far; a later `net.end` may tell more. */
    readonly open?: true;
    /** Why only one of two active observers saw the call, or what was wrong with it; a code. */
    readonly reason?: ObserverReason;
  };
}

type ObserverReason = HooksOnlyReason | KernelOnlyReason;

/** `no_connection` is the one that nothing explains: a forged event, or a way into the network that was not seen. */
export type HooksOnlyReason =
  | 'no_connection'
  /** It failed before anything was asked of the kernel. */
  | 'not_connected'
  /** A name look-up that was answered without traffic of this process. */
  | 'lookup'
  /** The kernel observer never saw this process. */
  | 'process_unseen';

/** `beneath_hooks` is the one that nothing explains: native code, or removed hooks, in a process that has hooks. */
export type KernelOnlyReason =
  | 'beneath_hooks'
  | 'no_hooks'
  | 'resolver'
  | 'channel_disabled'
  /** The hooks of this process reported losses, or it ended before they could hand over. */
  | 'hooks_lost'
  /** The socket was connected to another address than the one that was asked for: an attack on this record. */
  | 'destination_changed';

/** Reasons that nobody has an innocent account of: each row with one is worth attention by itself. */
export const UNEXPLAINED: ReadonlySet<string> = new Set<ObserverReason>([
  'no_connection',
  'process_unseen',
  'beneath_hooks',
  'destination_changed',
]);

/** The observers disagree about rows that are written already. */
export interface ReconcileRecord {
  readonly kind: 'reconcile';
  /** As in every record. */
  readonly time: string;
  /** seqs of the rows. */
  readonly rows: readonly number[];
  /** `same_call`: both rows are one call. `destination_changed`: it went elsewhere than the row says. */
  readonly what: 'same_call' | 'destination_changed';
  /** Where it really went. */
  readonly peer?: { readonly address: string; readonly port: number };
}

/** What became of a call whose row was written while it was open: its totals. */
export interface NetEndRecord {
  readonly kind: 'net.end';
  readonly time: string;
  /** seq of the row. */
  readonly ends: number;
  readonly http?: NetRecord['http'];
  readonly event: NetRecord['event'];
  readonly error?: NetRecord['error'];
  readonly egress: {
    readonly sent?: number;
    readonly received?: number;
    /** It was still open when the recording ended: these are no totals, but the bytes so far. */
    readonly open?: true;
  };
}
