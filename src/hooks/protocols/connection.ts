/**
 * What is known of a socket, and to which call it belongs.
 *
 * One row per call: whoever speaks a known protocol over a socket claims it (an HTTP request, an undici request, an
 * HTTP/2 session, a TLS socket over another one), and the claim takes the socket's own row away. A socket that nobody
 * claimed gives its own row when it closes. If the recorder has already heard of the socket's call, the claimant goes
 * on under that number, so that one call never has two.
 */
import type { CallFrame, Direction } from '../../event/frame.js';
import { ADDRESSES_TRIED_MAX, HOST_CHARS_MAX } from '../../core/limits.js';
import { Call } from '../call.js';
import { spanUs } from '../clock.js';
import { TextCache, quote } from '../json-text.js';
import type { Foreign } from '../primordials.js';
import type { Site } from '../caller/site.js';
import { Stamp } from '../stamp.js';
import { channel } from '../thread.js';

export class Connection extends Stamp {
  readonly #facts!: ConnectionFacts;

  private constructor(socket: object, facts: ConnectionFacts) {
    super(socket);
    this.#facts = facts;
  }

  static of(socket: unknown): ConnectionFacts | undefined {
    if (typeof socket !== 'object' || socket === null) return undefined;
    return #facts in socket ? socket.#facts : undefined;
  }

  static attach(socket: object, facts: ConnectionFacts): ConnectionFacts {
    if (!(#facts in socket)) new Connection(socket, facts);
    return facts;
  }
}

/** By port, then by host. */
const targets = new TextCache<number, TextCache<string, string>>(256);

/** Members for host and port as the caller named them. */
export function targetText(host: unknown, port: unknown): string {
  const name = typeof host === 'string' ? host : '';
  const number = typeof port === 'number' || typeof port === 'string' ? Number(port) : 0;
  let hosts = targets.get(number);
  if (hosts === undefined) hosts = targets.set(number, new TextCache<string, string>(256));
  return hosts.get(name) ?? hosts.set(name, makeTarget(name, number));
}

const peers = new TextCache<string, string>(256);

/** Member for the address of the other end. */
export function peerText(ip: string): string {
  return peers.get(ip) ?? peers.set(ip, `,"ip":${quote(ip, 64)}`);
}

function makeTarget(name: string, port: number): string {
  const bare = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  const host = bare === '' ? '' : `,"host":${quote(bare, HOST_CHARS_MAX)}`;
  return Number.isInteger(port) && port > 0 && port < 65_536 ? `${host},"port":${port}` : host;
}

export class ConnectionFacts {
  readonly socket: Foreign;
  readonly dir: Direction;
  readonly start: number;
  site: Site | undefined;
  host = '';
  port = 0;
  /** Path of a unix socket; empty for TCP. */
  path = '';
  /** The other end, as the handle was told or as the system says. */
  ip = '';
  peerPort = 0;
  localPort = 0;
  /** Addresses that were tried before, as JSON texts: a name may have several. */
  #tried: string[] = [];
  lookedUpAt = -1;
  connectedAt = -1;
  securedAt = -1;
  /** A real handle was connected or accepted: what a mock never has. */
  #isReal = false;
  /** Calls that are announced only when the connection turns out to be real. */
  #waiting: Call | undefined = undefined;
  isClaimed = false;
  /** Its first bytes were looked at. */
  isSniffed = false;
  /** Calls that went over it. */
  uses = 0;
  /** Counters of the socket when the last call over it ended. */
  readMark = 0;
  writtenMark = 0;
  err = '';
  /** The row of the socket itself, or the call that owns it until it closes (an upgraded connection). */
  call: Call | undefined = undefined;
  /** undici made it: its own channels tell what goes over it, whichever protocol that is. */
  isUndici = false;
  /** The socket beneath a TLS socket that was put over another one. */
  beneath: ConnectionFacts | undefined = undefined;

  constructor(socket: Foreign, dir: Direction, start: number) {
    this.socket = socket;
    this.dir = dir;
    this.start = start;
  }

  /** The handle is about to connect. */
  connectTo(ip: string, port: number): void {
    if (this.ip !== '' && this.#tried.length < ADDRESSES_TRIED_MAX) this.#tried.push(quote(this.ip, 64));
    this.ip = ip;
    this.peerPort = port;
  }

  get isReal(): boolean {
    return this.#isReal;
  }

  /** The handle connects, or was accepted. */
  becomeReal(): void {
    this.#isReal = true;
    this.#beginWaiting();
  }

  /** A failure is a call of its own right, and nobody may be left to see the socket close: the error may end the process. */
  fail(code: string): void {
    this.err = code;
    this.base().#beginWaiting();
  }

  #beginWaiting(): void {
    const call = this.#waiting;
    this.#waiting = undefined;
    if (call !== undefined && !call.isEnded) channel().begin(call);
  }

  /** Announces a call over this connection; one that a mock answers is never announced. */
  begin(call: Call): void {
    const base = this.base();
    if (base.#isReal) channel().begin(call);
    else base.#waiting = call;
  }

  read(): number {
    const bytes: unknown = this.socket.bytesRead;
    return typeof bytes === 'number' ? bytes : 0;
  }

  written(): number {
    // What `bytesWritten` gives, without a walk over a write queue that is empty.
    const bytes: unknown = this.socket.writableLength === 0 ? this.socket._bytesDispatched : this.socket.bytesWritten;
    return typeof bytes === 'number' ? bytes : 0;
  }

  /** Tells the call which addresses and ports it went between, as far as they are known by now. */
  place(call: Call): void {
    const base = this.base();
    if (base.path !== '') return;
    call.peerPort = base.peerPort;
    call.localPort = base.localPort;
    call.peer = base.#peerText();
  }

  #peerText(): string {
    const text = this.ip === '' ? '' : peerText(this.ip);
    return this.#tried.length === 0 ? text : `${text},"tried":[${this.#tried.join(',')}]`;
  }

  /** The connection at the bottom; a program can nest TLS, but not for ever. */
  base(depthMax = 8): ConnectionFacts {
    return this.beneath === undefined || depthMax === 0 ? this : this.beneath.base(depthMax - 1);
  }

  /** Name look-up, connect, TLS handshake of this connection, then the wait from its end to `responseAt`. */
  phases(responseAt: number): CallFrame['phases'] {
    const base = this.base();
    const dns = base.lookedUpAt < 0 ? -1 : spanUs(base.start, base.lookedUpAt);
    const from = base.lookedUpAt < 0 ? base.start : base.lookedUpAt;
    const connect = base.connectedAt < 0 ? -1 : spanUs(from, base.connectedAt);
    const tls = this.securedAt < 0 ? -1 : spanUs(base.connectedAt < 0 ? from : base.connectedAt, this.securedAt);
    const ready = this.securedAt < 0 ? base.connectedAt : this.securedAt;
    if (base.connectedAt < 0 && dns < 0) return undefined;
    return [dns, connect, tls, responseAt < 0 || ready < 0 ? -1 : spanUs(ready, responseAt)];
  }

  /** Opens the socket's own row, unless somebody has claimed it. */
  openRow(call: Call): void {
    this.call = call;
    call.connection = this;
    this.begin(call);
  }

  /** Addresses and bytes by now, for a call that may not get to say more. */
  tellProgress(call: Call): void {
    if (this.call === call) this.#fill(call);
    else if (call.ch === 'http2') this.place(call);
    else this.#count(call);
  }

  #fill(call: Call): void {
    this.place(call);
    call.sent = this.dir === 'ingress' || this.connectedAt >= 0 ? this.written() - this.writtenMark : 0;
    call.received = this.read() - this.readMark;
    if (this.err !== '') call.fail(this.err);
  }

  /**
   * `call` speaks over this connection. Takes the socket's own row away, and makes the counters start here.
   * @returns whether an earlier call had used the connection
   */
  claim(call: Call): boolean {
    const wasUsed = this.uses > 0;
    this.uses += 1;
    call.connection = this;
    this.#takeRow(call, 8);
    this.place(call);
    if (!wasUsed) call.site ??= this.site;
    return wasUsed;
  }

  #takeRow(call: Call, depthMax: number): void {
    this.isClaimed = true;
    if (this.#waiting === this.call) this.#waiting = undefined;
    const own = this.call;
    if (own !== undefined && own !== call) {
      this.call = undefined;
      channel().drop(own);
      if (own.isKnown && call.id === 0) {
        call.id = own.id;
        call.isKnown = true;
      }
    }
    if (depthMax > 0 && this.beneath !== undefined) {
      this.beneath.uses += 1;
      this.beneath.#takeRow(call, depthMax - 1);
    }
  }

  /** The bytes since the last call over this connection belong to `call`. */
  settle(call: Call): void {
    const read = this.read();
    const written = this.written();
    this.#count(call, read, written);
    this.readMark = read;
    this.writtenMark = written;
  }

  #count(call: Call, read = this.read(), written = this.written()): void {
    // What was queued for a connection that never came about did not leave.
    const isConnected = this.dir === 'ingress' || this.base().connectedAt >= 0;
    call.received = read - this.readMark;
    call.sent = isConnected ? written - this.writtenMark : 0;
    // The connection may not have stood yet when it was claimed.
    if (call.dir === 'egress') this.place(call);
  }

  /** The socket has closed: the row of the socket itself, or of the call that owned it to its end, is complete. */
  close(): void {
    const call = this.call;
    if (call === undefined) return;
    this.call = undefined;
    call.isEnded = true;
    // Closed before its handle did anything: a mock, or a program that changed its mind.
    if (!this.#isReal && this.err === '') {
      channel().drop(call);
      return;
    }
    this.#fill(call);
    call.outcome ??= this.connectedAt >= 0 || this.dir === 'ingress' ? 'success' : 'unknown';
    channel().end(call);
  }
}
