/**
 * Calls as events of the Open Cybersecurity Schema Framework (schema.ocsf.io), version 1.6.0, one JSON object a line:
 * HTTP Activity (4002), DNS Activity (4003), and Network Activity (4001) for everything else. What the schema has no
 * place for stands in `unmapped`. (1.6.0 is the first version that knows PATCH.)
 */
import { isIP } from 'node:net';
import type { CallRow, Column } from './call-row.js';

const VERSION = '1.6.0';
const CATEGORY = 4;
const NETWORK = 4001;
const HTTP = 4002;
const DNS = 4003;

/** `activity_id` of HTTP Activity: the place in this list, from 1. No other word may stand for `http_method`. */
const METHODS = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'TRACE', 'PATCH'];
const OTHER = 99;
/** `activity_id` of Network Activity. */
const LIFECYCLE = { open: 1, fail: 4, refuse: 5, traffic: 6 } as const;
const DNS_TRAFFIC = 6;
/** As IANA numbers them; a Unix socket has none. */
const PROTOCOLS: ReadonlyMap<unknown, number> = new Map([
  ['tcp', 6],
  ['udp', 17],
]);
const STATUS: ReadonlyMap<unknown, number> = new Map([
  ['success', 1],
  ['failure', 2],
]);
const PORT_MAX = 65_535;
const IP_CHARS_MAX = 40;

type Json = Readonly<Record<string, unknown>>;

/** Members that are known. */
function known(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Undefined where nothing of it is known. */
function some(members: Json): Json | undefined {
  const object = known(members);
  return Object.keys(object).length === 0 ? undefined : object;
}

/** @param version of egress */
export function* ocsfLines(rows: Iterable<CallRow>, version: string): Generator<string, void> {
  for (const row of rows) yield JSON.stringify(ocsfEvent(row, version));
}

function ocsfEvent(row: CallRow, version: string): Json {
  const isInbound = row.direction === 'ingress';
  const { classUid, activity, ...special } = classOf(row);
  const out = isInbound ? row.received_bytes : row.sent_bytes;
  const back = isInbound ? row.sent_bytes : row.received_bytes;
  return known({
    activity_id: activity,
    category_uid: CATEGORY,
    class_uid: classUid,
    type_uid: classUid * 100 + activity,
    severity_id: 1,
    status_id: STATUS.get(row.outcome) ?? 0,
    status_code: row.error,
    time: timeOf(row),
    duration: typeof row.duration_ns === 'number' ? Math.round(row.duration_ns / 1e6) : undefined,
    metadata: {
      version: VERSION,
      product: { name: 'egress', vendor_name: 'egress', version },
      log_name: row.journal,
      uid: `${String(row.journal)}#${String(row.seq)}`,
      sequence: row.seq,
      original_time: row.time,
    },
    app_name: row.package,
    connection_info: known({
      direction_id: isInbound ? 1 : 2,
      protocol_name: PROTOCOLS.has(row.transport) ? row.transport : undefined,
      protocol_num: PROTOCOLS.get(row.transport),
    }),
    ...endpoints(row, isInbound),
    traffic: some({ bytes_out: out, bytes_in: back }),
    ...special,
    unmapped: unmapped(row),
  });
}

/** A record without a time gives an event that lacks what the schema requires: no time is made up. */
function timeOf({ time }: CallRow): number | undefined {
  const parsed = typeof time === 'string' ? Date.parse(time) : NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

interface EventClass extends Json {
  readonly classUid: number;
  readonly activity: number;
}

function classOf(row: CallRow): EventClass {
  if (typeof row.method === 'string') return httpOf(row, row.method);
  if (typeof row.dns_name === 'string') {
    return { classUid: DNS, activity: DNS_TRAFFIC, query: known({ hostname: row.dns_name, type: row.dns_type }) };
  }
  return { classUid: NETWORK, activity: lifecycleOf(row) };
}

function httpOf(row: CallRow, method: string): EventClass {
  const number = METHODS.indexOf(method) + 1;
  return {
    classUid: HTTP,
    ...(number > 0 ? { activity: number } : { activity: OTHER, activity_name: method }),
    http_request: known({
      http_method: number > 0 ? method : undefined,
      url: some({ hostname: row.host, path: row.path, port: portOf(row.port), scheme: row.scheme }),
    }),
    ...(row.status === undefined ? {} : { http_response: { code: row.status } }),
  };
}

function lifecycleOf({ outcome, error, open }: CallRow): number {
  if (outcome === 'failure') return error === 'ECONNREFUSED' ? LIFECYCLE.refuse : LIFECYCLE.fail;
  return open === true ? LIFECYCLE.open : LIFECYCLE.traffic;
}

/** Source is who called. Of the recorded machine itself only the port is known; it gets a name that says so. */
function endpoints(row: CallRow, isInbound: boolean): Json {
  const own = known({ name: 'recorded-machine', port: portOf(row.local_port) });
  const host = typeof row.host === 'string' ? row.host : undefined;
  const isPath = host?.startsWith('/') === true;
  const other = some({
    ip: ipOf(row.peer_address) ?? ipOf(host),
    hostname: isPath || ipOf(host) !== undefined ? undefined : host,
    svc_name: isPath ? host : undefined,
  });
  const port = portOf(isInbound ? row.peer_port : (row.peer_port ?? row.port));
  const endpoint = other === undefined ? undefined : known({ ...other, port });
  return known(
    isInbound ? { src_endpoint: endpoint, dst_endpoint: own } : { src_endpoint: own, dst_endpoint: endpoint },
  );
}

function portOf(port: CallRow[Column]): number | undefined {
  return typeof port === 'number' && port >= 0 && port <= PORT_MAX ? port : undefined;
}

function ipOf(text: CallRow[Column]): string | undefined {
  return typeof text === 'string' && text.length <= IP_CHARS_MAX && isIP(text) > 0 ? text : undefined;
}

function unmapped(row: CallRow): Json {
  const { run, channel, observer, reason, protocol, client_address, package_version, purl, pid, executable } = row;
  return known({
    ...{ run, channel, observer, reason, protocol, client_address, package_version, purl, pid, executable },
    ...{ transport: PROTOCOLS.has(row.transport) ? undefined : row.transport, reused: row.reused, open: row.open },
  });
}
