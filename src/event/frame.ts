/**
 * Frames: what one thread of the observed program tells the recorder, one JSON object a line over a unix stream
 * socket; only the ends of calls have a shorter form (`compact-call.ts`). This file is shared by both sides and imports nothing, so that it can ride in the preload.
 *
 * Everything in a frame is hostile to the recorder: the program can send what it likes. `frame-decoder.ts` is the only
 * way in. Numbers are integers; a member that is not known is left out, never null.
 */

/** Bumped when a frame changes its meaning. Both sides ship in one package, so a mismatch means a mixed install. */
export const FRAME_VERSION = 2;

/** First frame on each connection: a thread of a process introduces itself. */
export interface HelloFrame {
  readonly t: 'hello';
  readonly v: typeof FRAME_VERSION;
  /** Hex run token from EGRESS_TOKEN; shows that the peer was started inside this run. */
  readonly token: string;
  readonly pid: number;
  readonly ppid: number;
  /** `worker_threads.threadId`; 0 is the main thread. */
  readonly thread: number;
  /** `process.versions.node`. */
  readonly node: string;
  /** `process.execPath`. */
  readonly executable: string;
  readonly argv0: string;
  /** EGRESS_START as the process found it. */
  readonly start?: string;
  /** Working directory when the thread started. */
  readonly cwd: string;
  /** Channels whose patches could not be installed in this thread, and why (a code). */
  readonly disabled?: readonly (readonly [channel: string, reason: string])[];
}

/** One stack frame: file path or `node:` name, line, column, function name (may be empty). Outermost last. */
export type StackFrame = readonly [file: string, line: number, column: number, functionName: string];

/** File of a stack frame where a module is being loaded: the code further in is nobody's but its own. */
export const LOADING_FILE = 'node:module';

/** A call site, declared once a thread before the first call that names its number. */
export interface SiteFrame {
  readonly t: 'site';
  readonly n: number;
  /** Innermost first, frames of Node itself and of egress left out. Empty: no application frame was on the stack. */
  readonly frames: readonly StackFrame[];
}

/** A header list (names in wire order, values masked unless on the safe list), declared once a thread. */
export interface HeadersFrame {
  readonly t: 'headers';
  readonly n: number;
  readonly request: readonly (readonly [name: string, value: string])[];
  readonly response: readonly (readonly [name: string, value: string])[];
}

export const DIRECTIONS = ['egress', 'ingress'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** The interface through which a call was made; what a row's `egress.channel` says. */
export const CHANNELS = [
  'http',
  'https',
  'http2',
  'fetch',
  'undici',
  'ws',
  'tcp',
  'tls',
  'unix',
  'udp',
  'dns',
] as const;
export type Channel = (typeof CHANNELS)[number];

export type Outcome = 'success' | 'failure' | 'unknown';

/**
 * A network call. `end` stands alone: it repeats all that `begin` said, so that the recorder needs no state to write
 * the row. `begin` is sent only for calls that are still open when the thread flushes.
 */
export interface CallFrame {
  readonly t: 'begin' | 'end';
  /** Numbers the call within this connection, from 1. */
  readonly id: number;
  readonly dir: Direction;
  readonly ch: Channel;
  /** Start of the call, µs since the Unix epoch. */
  readonly at: number;
  /** Duration in µs (`end` only). */
  readonly dur?: number;
  /** Application protocol where it is sure: `http/1.1`, `h2`, `smtp`, `imap`, `pop3`, `postgresql`, `redis`, … */
  readonly proto?: string;
  /** Host as the caller named it (name, literal address, or unix socket path). */
  readonly host?: string;
  /** Port as the caller named it. */
  readonly port?: number;
  /** Address and port of the socket's other end; a proxy's when there is one. */
  readonly ip?: string;
  readonly pport?: number;
  readonly lport?: number;
  /** Addresses that were tried before `ip`, when the name has several. */
  readonly tried?: readonly string[];
  /** `http`, `https`, `ws`, `wss`; only where the channel does not imply it. */
  readonly scheme?: string;
  readonly method?: string;
  /** Path without query and fragment, already masked. */
  readonly path?: string;
  readonly status?: number;
  /** Bytes that this call put on and took off the wire, as far as known. */
  readonly sent?: number;
  readonly received?: number;
  /** µs: name look-up, connect, TLS handshake, then until the first response byte; -1 where a phase did not occur. */
  readonly phases?: readonly [dns: number, connect: number, tls: number, wait: number];
  /** Number of a `headers` frame of this thread. */
  readonly hdr?: number;
  /** Number of a `site` frame of this thread. */
  readonly site?: number;
  readonly outcome?: Outcome;
  /** Error code (`ECONNREFUSED`), never a message. */
  readonly err?: string;
  /** The call used a connection that an earlier call had opened. */
  readonly reused?: true;
  /** SHA-256 (hex) of the whole request body as it was passed to the API; absent if it was not seen complete. */
  readonly body?: string;
  /** Name and type of a DNS question. */
  readonly q?: string;
  readonly qt?: string;
  /** First address of X-Forwarded-For or Forwarded on an inbound request: a claim of the peer, not a fact. */
  readonly claimed?: string;
  /** Numbers of the bodies that were captured of this call; their frames may come before or after this one. */
  readonly req?: number;
  readonly res?: number;
}

/** The members that each call has for itself. */
export const OWN_MEMBERS = [
  'id',
  'at',
  'dur',
  'sent',
  'received',
  'pport',
  'lport',
  'phases',
  'body',
  'req',
  'res',
] as const;

/**
 * What calls have in common that differ in their own members alone; declared before the first compact line
 * (`compact-call.ts`) that names its number. The same number again replaces it.
 */
export interface ShapeFrame extends Omit<CallFrame, 't' | (typeof OWN_MEMBERS)[number]> {
  readonly t: 'shape';
  /** Below SHAPES_PER_THREAD_MAX. */
  readonly n: number;
}

/** `whole`, or why the rest is missing: the size cap, the call ended early, the program was faster than the channel. */
export const BODY_ENDS = ['whole', 'size', 'aborted', 'lost', 'dropped'] as const;
/** `dropped`: it turned out to be no call of the network (a mock), so nothing of it is kept. */
export type BodyEnd = (typeof BODY_ENDS)[number];

/** A piece of a request or response body; only while the recorder has ordered capture. */
export interface BodyFrame {
  readonly t: 'body';
  /** Numbers the body within this connection, from 1. */
  readonly n: number;
  /** Bytes of this body that were sent before: a gap between two frames shows. */
  readonly at: number;
  /** Base64 of at most BODY_CHUNK_BYTES_MAX bytes. */
  readonly data?: string;
  /** With the last frame of the body. */
  readonly end?: BodyEnd;
}

/** Something that this thread could not record. */
export interface GapFrame {
  readonly t: 'gap';
  /** One of GAP_REASONS that begins with `hook_`. */
  readonly why: string;
  readonly count: number;
  /** µs since the Unix epoch. */
  readonly from: number;
  readonly to: number;
}

/** This process started another one. The recorder then expects a `hello` from it, or records a gap. */
export interface ChildFrame {
  readonly t: 'child';
  /** Absent: it is about to be started. Of a synchronous child the pid is known only when it has ended. */
  readonly pid?: number;
  /** File as passed to spawn, without arguments. */
  readonly file: string;
  /** What the child has in EGRESS_START. */
  readonly tag?: string;
  /** Number of the site that starts it. */
  readonly site?: number;
  /** In place of a site: a package manager starts a script of a package. Its package.json, and the script's name. */
  readonly script?: readonly [packageFile: string, name: string];
  /** Why the child cannot join, where that is known beforehand (`permission_model`). */
  readonly why?: string;
}

/** This thread was quiet and now has something to hand over. Where no `flush` follows, it was lost. */
interface BusyFrame {
  readonly t: 'busy';
}

/** All that this thread recorded so far precedes this frame. A connection whose last frame is another ended abruptly. */
interface FlushFrame {
  readonly t: 'flush';
}

/** Answer to the recorder's control byte FLUSH_REQUEST: everything is handed over, from now on unbatched. */
interface AckFrame {
  readonly t: 'ack';
}

export type Frame =
  | HelloFrame
  | SiteFrame
  | HeadersFrame
  | ShapeFrame
  | CallFrame
  | BodyFrame
  | GapFrame
  | ChildFrame
  | BusyFrame
  | FlushFrame
  | AckFrame;

/** A byte that the recorder sends: hand over everything now, the process is about to get a signal. */
export const FLUSH_REQUEST = 0x46;

/** A byte that the recorder sends before the JSON of a CaptureOrder (nothing: capture is off) and a newline. */
export const CAPTURE_REQUEST = 0x43;

/** Bodies are to be handed over. Without an order a thread keeps and sends no byte of any body. */
export interface CaptureOrder {
  /** Of one body; the rest of it is left out. */
  readonly bytesMax: number;
  /**
   * Hosts that outbound calls are captured to, with `*` for any characters; empty: all calls, inbound ones too. The
   * recorder judges again by its own rules: this only keeps bodies from being sent for nothing.
   */
  readonly hosts: readonly string[];
}

/** Environment of the observed program. */
export const ENV_SOCKET = 'EGRESS_SOCKET';
export const ENV_TOKEN = 'EGRESS_TOKEN';
/** Which start of a child a process comes from; whoever it starts inherits it, however they fork. */
export const ENV_START = 'EGRESS_START';
export const START_TAG = /^[0-9]{1,10}-[0-9]{1,10}\.[0-9]{1,10}$/;
/** JSON of HookSettings. */
export const ENV_HOOKS = 'EGRESS_HOOKS';

/** What the hooks need to know; everything else is decided by the recorder. */
export interface HookSettings {
  /** Channels that are switched off; recorded in `run.open`. */
  readonly disabled: readonly Channel[];
  /** Mask every path segment but the first, and all header values. */
  readonly strict: boolean;
  /** Lower-case names of further headers whose values are kept. */
  readonly safeHeaders: readonly string[];
  /** Largest body that is fingerprinted, in bytes; 0 switches fingerprints off. */
  readonly fingerprintBytesMax: number;
  /** As it is when the process starts. */
  readonly capture?: CaptureOrder | undefined;
}
