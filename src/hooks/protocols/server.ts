/**
 * Inbound: everything that a `net.Server` accepts. HTTP requests give a row each; a connection that turns out to be
 * nothing known gives one row when it closes. Calls are attributed to whoever called `listen()`, once.
 */
import http from 'node:http';
import net from 'node:net';
import { FILE_PATH_CHARS_MAX, HOST_CHARS_MAX } from '../../core/limits.js';
import { capture } from '../bodies/body.js';
import { Call, errorCode } from '../call.js';
import { whenCapturing } from '../bodies/capture.js';
import { Connection, ConnectionFacts } from './connection.js';
import { listFromBlock, listFromRaw, pairHeaders } from '../header-lists.js';
import { quote } from '../json-text.js';
import { followMessage, isWhole } from '../bodies/message-bodies.js';
import { observeEmit, wrap } from '../patch.js';
import { apply, now } from '../primordials.js';
import type { Foreign } from '../primordials.js';
import { requestText } from './request-text.js';
import type { Site } from '../caller/site.js';
import { used, withImplicitLookup } from './socket.js';
import { followSocket } from '../bodies/socket-bodies.js';
import { captureSite } from '../caller/stack.js';
import { Stamp } from '../stamp.js';
import { channel, hookFailed, observing } from '../thread.js';

const listenSites = new WeakMap<object, Site>();

/** An exchange that the program answers. */
class Exchange {
  readonly call: Call;
  readonly #facts: ConnectionFacts;
  readonly #request: Foreign;

  constructor(call: Call, facts: ConnectionFacts, request: Foreign) {
    this.call = call;
    this.#facts = facts;
    this.#request = request;
  }

  end(response: Foreign): void {
    const call = this.call;
    if (call.isEnded) return;
    call.isEnded = true;
    call.status = response.headersSent === true && typeof response.statusCode === 'number' ? response.statusCode : 0;
    if (typeof response._header === 'string') {
      call.headers = pairHeaders(listFromRaw(this.#request.rawHeaders), listFromBlock(response._header));
    }
    this.#facts.settle(call);
    // Node itself calls it ECONNRESET when the other side goes away before the answer is out.
    const isFinished = response.writableFinished === true;
    if (isFinished) call.outcome = 'success';
    else call.fail('ECONNRESET');
    if (isWhole(this.#request)) call.requestBody?.end('whole');
    if (isFinished) call.responseBody?.end('whole');
    channel().end(call);
  }
}

/** A response that is followed. One field holds all: each would cost a step from shape to shape. */
class Answer extends Stamp {
  readonly #exchange!: Exchange;

  private constructor(response: object, exchange: Exchange) {
    super(response);
    this.#exchange = exchange;
  }

  static begin(facts: ConnectionFacts, request: Foreign, response: Foreign): void {
    if (#exchange in response) return;
    const call = inboundCall(facts, request);
    call.reused = facts.claim(call);
    new Answer(response, new Exchange(call, facts, request));
    followMessage(request, call, 'requestBody');
    channel().begin(call);
  }

  /** A chunk that the program answers with; one that is not sent (to a HEAD request, or too late) is no body. */
  static addBody(response: Foreign, chunk: unknown, encoding: unknown): void {
    const { _hasBody, writableEnded } = response;
    if (!(#exchange in response) || _hasBody === false || writableEnded === true) return;
    capture(response.#exchange.call, 'responseBody', undefined, chunk, encoding);
  }

  static observe(response: Foreign, type: unknown): void {
    if (type !== 'close' || !(#exchange in response)) return;
    try {
      response.#exchange.end(response);
    } catch {
      hookFailed();
    }
  }
}

/** What HTTP/2 does with an inbound stream, once `node:http2` is in use. */
type StreamObserver = (stream: Foreign, headers: Foreign, site: Site | undefined) => void;
let streamObserver: StreamObserver | undefined;
export function onServerStream(observer: StreamObserver): void {
  streamObserver = observer;
}

const FORWARDED_FOR = /(?:^|[;,\s])for="?(\[[^\]]*\]|[^";,\s:]*)/i;

/** What the peer claims of the client behind it: the first address of X-Forwarded-For or Forwarded. */
function claimedText(raw: readonly unknown[]): string {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i];
    if (typeof name !== 'string' || (name.length !== 15 && name.length !== 9)) continue;
    const lower = name.toLowerCase();
    const value = String(raw[i + 1]);
    let claimed = '';
    if (lower === 'x-forwarded-for') claimed = (value.split(',', 1)[0] ?? '').trim();
    else if (lower === 'forwarded') claimed = FORWARDED_FOR.exec(value)?.[1] ?? '';
    if (claimed !== '') return `,"claimed":${quote(claimed, HOST_CHARS_MAX)}`;
  }
  return '';
}

function inboundCall(facts: ConnectionFacts, request: Foreign): Call {
  const call = new Call('ingress', facts.socket.encrypted === true ? 'https' : 'http', now());
  call.site = facts.site;
  call.request = requestText(request.method, request.url);
  call.extra = claimedText(request.rawHeaders);
  return call;
}

/** An upgrade or CONNECT that the program answers by hand: the call lasts as long as the connection. */
function upgraded(facts: ConnectionFacts, request: Foreign, socket: Foreign, head: unknown): void {
  const call = inboundCall(facts, request);
  const upgrade: unknown = request.headers?.upgrade;
  if (typeof upgrade === 'string' && upgrade.toLowerCase() === 'websocket') {
    call.extra += `,"scheme":"${call.ch === 'https' ? 'wss' : 'ws'}"`;
    call.ch = 'ws';
  }
  call.reused = facts.claim(call);
  facts.openRow(call);
  // The status line is the first thing that the program writes.
  const { write } = socket;
  socket.write = function (this: Foreign, chunk: unknown) {
    delete socket.write;
    const status = /^HTTP\/1\.[01] (\d{3}) /.exec(String(chunk).slice(0, 16))?.[1];
    if (status !== undefined) call.status = Number(status);
    channel().open.refresh(call);
    try {
      return apply(write, this, arguments);
    } finally {
      // The head of the answer is not the body.
      if (call.ch === 'ws' && status === '101') followSocket(socket, call, undefined, head);
    }
  };
}

function isHttp(server: Foreign): boolean {
  return 'requestTimeout' in server && 'headersTimeout' in server;
}

function acceptedFacts(server: Foreign, socket: Foreign): ConnectionFacts {
  const facts = new ConnectionFacts(socket, 'ingress', now());
  facts.site = listenSites.get(server);
  if (socket._handle !== null && socket._handle !== undefined) facts.becomeReal();
  const { remoteAddress, remotePort, localPort } = socket;
  if (typeof remoteAddress === 'string') facts.ip = remoteAddress;
  if (typeof remotePort === 'number') facts.peerPort = remotePort;
  if (typeof localPort === 'number') facts.localPort = localPort;
  const path: unknown = typeof remotePort === 'number' ? undefined : server._pipeName;
  if (typeof path === 'string') facts.path = path;
  return Connection.attach(socket, facts);
}

function openRaw(server: Foreign, facts: ConnectionFacts): void {
  if (facts.isClaimed || facts.call !== undefined || isHttp(server)) return;
  const call = new Call(
    'ingress',
    facts.path !== '' ? 'unix' : facts.socket.encrypted === true ? 'tls' : 'tcp',
    facts.start,
  );
  call.site = facts.site;
  if (facts.path !== '') call.target = `,"host":${quote(facts.path, FILE_PATH_CHARS_MAX)}`;
  facts.openRow(call);
}

function observeServer(server: Foreign, type: unknown, first: Foreign, second: Foreign, third: Foreign): void {
  if (!observing()) return;
  try {
    switch (type) {
      case 'request':
      case 'checkContinue':
      case 'checkExpectation': {
        const facts = Connection.of(first?.socket);
        if (facts?.isReal === true && second instanceof http.ServerResponse) Answer.begin(facts, first, second);
        return;
      }
      case 'connection':
        if (Connection.of(first) === undefined && first instanceof net.Socket) accepted(server, first);
        return;
      case 'stream':
        streamObserver?.(first, second, listenSites.get(server));
        return;
      case 'secureConnection':
        secured(first, server);
        return;
      case 'upgrade':
      case 'connect': {
        const facts = Connection.of(second);
        if (facts?.isReal === true && first instanceof http.IncomingMessage) upgraded(facts, first, second, third);
        return;
      }
      case 'tlsClientError': {
        const facts = Connection.of(second?._parent);
        if (facts !== undefined) facts.err = errorCode(first);
        return;
      }
      default:
    }
  } catch {
    hookFailed();
  }
}

function accepted(server: Foreign, socket: Foreign): void {
  const facts = acceptedFacts(server, socket);
  // A TLS server's socket is not the program's to see: its row is the one of the TLS socket over it.
  if (!('setSecureContext' in server)) openRaw(server, facts);
}

function secured(socket: Foreign, server: Foreign): void {
  const beneath = Connection.of(socket._parent);
  if (beneath === undefined || Connection.of(socket) !== undefined) return;
  beneath.isClaimed = true;
  const facts = acceptedFacts(server, socket);
  facts.beneath = beneath;
  facts.site = beneath.site ?? facts.site;
  openRaw(server, facts);
}

export function patchServer(): void {
  const { prototype } = net.Server as Foreign;
  wrap(prototype, 'listen', (original) => {
    return function listen(this: Foreign) {
      try {
        used();
        const site = observing() ? captureSite(listen) : undefined;
        if (site !== undefined) listenSites.set(this, site);
      } catch {
        hookFailed();
      }
      const args = arguments;
      return withImplicitLookup(() => apply(original, this, args));
    };
  });
  observeEmit(prototype, observeServer);
  observeEmit(http.ServerResponse.prototype, Answer.observe);
  whenCapturing(patchAnswers);
}

function patchAnswers(): void {
  for (const name of ['write', 'end']) {
    wrap(http.ServerResponse.prototype, name, (original) => {
      return function (this: Foreign, chunk: unknown, encoding: unknown) {
        try {
          Answer.addBody(this, chunk, encoding);
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
  }
}
