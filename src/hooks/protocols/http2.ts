/**
 * HTTP/2 through `node:http2`: one row a stream, bytes of a stream unknown. The module costs 3 ms to load and most
 * programs never do, so it is looked at only once it has been loaded by somebody else.
 */
import { Duplex } from 'node:stream';
import { capture } from '../bodies/body.js';
import { Call, errorCode } from '../call.js';
import { whenCapturing } from '../bodies/capture.js';
import { targetText } from './connection.js';
import type { ConnectionFacts } from './connection.js';
import { attempt, observeEmit, wrap } from '../patch.js';
import { UrlConstructor, apply, getBuiltinModule, getPrototypeOf, now } from '../primordials.js';
import type { Foreign } from '../primordials.js';
import { requestText } from './request-text.js';
import { onServerStream } from './server.js';
import type { Site } from '../caller/site.js';
import { factsOf } from './socket.js';
import { captureSite } from '../caller/stack.js';
import { channel, hookFailed, observing } from '../thread.js';

interface Stream {
  readonly call: Call;
  /** As the caller named it. */
  readonly host: string | undefined;
  readonly facts: ConnectionFacts | undefined;
}

const streams = new WeakMap<object, Stream>();
const patched = new WeakSet();

function observeStream(stream: Foreign, type: unknown, first: Foreign): void {
  if (type !== 'response' && type !== 'error' && type !== 'close') return;
  const known = streams.get(stream);
  if (known === undefined || !observing()) return;
  const { call } = known;
  try {
    if (type === 'response') call.status = Number(first?.[':status']) || 0;
    else if (type === 'error') call.fail(errorCode(first));
    else finish(stream, known);
  } catch {
    hookFailed();
  }
}

function finish(stream: Foreign, { call, facts }: Stream): void {
  streams.delete(stream);
  endBodies(stream, call);
  // A stream may be older than the connection it went over.
  if (call.peer === '') facts?.place(call);
  if (call.dir === 'ingress') call.status = Number(stream.sentHeaders?.[':status']) || 0;
  const code = Number(stream.rstCode ?? 0);
  if (call.outcome === undefined) {
    if (code === 0) call.outcome = call.status === 0 ? 'unknown' : 'success';
    // RFC 9113, section 7: 8 is CANCEL, somebody lost interest.
    else if (code === 8) call.outcome = 'unknown';
    else call.fail('ERR_HTTP2_STREAM_ERROR');
  }
  channel().end(call);
}

/** A chunk that the program sends over a stream, or is sent. */
function observeChunk(stream: Foreign, isSent: boolean, chunk: unknown, encoding?: unknown): void {
  const known = streams.get(stream);
  if (known === undefined || chunk === null) return;
  const { call, host } = known;
  capture(call, isSent === (call.dir === 'egress') ? 'requestBody' : 'responseBody', host, chunk, encoding);
}

function patchBodies(prototype: Foreign): void {
  for (const name of ['push', 'write', 'end']) {
    wrap(prototype, name, (original) => {
      return function (this: Foreign, chunk: unknown, encoding: unknown) {
        try {
          observeChunk(this, name !== 'push', chunk, encoding);
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
  }
}

/** Both directions of a stream that closed: what was ended is whole. */
function endBodies(stream: Foreign, { dir, requestBody, responseBody }: Call): void {
  const [sent, received] = dir === 'egress' ? [requestBody, responseBody] : [responseBody, requestBody];
  if (stream.writableFinished === true) sent?.end('whole');
  if (stream.readableEnded === true) received?.end('whole');
}

function track(stream: Foreign, call: Call, host?: string): void {
  const prototype: Foreign = getPrototypeOf(stream);
  if (!patched.has(prototype)) {
    patched.add(prototype);
    observeEmit(prototype, observeStream);
    whenCapturing(() => {
      patchBodies(prototype);
    });
  }
  const facts = factsOf(socketOf(stream.session));
  if (facts !== undefined) call.reused = facts.claim(call);
  call.extra = ',"proto":"h2"';
  streams.set(stream, { call, facts, host });
  channel().begin(call);
}

/** The socket of a session, without the Proxy that `session.socket` gives. */
function socketOf(session: Foreign): Foreign {
  const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'socket');
  return symbol === undefined ? undefined : session[symbol];
}

function requested(session: Foreign, headers: Foreign, stream: Foreign, site: Site | undefined, start: number): void {
  const facts = factsOf(socketOf(session));
  if (facts?.isUndici === true) return;
  const call = new Call('egress', 'http2', start);
  call.site = site;
  const authority: unknown = headers?.[':authority'];
  let host = facts?.host;
  if (typeof authority === 'string') {
    const url = new UrlConstructor(`https://${authority}`);
    host = url.hostname;
    call.target = targetText(host, url.port === '' ? (facts?.port ?? 443) : url.port);
  } else call.target = targetText(host, facts?.port);
  call.request = requestText(headers?.[':method'] ?? 'GET', headers?.[':path'] ?? '/');
  track(stream, call, host);
}

function patchSession(prototype: Foreign): void {
  wrap(prototype, 'request', (original) => {
    return function request(this: Foreign, headers: Foreign) {
      const start = now();
      const stream: Foreign = apply(original, this, arguments);
      try {
        if (observing()) requested(this, headers, stream, captureSite(request), start);
      } catch {
        hookFailed();
      }
      return stream;
    };
  });
}

/** A session over a stream that goes nowhere, only to learn the prototype of sessions. */
function sessionPrototype(http2: Foreign): Foreign {
  const createConnection = (): Duplex => new Duplex({ read: () => undefined, write: () => undefined });
  const session: Foreign = http2.connect('http://probe.invalid', { createConnection });
  session.on('error', () => undefined);
  const prototype: Foreign = getPrototypeOf(session);
  session.destroy();
  return prototype;
}

function inbound(stream: Foreign, headers: Foreign, site: Site | undefined): void {
  const call = new Call('ingress', 'http2', now());
  call.site = site;
  call.request = requestText(headers?.[':method'], headers?.[':path']);
  track(stream, call);
}

let isPatched = false;

/** Called whenever the program connects or listens: by then it has loaded the module if it is going to use it. */
export function patchHttp2WhenLoaded(): void {
  if (isPatched || !(process as Foreign).moduleLoadList.includes('NativeModule http2')) return;
  isPatched = true;
  const done = attempt('http2', () => {
    patchSession(sessionPrototype(getBuiltinModule('node:http2')));
    onServerStream(inbound);
  });
  if (!done) hookFailed();
}
