/**
 * Outbound HTTP/1: `ClientRequest`, through `node:http` and `node:https` and whatever builds on them. The call begins
 * where the program makes the request (its agent is asked for a socket on the same stack) and ends when the request
 * emits `close`.
 */
import http from 'node:http';
import { capture } from '../bodies/body.js';
import { Call, errorCode, isAbort } from '../call.js';
import { captureOrder } from '../bodies/capture.js';
import { targetText } from './connection.js';
import type { ConnectionFacts } from './connection.js';
import { Fingerprint } from '../fingerprint.js';
import { listFromBlock, listFromRaw, pairHeaders } from '../header-lists.js';
import { followMessage, isWhole } from '../bodies/message-bodies.js';
import { observeEmit, wrap } from '../patch.js';
import { apply, now } from '../primordials.js';
import type { Foreign, ForeignFunction } from '../primordials.js';
import { requestText } from './request-text.js';
import { factsOf, setCarrier } from './socket.js';
import type { Site } from '../caller/site.js';
import { followSocket } from '../bodies/socket-bodies.js';
import { captureSite } from '../caller/stack.js';
import { Stamp } from '../stamp.js';
import { channel, hookFailed, observing } from '../thread.js';

/** Site of the `request` or `get` that is being called on this very stack. */
let calling: Site | undefined;

/** A request's call and what is known of it: one object, since each private field makes a foreign object grow. */
class Exchange {
  readonly call: Call;
  #facts: ConnectionFacts | undefined = undefined;
  #fingerprint: Fingerprint | undefined = undefined;
  #respondedAt = -1;
  port: unknown = undefined;
  #response: Foreign = undefined;

  constructor(call: Call) {
    this.call = call;
  }

  addBody(request: Foreign, chunk: unknown, encoding: unknown): void {
    if (chunk === undefined || chunk === null || typeof chunk === 'function') return;
    (this.#fingerprint ??= new Fingerprint()).add(chunk, encoding);
    if (captureOrder() !== undefined) capture(this.call, 'requestBody', hostOf(request), chunk, encoding);
  }

  observe(request: Foreign, type: ObservedEvent, first: Foreign, second: Foreign, third: Foreign): void {
    if (type === 'socket') this.#begin(request, first);
    else if (type === 'response') this.#respond(request, first);
    else if (type === 'error') this.#fail(first);
    else if (type === 'close') this.#end(request);
    else this.#switch(request, type, first, second, third);
  }

  /** The request got its socket; nothing is written yet. */
  #begin(request: Foreign, socket: Foreign): void {
    const call = this.call;
    const facts = factsOf(socket);
    // A mock has no handle that was ever connected: it is not a call of the network.
    if (facts === undefined) return;
    this.#facts = facts;
    describe(call, request, socket, this.port);
    call.reused = facts.claim(call);
    facts.readMark = facts.read();
    facts.writtenMark = facts.written();
    if (call.reused || facts.beneath !== undefined) {
      // Whoever used the connection before has its bytes; a tunnel's own greeting is not this call's either.
    } else {
      facts.readMark = 0;
      facts.writtenMark = 0;
    }
    facts.begin(call);
  }

  #respond(request: Foreign, response: Foreign): void {
    const call = this.call;
    this.#respondedAt = now();
    if (typeof response.statusCode === 'number') call.status = response.statusCode;
    if (typeof request._header === 'string' && Array.isArray(response.rawHeaders)) {
      call.headers = pairHeaders(listFromBlock(request._header), listFromRaw(response.rawHeaders));
    }
    channel().open.refresh(call);
    this.#response = response;
    followMessage(response, call, 'responseBody', hostOf(request));
  }

  #fail(error: unknown): void {
    const call = this.call;
    if (isAbort(error)) call.outcome = call.status === 0 ? 'unknown' : 'success';
    else call.fail(errorCode(error));
  }

  /** 101 or an answered CONNECT: the connection is the program's until it closes. */
  #switch(request: Foreign, type: 'upgrade' | 'connect', response: Foreign, socket: Foreign, head: unknown): void {
    this.#respond(request, response);
    const call = this.call;
    const facts = this.#facts;
    if (facts === undefined || type === 'connect') return;
    const upgrade: unknown = response.headers?.upgrade;
    if (typeof upgrade === 'string' && upgrade.toLowerCase() === 'websocket') {
      call.ch = 'ws';
      call.extra = `,"scheme":"${facts.socket.encrypted === true ? 'wss' : 'ws'}"`;
      followSocket(socket, call, hostOf(request), head);
    }
    call.phases = facts.uses > 1 ? undefined : facts.phases(this.#respondedAt);
    facts.openRow(call);
  }

  #end(request: Foreign): void {
    const call = this.call;
    const facts = this.#facts;
    if (facts?.call === call || call.isEnded) return;
    call.isEnded = true;
    if (facts === undefined) {
      // No socket: refused by name look-up or agent, or mocked. Only a failure of the network is a call.
      const isFailure = call.err !== '' && request.socket?._handle === undefined;
      if (isFailure) describe(call, request, undefined, this.port);
      if (!isFailure || (factsOf(request.socket) === undefined && !NETWORK_ERROR.test(call.err))) {
        channel().drop(call);
        return;
      }
    } else {
      if (!facts.base().isReal && call.err === '') {
        channel().drop(call);
        return;
      }
      facts.settle(call);
      if (!call.reused) call.phases = facts.phases(this.#respondedAt);
    }
    // The whole body is known only once the program has ended the request.
    if (request.writableEnded === true && this.#fingerprint !== undefined) call.body = this.#fingerprint.digest();
    call.outcome ??= call.status === 0 ? 'unknown' : 'success';
    if (request.writableEnded === true) call.requestBody?.end('whole');
    if (isWhole(this.#response)) call.responseBody?.end('whole');
    channel().end(call);
  }
}

type ObservedEvent = 'socket' | 'response' | 'error' | 'close' | 'upgrade' | 'connect';

class Observed extends Stamp {
  readonly #exchange!: Exchange;

  private constructor(request: object, exchange: Exchange) {
    super(request);
    this.#exchange = exchange;
  }

  static of(request: Foreign): Exchange | undefined {
    return #exchange in request ? request.#exchange : undefined;
  }

  static begin(request: Foreign, above: ForeignFunction): Exchange | undefined {
    if (#exchange in request || !observing()) return undefined;
    const call = new Call('egress', 'http', now());
    call.site = calling ?? captureSite(above);
    calling = undefined;
    const exchange = new Exchange(call);
    new Observed(request, exchange);
    return exchange;
  }
}

function observe(request: Foreign, type: unknown, first: Foreign, second: Foreign, third: Foreign): void {
  if (type !== 'socket' && type !== 'response' && type !== 'error' && type !== 'close') {
    if (type !== 'upgrade' && type !== 'connect') return;
  }
  try {
    Observed.of(request)?.observe(request, type, first, second, third);
  } catch {
    hookFailed();
  }
}

const hostOf = (request: Foreign): unknown => request.host;

const NETWORK_ERROR = /^E[A-Z]+$/;

/** @param port from the options that the agent saw: the request itself keeps it only in its Host header */
function describe(call: Call, request: Foreign, socket: Foreign, port: unknown): void {
  const isTls = request.protocol === 'https:' || socket?.encrypted === true;
  call.ch = isTls ? 'https' : 'http';
  const socketPath: unknown = request.socketPath;
  const portOrDefault: unknown = port ?? request.agent?.defaultPort ?? (isTls ? 443 : 80);
  call.target = typeof socketPath === 'string' ? targetText(socketPath, 0) : targetText(request.host, portOrDefault);
  call.request = requestText(request.method, request.path);
}

/**
 * Wraps `request` and `get`, where the stack is shortest: taking it inside the agent costs three times as much. Calls
 * that go past these functions are attributed there all the same.
 */
function patchRequestFunctions(module: Foreign): void {
  for (const name of ['request', 'get']) {
    wrap(module, name, (original) => {
      return function request(this: Foreign) {
        if (!observing()) return apply(original, this, arguments);
        const before = calling;
        try {
          calling = captureSite(request);
        } catch {
          hookFailed();
        }
        try {
          return apply(original, this, arguments);
        } finally {
          calling = before;
        }
      };
    });
  }
}

export function patchClientRequest(): void {
  patchRequestFunctions(http);
  const { ClientRequest, Agent } = http as Foreign;
  const { prototype } = ClientRequest;
  wrap(Agent.prototype, 'addRequest', (original) => {
    return function addRequest(this: Foreign, request: Foreign, options: Foreign) {
      let exchange: Exchange | undefined;
      try {
        exchange = Observed.begin(request, addRequest);
        if (exchange !== undefined) exchange.port = options?.port;
      } catch {
        hookFailed();
      }
      if (exchange === undefined) return apply(original, this, arguments);
      const before = setCarrier(exchange.call);
      try {
        return apply(original, this, arguments);
      } finally {
        setCarrier(before);
      }
    };
  });
  wrap(prototype, 'onSocket', (original) => {
    return function onSocket(this: Foreign, socket: Foreign) {
      try {
        const exchange = Observed.begin(this, onSocket);
        const facts = exchange === undefined ? undefined : factsOf(socket);
        if (exchange !== undefined && facts !== undefined) {
          exchange.port = facts.port;
          if (facts.uses === 0) exchange.call.start = facts.start;
        }
      } catch {
        hookFailed();
      }
      return apply(original, this, arguments);
    };
  });
  wrap(prototype, '_implicitHeader', (original) => {
    return function implicitHeader(this: Foreign) {
      try {
        Observed.begin(this, implicitHeader);
      } catch {
        hookFailed();
      }
      return apply(original, this, arguments);
    };
  });
  for (const name of ['write', 'end']) {
    wrap(prototype, name, (original) => {
      return function (this: Foreign, chunk: unknown, encoding: unknown) {
        if (chunk !== undefined) {
          try {
            Observed.of(this)?.addBody(this, chunk, encoding);
          } catch {
            hookFailed();
          }
        }
        return apply(original, this, arguments);
      };
    });
  }
  observeEmit(prototype, observe);
}
