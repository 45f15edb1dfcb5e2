/**
 * Datagrams, at the UDP handle, where no way of sending passes by. One row for each socket and peer, from the first
 * datagram until the socket closes: a row a datagram would drown the rest.
 */
import dgram from 'node:dgram';
import dc from 'node:diagnostics_channel';
import { HOST_CHARS_MAX } from '../../core/limits.js';
import { Call } from '../call.js';
import { peerText } from './connection.js';
import { quote } from '../json-text.js';
import { observeEmit, wrap } from '../patch.js';
import { MapConstructor, apply, getPrototypeOf, now } from '../primordials.js';
import type { Foreign, ForeignFunction } from '../primordials.js';
import type { Direction } from '../../event/frame.js';
import type { Site } from '../caller/site.js';
import { withImplicitLookup } from './socket.js';
import { captureSite } from '../caller/stack.js';
import { channel, hookFailed, observing } from '../thread.js';

/** Peers of one socket with a row of their own; when there are more, the rows so far end and new ones begin. */
const PEERS_MAX = 1_024;

class Flows {
  readonly calls = new MapConstructor<string, Call>();
  /** Names that were looked up, by the address they gave. */
  readonly names = new MapConstructor<string, string>();
  /** Whoever sent or bound first. */
  site: Site | undefined = undefined;
  /** Peer of a connected socket. */
  connected: readonly [address: unknown, port: unknown] | undefined = undefined;

  callWith(dir: Direction, address: unknown, port: unknown): Call {
    const key = `${String(address)} ${String(port)}`;
    const known = this.calls.get(key);
    if (known !== undefined) return known;
    if (this.calls.size >= PEERS_MAX) this.end();
    const call = new Call(dir, 'udp', now());
    call.site = this.site;
    const ip = String(address);
    const name = this.names.get(ip);
    if (dir === 'egress') call.target = `,"host":${quote(name ?? ip, HOST_CHARS_MAX)},"port":${Number(port)}`;
    call.peer = peerText(ip);
    call.peerPort = Number(port);
    call.sent = 0;
    call.received = 0;
    this.calls.set(key, call);
    channel().begin(call);
    return call;
  }

  /** A datagram that left is all that can be known: nobody acknowledges it. A socket that was only connected did nothing. */
  end(): void {
    for (const call of this.calls.values()) {
      call.outcome ??= call.sent + call.received > 0 ? 'success' : 'unknown';
      channel().end(call);
    }
    this.calls.clear();
  }
}

/** By handle and by socket. */
const flowsOf = new WeakMap<object, Flows>();

function observeHandle(prototype: Foreign, name: string, observe: (flows: Flows, args: IArguments) => void): void {
  wrap(prototype, name, (original) => {
    return function (this: Foreign) {
      try {
        if (observing()) {
          let flows = flowsOf.get(this);
          if (flows === undefined) flowsOf.set(this, (flows = new Flows()));
          observe(flows, arguments);
        }
      } catch {
        hookFailed();
      }
      return apply(original, this, arguments);
    };
  });
}

/** `send(request, list, count, [port, address,] hasCallback)`: a connected socket leaves the peer out. */
function onSend(flows: Flows, args: IArguments): void {
  const [address, port] = args.length < 6 ? (flows.connected ?? []) : [args[4], args[3]];
  if (address === undefined) return;
  const call = flows.callWith('egress', address, port);
  for (const chunk of args[1] as Foreign[]) call.sent += Number(chunk.byteLength ?? chunk.length ?? 0);
}

/** A new socket: its handle looks names up for it, which is no question of the program's own. */
function onSocket(socket: Foreign): void {
  const state = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const handle: Foreign = state === undefined ? undefined : socket[state]?.handle;
  if (handle === undefined || handle === null) return;
  const flows = new Flows();
  flowsOf.set(handle, flows);
  flowsOf.set(socket, flows);
  const { lookup } = handle;
  if (typeof lookup !== 'function') return;
  handle.lookup = function (this: Foreign, name: unknown, callback: Foreign) {
    const named: ForeignFunction = function (_error, address: unknown) {
      if (typeof address === 'string' && typeof name === 'string' && address !== name && flows.names.size < PEERS_MAX) {
        flows.names.set(address, name);
      }
      return apply(callback, this, arguments);
    };
    return withImplicitLookup<unknown>(() => apply(lookup, this, [name, named]));
  };
}

function onMessage(socket: Foreign, type: unknown, first: Foreign, second: Foreign): void {
  if (type !== 'message' || !observing()) return;
  try {
    const { address, port } = second ?? {};
    const call = flowsOf.get(socket)?.callWith('ingress', address, port);
    if (call === undefined) return;
    if (call.received === 0 && call.dir === 'ingress') call.localPort = Number(socket.address().port);
    call.received += Number(first?.length ?? 0);
  } catch {
    hookFailed();
  }
}

function handlePrototype(): Foreign {
  const socket: Foreign = dgram.createSocket('udp4');
  const state = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const prototype: Foreign = getPrototypeOf(socket[state as symbol].handle);
  socket.close();
  return prototype;
}

export function patchUdp(): void {
  const prototype = handlePrototype();
  for (const name of ['send', 'send6']) observeHandle(prototype, name, onSend);
  for (const name of ['connect', 'connect6']) {
    observeHandle(prototype, name, (flows, args) => {
      flows.connected = [args[0], args[1]];
      // Also if nothing is ever sent: the kernel observer sees that it was connected, and not what is written to it.
      flows.callWith('egress', args[0], args[1]);
    });
  }
  // `close` is inherited from all handles: an own property here leaves the others alone.
  observeHandle(prototype, 'close', (flows) => {
    flows.end();
  });
  for (const name of ['send', 'connect', 'bind']) {
    wrap(dgram.Socket.prototype, name, (original) => {
      return function attributed(this: Foreign) {
        try {
          const flows = flowsOf.get(this);
          if (flows !== undefined && observing()) flows.site ??= captureSite(attributed);
        } catch {
          hookFailed();
        }
        return apply(original, this, arguments);
      };
    });
  }
  observeEmit(dgram.Socket.prototype, onMessage);
  dc.subscribe('udp.socket', (message) => {
    try {
      onSocket((message as { socket: Foreign }).socket);
    } catch {
      hookFailed();
    }
  });
}
