/** Where the outbound calls of one side of a comparison went, and who made them. */
import { addSums, emptySums, type CallSums, type Flow } from '../rollup/flow.js';
import type { Rollup } from '../rollup/rollup.js';

/** A package, or a program that has none. */
export interface Caller extends CallSums {
  readonly package?: string;
  readonly program?: string;
  readonly versions: Set<string>;
}

/** Same host, same port, same kind of transport; by which interface of Node it was asked for says nothing. */
export interface Place extends CallSums {
  readonly host?: string;
  readonly port?: number;
  readonly channel: 'net' | 'udp' | 'dns';
  /** Ports of this machine that servers take at random, as one. */
  readonly anyPort?: true;
  readonly callers: Map<string, Caller>;
}

export interface Side {
  readonly places: ReadonlyMap<string, Place>;
  /** All that calls, wherever to. */
  readonly callers: ReadonlyMap<string, Caller>;
  readonly total: Readonly<CallSums>;
  /** Calls to more destinations than are told apart. */
  readonly restCalls: number;
}

/** From here up the system hands out ports at random (Linux; others begin higher): they differ from run to run. */
const EPHEMERAL_PORT_MIN = 32_768;
const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/;

export function sideOf({ flows }: Pick<Rollup, 'flows'>): Side {
  const places = new Map<string, Place>();
  const callers = new Map<string, Caller>();
  const total = emptySums();
  let restCalls = 0;
  for (const flow of flows.values()) {
    if (flow.direction !== 'egress') continue;
    addSums(total, flow);
    if (flow.isRest === true) {
      restCalls += flow.calls;
      continue;
    }
    const fresh = placeOf(flow);
    const key = JSON.stringify([fresh.channel, fresh.host, fresh.port]);
    const place = places.get(key) ?? fresh;
    places.set(key, place);
    addSums(place, flow);
    addCaller(place.callers, flow);
    addCaller(callers, flow);
  }
  foldLookups(places);
  return { places, callers, total, restCalls };
}

function placeOf({ host, port, channel }: Flow): Place {
  const isRandom = host !== undefined && LOOPBACK.test(host) && (port ?? 0) >= EPHEMERAL_PORT_MIN;
  return {
    ...(host === undefined ? {} : { host }),
    ...(isRandom ? { anyPort: true } : port === undefined ? {} : { port }),
    channel: channel === 'udp' || channel === 'dns' ? channel : 'net',
    callers: new Map(),
    ...emptySums(),
  };
}

function addCaller(callers: Map<string, Caller>, flow: Flow): void {
  const { package: name, program, version } = flow;
  const key = JSON.stringify([name, name === undefined ? program : undefined]);
  const who = name === undefined ? (program === undefined ? {} : { program }) : { package: name };
  const caller = callers.get(key) ?? { ...who, versions: new Set<string>(), ...emptySums() };
  callers.set(key, caller);
  if (version !== undefined) caller.versions.add(version);
  addSums(caller, flow);
}

/** A look-up of a name that is called as well says nothing of its own. */
function foldLookups(places: Map<string, Place>): void {
  const called = new Set([...places.values()].filter(({ channel }) => channel !== 'dns').map(({ host }) => host));
  for (const [key, { channel, host }] of places) if (channel === 'dns' && called.has(host)) places.delete(key);
}
