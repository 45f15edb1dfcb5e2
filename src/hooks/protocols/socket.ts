/**
 * The backstop beneath every protocol: `net.Socket.prototype` and the TCP and pipe handles. A client library that
 * nobody heard of still leaves a row with its destination.
 */
import net from 'node:net';
import { FILE_PATH_CHARS_MAX } from '../../core/limits.js';
import { Call, errorCode } from '../call.js';
import { Connection, ConnectionFacts, peerText, targetText } from './connection.js';
import { quote } from '../json-text.js';
import { observeEmit, wrap } from '../patch.js';
import { apply, bufferFrom, isArray, now } from '../primordials.js';
import type { Foreign, ForeignFunction } from '../primordials.js';
import { protocolOfFirstBytes, protocolOfPort } from './protocol.js';
import type { Site } from '../caller/site.js';
import { captureSite } from '../caller/stack.js';
import { channel, hookFailed, observing } from '../thread.js';

/** Whoever is connecting right now, on this very stack, on behalf of a call that has its own row. */
export interface Carrier {
  readonly site: Site | undefined;
  readonly isUndici?: boolean;
}
let carrier: Carrier | undefined;
let implicitDepth = 0;

/** A carrier for the next socket that connects on this stack, or until `clearCarrier`. */
export function setCarrier(by: Carrier | undefined): Carrier | undefined {
  const before = carrier;
  carrier = by;
  return before;
}

/** Calls `run`; name look-ups in it are parts of another call. */
export function withImplicitLookup<T>(run: () => T): T {
  implicitDepth += 1;
  try {
    return run();
  } finally {
    implicitDepth -= 1;
  }
}

export function isLookupImplicit(): boolean {
  return implicitDepth > 0;
}

/** Called before each connect and listen: modules that were loaded meanwhile get their patches then. */
let beforeUse: () => void = () => undefined;
export function onUse(callback: () => void): void {
  beforeUse = callback;
}
export function used(): void {
  beforeUse();
}

function describe(facts: ConnectionFacts, args: Foreign): void {
  let [first, second] = args;
  if (isArray(first)) [first, second] = first;
  if (typeof first === 'object' && first !== null) {
    if (typeof first.path === 'string') facts.path = first.path;
    else {
      facts.host = typeof first.host === 'string' ? first.host : 'localhost';
      facts.port = Number(first.port);
    }
  } else if (typeof first === 'string' && !(Number(first) >= 0)) facts.path = first;
  else {
    facts.port = Number(first);
    facts.host = typeof second === 'string' ? second : 'localhost';
  }
}

function rowOf(facts: ConnectionFacts): Call {
  const { socket } = facts;
  const isTls: boolean = socket.encrypted === true;
  const call = new Call(facts.dir, facts.path === '' ? (isTls ? 'tls' : 'tcp') : 'unix', facts.start);
  call.site = facts.site;
  call.target =
    facts.path === '' ? targetText(facts.host, facts.port) : `,"host":${quote(facts.path, FILE_PATH_CHARS_MAX)}`;
  const protocol = facts.path === '' ? protocolOfPort(facts.port) : undefined;
  if (protocol !== undefined) call.extra = `,"proto":"${protocol}"`;
  return call;
}

function beforeConnect(socket: Foreign, args: unknown, above: ForeignFunction): void {
  beforeUse();
  const facts = new ConnectionFacts(socket, 'egress', now());
  describe(facts, args);
  const by = carrier;
  if (by === undefined) {
    facts.site = captureSite(above);
    facts.openRow(rowOf(facts));
  } else {
    facts.site = by.site;
    facts.isClaimed = true;
    facts.isUndici = by.isUndici === true;
  }
  Connection.attach(socket, facts);
}

function observeSocket(socket: Foreign, type: unknown, first: Foreign): void {
  switch (type) {
    case 'lookup':
    case 'connect':
    case 'secureConnect':
    case 'error':
    case 'close':
      break;
    default:
      return;
  }
  const facts = Connection.of(socket) ?? beneathOf(socket);
  if (facts === undefined || !observing()) return;
  try {
    if (type === 'lookup') facts.lookedUpAt = now();
    else if (type === 'connect') connected(facts);
    else if (type === 'secureConnect') facts.securedAt = now();
    else if (type === 'error') facts.fail(errorCode(first) || 'ERR_UNKNOWN');
    else {
      // It was made for a call that never went over it, yet it connected: that is a call of its own.
      const isUnused = facts.isClaimed && facts.uses === 0 && facts.dir === 'egress' && facts.connectedAt >= 0;
      if (isUnused && facts.isReal && facts.call === undefined) facts.call = rowOf(facts);
      facts.close();
    }
  } catch {
    hookFailed();
  }
}

function connected(facts: ConnectionFacts): void {
  facts.connectedAt = now();
  // Asked for now: a closed socket does not know it any more.
  const { localPort } = facts.socket;
  if (typeof localPort === 'number') facts.localPort = localPort;
}

/** A TLS socket over a socket that was there before: the row stays with the one beneath. */
function beneathOf(socket: Foreign): ConnectionFacts | undefined {
  if (socket.encrypted !== true) return undefined;
  return factsOf(socket);
}

/** Facts of a socket; those of a TLS socket over another one are made when first asked for. */
export function factsOf(socket: Foreign): ConnectionFacts | undefined {
  const known = Connection.of(socket);
  if (known !== undefined) return known;
  const beneath = socket?.encrypted === true ? Connection.of(socket._parent) : undefined;
  if (beneath === undefined) return undefined;
  const facts = new ConnectionFacts(socket, beneath.dir, beneath.start);
  facts.beneath = beneath;
  facts.site = beneath.site;
  facts.host = beneath.host;
  facts.port = beneath.port;
  if (beneath.isReal) facts.becomeReal();
  if (beneath.call !== undefined && beneath.call.ch === 'tcp') beneath.call.ch = 'tls';
  return Connection.attach(socket, facts);
}

/** Names the protocol of a socket that nobody claimed, by what the program writes first. */
function observeFirstWrite(socket: Foreign, chunk: unknown): void {
  const facts = Connection.of(socket);
  const call = facts?.call;
  if (facts === undefined || call === undefined || facts.isSniffed) return;
  facts.isSniffed = true;
  if (call.extra !== '' || facts.dir !== 'egress') return;
  const bytes = typeof chunk === 'string' ? bufferFrom(chunk.slice(0, 24), 'latin1') : chunk;
  const protocol = bytes instanceof Uint8Array ? protocolOfFirstBytes(bytes) : undefined;
  if (protocol !== undefined) call.extra = `,"proto":"${protocol}"`;
}

export function patchSocket(): void {
  const { prototype } = net.Socket as Foreign;
  wrap(prototype, 'connect', (original) => {
    return function connect(this: Foreign) {
      if (observing() && Connection.of(this) === undefined) {
        try {
          beforeConnect(this, arguments, connect);
        } catch {
          hookFailed();
        }
      }
      implicitDepth += 1;
      try {
        return apply(original, this, arguments);
      } finally {
        implicitDepth -= 1;
      }
    };
  });
  for (const name of ['_writeGeneric'] as const) {
    wrap(prototype, name, (original) => {
      return function write(this: Foreign, isVector: unknown, data: Foreign) {
        try {
          observeFirstWrite(this, isVector === true ? data?.[0]?.chunk : data);
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
  }
  observeEmit(prototype, observeSocket);
}

/**
 * The prototype of TCP handles: a socket makes one when it is told to connect. To an address it would connect in the next
 * tick, but by then it is destroyed. (A host name would do as well, for 3 ms of compiling what IPv6 addresses look like.)
 */
export function tcpPrototype(): Foreign {
  const probe: Foreign = new net.Socket();
  probe.on('error', () => undefined);
  probe.connect({ host: '127.0.0.1', port: 1 });
  const prototype: Foreign = Object.getPrototypeOf(probe._handle);
  probe.destroy();
  return prototype;
}

function ownerSymbol(handle: Foreign): symbol | undefined {
  return Object.getOwnPropertySymbols(handle).find((symbol) => symbol.description === 'owner_symbol');
}

/** Handles that are connected without a net.Socket around them (through `process.binding`) have a row of their own. */
function bareCall(request: Foreign, target: string, ip: string, port: number, above: ForeignFunction): void {
  const call = new Call('egress', ip === '' ? 'unix' : 'tcp', now());
  call.site = captureSite(above);
  call.target = target;
  if (ip !== '') call.peer = peerText(ip);
  call.peerPort = port;
  channel().begin(call);
  const complete: unknown = request.oncomplete;
  request.oncomplete = function oncomplete(this: Foreign, status: number) {
    call.outcome = status === 0 ? 'success' : 'failure';
    channel().end(call);
    return typeof complete === 'function' ? apply(complete, this, arguments) : undefined;
  };
}

export function patchTcpHandle(prototype: Foreign, pipeHandle: Foreign): void {
  const owner = ownerSymbol(pipeHandle);
  const ownerOf = (handle: Foreign): Foreign => (owner === undefined ? undefined : handle[owner]);
  for (const name of ['connect', 'connect6']) {
    wrap(prototype, name, (original) => {
      return function connect(this: Foreign, request: Foreign, address: unknown, port: unknown) {
        try {
          const facts = Connection.of(ownerOf(this));
          const portNumber = typeof port === 'number' ? port : 0;
          if (facts !== undefined) {
            facts.connectTo(typeof address === 'string' ? address : '', portNumber);
            facts.becomeReal();
          } else if (observing() && ownerOf(this) === undefined && typeof address === 'string') {
            bareCall(request, targetText(address, portNumber), address, portNumber, connect);
          }
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
  }
  wrap(Object.getPrototypeOf(pipeHandle), 'connect', (original) => {
    return function connect(this: Foreign, request: Foreign, path: unknown) {
      try {
        const facts = Connection.of(ownerOf(this));
        if (facts !== undefined) facts.becomeReal();
        else if (observing() && ownerOf(this) === undefined && typeof path === 'string') {
          bareCall(request, `,"host":${quote(path, FILE_PATH_CHARS_MAX)}`, '', 0, connect);
        }
      } catch {
        hookFailed();
      }
      return apply(original, this, arguments);
    };
  });
}
