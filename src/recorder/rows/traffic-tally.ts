/** Outbound traffic by destination and package, for the summary at the end of a run. */
import { HOST_CHARS_MAX, PROTOCOL_CHARS_MAX } from '../../core/limits.js';
import type { Destination } from '../../core/run-outcome.js';
import type { CallFrame } from '../../event/frame.js';
import { shapeOf, type CallShape } from '../../event/frame-decoder.js';
import type { NetEndRecord, NetRecord } from '../../event/net-record.js';
import { cap } from '../../event/redaction.js';

/** Destinations that are kept apart; the rest is counted together. */
const DESTINATIONS_MAX = 2_048;

type Tallied = { -readonly [Name in keyof Destination]: Destination[Name] };

/** Where a call went and for whom: the same object for calls that are known to be alike. */
export interface Route extends Omit<Destination, 'calls' | 'failed' | 'sentBytes' | 'unsized'> {
  readonly isInbound: boolean;
}

/** How a call went, as far as that is known by now. */
export interface Course {
  readonly hasFailed: boolean;
  /** Undefined where it is not known. */
  readonly sentBytes: number | undefined;
}

/** One call, as far as the summary goes. */
export interface Traffic extends Course {
  readonly route: Route;
}

/** `smtp` says more than `tcp`; of an HTTP call the channel says by which interface it was made. */
function protocolOf(channel: string, protocol: string | undefined): string {
  return channel === 'tcp' || channel === 'tls' ? (protocol ?? channel) : channel;
}

const routes = new WeakMap<CallShape, Route>();

function routeOf(frame: CallFrame, packageName: string | undefined, program: string | undefined): Route {
  const { dir, ch, proto, host, ip, q, port, pport } = frame;
  // The peer's port is no part of the shape.
  const shape = port === undefined && dir === 'egress' ? undefined : shapeOf(frame);
  const known = shape === undefined ? undefined : routes.get(shape);
  if (known !== undefined && known.packageName === packageName && known.program === program) return known;
  const route = {
    isInbound: dir === 'ingress',
    host: cap(host ?? ip ?? q ?? '?', HOST_CHARS_MAX),
    port: port ?? pport,
    protocol: cap(protocolOf(ch, proto), PROTOCOL_CHARS_MAX),
    packageName,
    program,
  };
  if (shape !== undefined) routes.set(shape, route);
  return route;
}

export function frameCourse({ outcome, sent }: CallFrame): Course {
  return { hasFailed: outcome === 'failure', sentBytes: sent };
}

export function frameTraffic(frame: CallFrame, packageName: string | undefined, program: string | undefined): Traffic {
  const route = routeOf(frame, packageName, program);
  return { route, hasFailed: frame.outcome === 'failure', sentBytes: frame.sent };
}

export function recordCourse({ event, egress }: Pick<NetRecord, 'event' | 'egress'> | NetEndRecord): Course {
  return { hasFailed: event.outcome === 'failure', sentBytes: egress.sent };
}

export function recordTraffic({ network, server, dns, package: culprit, process, event, egress }: NetRecord): Traffic {
  return {
    route: {
      isInbound: network.direction === 'ingress',
      host: server?.address ?? network.peer?.address ?? dns?.question.name ?? '?',
      port: server?.port ?? network.peer?.port,
      protocol: protocolOf(egress.channel, network.protocol),
      packageName: culprit?.name,
      program: process?.name,
    },
    ...recordCourse({ event, egress }),
  };
}

export class TrafficTally {
  readonly #destinations = new Map<string, Tallied>();
  readonly #byRoute = new WeakMap<Route, Tallied>();
  inbound = 0;
  outbound = 0;
  /** Outbound calls to destinations beyond the limit. */
  others = 0;

  add({ route, hasFailed, sentBytes }: Traffic): void {
    if (route.isInbound) {
      this.inbound += 1;
      return;
    }
    this.outbound += 1;
    const destination = this.#byRoute.get(route) ?? this.#destinationOf(route);
    if (destination === undefined) {
      this.others += 1;
      return;
    }
    destination.calls += 1;
    if (hasFailed) destination.failed += 1;
    if (sentBytes === undefined) destination.unsized += 1;
    else destination.sentBytes += sentBytes;
  }

  /** What became of a call that was open when it was added. */
  complete({ route, ...before }: Traffic, { hasFailed, sentBytes }: Course): void {
    const destination = route.isInbound ? undefined : this.#byRoute.get(route);
    if (destination === undefined) return;
    if (hasFailed && !before.hasFailed) destination.failed += 1;
    if (sentBytes === undefined) return;
    if (before.sentBytes === undefined) destination.unsized -= 1;
    destination.sentBytes += sentBytes - (before.sentBytes ?? 0);
  }

  #destinationOf(route: Route): Tallied | undefined {
    const { host, port, protocol, packageName, program } = route;
    const key = `${protocol}\0${host}\0${port ?? ''}\0${packageName ?? ''}\0${program ?? ''}`;
    let destination = this.#destinations.get(key);
    if (destination === undefined && this.#destinations.size < DESTINATIONS_MAX) {
      destination = { host, port, protocol, packageName, program, calls: 0, failed: 0, sentBytes: 0, unsized: 0 };
      this.#destinations.set(key, destination);
    }
    if (destination !== undefined) this.#byRoute.set(route, destination);
    return destination;
  }

  /** Most calls first. */
  destinations(): readonly Destination[] {
    return [...this.#destinations.values()].sort((a, b) => b.calls - a.calls || b.sentBytes - a.sentBytes);
  }
}
