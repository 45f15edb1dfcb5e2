/**
 * `fetch` and undici, embedded or installed, through the diagnostics channels that undici 5 to 8 publish. Global fetch is
 * wrapped only to take the caller's stack where it is short; the requests that it makes synchronously are its own.
 */
import dc from 'node:diagnostics_channel';
import { capture } from '../bodies/body.js';
import { Call, errorCode, isAbort } from '../call.js';
import { captureOrder, whenCapturing } from '../bodies/capture.js';
import { targetText } from './connection.js';
import { Fingerprint } from '../fingerprint.js';
import { listFromBlock, listFromRaw, pairHeaders } from '../header-lists.js';
import type { HeaderList } from '../header-lists.js';
import { TextCache } from '../json-text.js';
import { replace, wrap } from '../patch.js';
import { UrlConstructor, apply, getPrototypeOf, isArray, now, queueMicrotask } from '../primordials.js';
import type { Foreign } from '../primordials.js';
import { requestText } from './request-text.js';
import type { Site } from '../caller/site.js';
import { factsOf, setCarrier } from './socket.js';
import { followSocket, headOf } from '../bodies/socket-bodies.js';
import { captureSite } from '../caller/stack.js';
import { Stamp } from '../stamp.js';
import { channel, hookFailed, observing } from '../thread.js';

class Exchange {
  readonly call: Call;
  readonly host: string;
  fingerprint: Fingerprint | undefined = undefined;
  isEnded = false;
  isFirstUse = false;
  responseAt = -1;
  socket: Foreign = undefined;
  sent: HeaderList | undefined = undefined;
  received: HeaderList | undefined = undefined;

  constructor(call: Call, host: string) {
    this.call = call;
    this.host = host;
  }
}

/** A request of undici's and its exchange. */
class Carried extends Stamp {
  readonly #exchange!: Exchange;

  private constructor(request: object, exchange: Exchange) {
    super(request);
    this.#exchange = exchange;
  }

  static by(request: object, exchange: Exchange): void {
    if (!(#exchange in request)) new Carried(request, exchange);
  }

  static exchangeOf(request: Foreign): Exchange | undefined {
    return typeof request === 'object' && request !== null && #exchange in request ? request.#exchange : undefined;
  }
}

const patched = new WeakSet();
let lastPatched: unknown;

/** What all requests to one origin share. */
interface Origin {
  readonly name: string;
  readonly hostname: string;
  readonly isTls: boolean;
  readonly target: string;
}
const origins = new TextCache<string, Origin>(256);

function originOf(text: string): Origin {
  return origins.get(text) ?? origins.set(text, readOrigin(text));
}

function readOrigin(text: string): Origin {
  const { origin, hostname, port, protocol } = new UrlConstructor(text);
  const isTls = protocol === 'https:';
  return { name: origin, hostname, isTls, target: targetText(hostname, port === '' ? (isTls ? 443 : 80) : port) };
}

/** Where the responses to fetch have redirected to, and whose fetch that was: the next hop has no caller's stack. */
const redirects = new TextCache<string, Site>(256);
/** The fetch that is being called on this very stack. */
let fetching: { readonly site: Site | undefined } | undefined;

/** undici 5 to 7, then 8. */
const BODY_METHODS = ['onBodySent'];
const DATA_METHODS = ['onData', 'onResponseData'];
const UPGRADE_METHODS = ['onUpgrade', 'onRequestUpgrade'];

function patchRequest(prototype: Foreign): void {
  if (prototype === lastPatched) return;
  lastPatched = prototype;
  if (patched.has(prototype)) return;
  patched.add(prototype);
  whenCapturing(() => {
    patchData(prototype);
  });
  for (const name of BODY_METHODS) {
    if (typeof prototype[name] !== 'function') continue;
    wrap(prototype, name, (original) => {
      return function onBodySent(this: Foreign, chunk: unknown) {
        try {
          const exchange = Carried.exchangeOf(this);
          if (exchange !== undefined) {
            (exchange.fingerprint ??= new Fingerprint()).add(chunk);
            if (captureOrder() !== undefined) capture(exchange.call, 'requestBody', exchange.host, chunk);
          }
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
  }
  for (const name of UPGRADE_METHODS) {
    if (typeof prototype[name] !== 'function') continue;
    wrap(prototype, name, (original) => {
      return function onUpgrade(this: Foreign, status: unknown) {
        try {
          upgraded(this, typeof status === 'number' ? status : 101);
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
  }
}

/** The pieces of a response as they come over the wire: fetch decodes them later. */
function patchData(prototype: Foreign): void {
  for (const name of DATA_METHODS) {
    if (typeof prototype[name] !== 'function') continue;
    wrap(prototype, name, (original) => {
      return function onData(this: Foreign, chunk: unknown) {
        try {
          const exchange = Carried.exchangeOf(this);
          if (exchange?.isEnded === false) capture(exchange.call, 'responseBody', exchange.host, chunk);
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
  }
}

/** The socket is the caller's from now on: the call lasts as long as it does. */
function upgraded(request: Foreign, status: number): void {
  const exchange = Carried.exchangeOf(request);
  if (exchange === undefined || exchange.isEnded) return;
  exchange.isEnded = true;
  const { call } = exchange;
  call.status = status;
  const facts = factsOf(exchange.socket);
  if (facts === undefined) {
    call.outcome = 'success';
    channel().end(call);
    return;
  }
  call.headers = pairHeaders(exchange.sent, undefined);
  if (exchange.isFirstUse) call.phases = facts.phases(now());
  if (call.ch === 'ws') followSocket(exchange.socket, call, exchange.host, headOf(exchange.socket));
  facts.openRow(call);
}

function onCreate({ request }: Foreign): void {
  const prototype: Foreign = getPrototypeOf(request);
  patchRequest(prototype);
  const origin = originOf(String(request.origin));
  const redirected = fetching === undefined ? redirects.get(`${origin.name}${String(request.path)}`) : undefined;
  const isFetch = fetching !== undefined || redirected !== undefined;
  const isSocket = String(request.upgrade).toLowerCase() === 'websocket';
  const call = new Call('egress', isSocket ? 'ws' : isFetch ? 'fetch' : 'undici', now());
  call.site = fetching?.site ?? redirected ?? captureSite(onCreate);
  call.target = origin.target;
  call.extra = `,"scheme":"${isSocket ? 'ws' : 'http'}${origin.isTls ? 's' : ''}"`;
  call.request = requestText(String(request.method), String(request.path));
  Carried.by(request, new Exchange(call, origin.hostname));
  channel().begin(call);
}

function onSendHeaders({ request, headers, socket }: Foreign): void {
  const exchange = Carried.exchangeOf(request);
  const facts = factsOf(socket);
  if (exchange === undefined || facts === undefined) return;
  exchange.socket = socket;
  exchange.isFirstUse = !facts.claim(exchange.call);
  exchange.call.reused = !exchange.isFirstUse;
  if (typeof headers === 'string') exchange.sent = listFromBlock(headers);
}

function noteRedirect(request: Foreign, call: Call, { statusCode, headers }: Foreign): void {
  if (call.ch !== 'fetch' || call.site === undefined || statusCode < 301 || statusCode > 308) return;
  const index = isArray(headers) ? headers.findIndex((name) => String(name).toLowerCase() === 'location') : -1;
  if (index < 0) return;
  const next = new UrlConstructor(String(headers[index + 1]), `${String(request.origin)}${String(request.path)}`);
  redirects.set(`${next.origin}${next.pathname}${next.search}`, call.site);
}

function onHeaders({ request, response }: Foreign): void {
  const exchange = Carried.exchangeOf(request);
  if (exchange === undefined) return;
  exchange.responseAt = now();
  exchange.call.status = response.statusCode;
  noteRedirect(request, exchange.call, response);
  if (Array.isArray(response.headers)) exchange.received = listFromRaw(response.headers.map(String));
}

function end(request: Foreign, error: unknown): void {
  const exchange = Carried.exchangeOf(request);
  if (exchange === undefined || exchange.isEnded) return;
  exchange.isEnded = true;
  const { call } = exchange;
  const facts = factsOf(exchange.socket);
  if (facts !== undefined) {
    facts.settle(call);
    if (exchange.isFirstUse) call.phases = facts.phases(exchange.responseAt);
  }
  if (error === undefined) {
    call.outcome = 'success';
    call.body = exchange.fingerprint?.digest() ?? '';
    call.endBodies('whole');
  } else if (isAbort(error)) call.outcome = call.status === 0 ? 'unknown' : 'success';
  else call.fail(errorCode(error) || 'ERR_UNKNOWN');
  if (exchange.sent !== undefined || exchange.received !== undefined) {
    call.headers = pairHeaders(exchange.sent, exchange.received);
  }
  channel().end(call);
}

/** The connector runs right after this, on the same stack: its socket is the request's. */
function onBeforeConnect(): void {
  const before = setCarrier({ site: undefined, isUndici: true });
  queueMicrotask(() => {
    setCarrier(before);
  });
}

function subscribe(name: string, listen: (message: Foreign) => void): void {
  dc.subscribe(`undici:${name}`, (message) => {
    if (!observing()) return;
    try {
      listen(message);
    } catch {
      hookFailed();
    }
  });
}

function wrapFetch(): void {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
  const original: Foreign = globalThis.fetch;
  if (descriptor === undefined || typeof original !== 'function') return;
  replace(globalThis, 'fetch', function fetch(this: Foreign) {
    const before = fetching;
    try {
      fetching = observing() ? { site: captureSite(fetch) } : undefined;
    } catch {
      hookFailed();
    }
    try {
      return apply(original, this, arguments);
    } finally {
      fetching = before;
    }
  });
}

export function observeUndici(): void {
  subscribe('request:create', onCreate);
  subscribe('client:beforeConnect', onBeforeConnect);
  subscribe('client:sendHeaders', onSendHeaders);
  subscribe('request:headers', onHeaders);
  subscribe('request:trailers', ({ request }: Foreign) => {
    end(request, undefined);
  });
  subscribe('request:error', ({ request, error }: Foreign) => {
    end(request, error);
  });
  wrapFetch();
}
