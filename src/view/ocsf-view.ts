/**
 * Calls as events of the Open Cybersecurity Schema Framework (schema.ocsf.io), version 1.5.0, one JSON object a line:
 * HTTP Activity (4002), DNS Activity (4003), and Network Activity (4001) for everything else. What the schema has no
 * place for stands in `unmapped`.
 */
import { isIP } from 'node:net';
import type { CallRow } from './call-row.js';

const VERSION = '1.5.0';
const CATEGORY = 4;
const NETWORK = 4001;
const HTTP = 4002;
const DNS = 4003;

/** `activity_id` of HTTP Activity. */
const METHODS: Readonly<Record<string, number>> = {
  ...{ CONNECT: 1, DELETE: 2, GET: 3, HEAD: 4, OPTIONS: 5, POST: 6, PUT: 7, TRACE: 8, PATCH: 9 },
};
const OTHER = 99;
/** `activity_id` of Network Activity. */
const LIFECYCLE = { open: 1, fail: 4, refuse: 5, traffic: 6 } as const;
const DNS_TRAFFIC = 6;
const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17 };

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
    status_id: { success: 1, failure: 2 }[String(row.outcome)] ?? 0,
    status_code: row.error,
    time: Date.parse(String(row.time)),
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
      protocol_name: row.transport,
      protocol_num: PROTOCOLS[String(row.transport)],
    }),
    ...endpoints(row, isInbound),
    traffic: some({ bytes_out: out, bytes_in: back }),
    ...special,
    unmapped: unmapped(row),
  });
}

interface EventClass extends Json {
  readonly classUid: number;
  readonly activity: number;
}

function classOf(row: CallRow): EventClass {
  if (typeof row.method === 'string') {
    const code = row.status;
    return {
      classUid: HTTP,
      activity: METHODS[row.method.toUpperCase()] ?? OTHER,
      ...(METHODS[row.method.toUpperCase()] === undefined ? { activity_name: row.method } : {}),
      http_request: known({
        http_method: row.method,
        url: some({ hostname: row.host, path: row.path, port: row.port, scheme: row.scheme }),
      }),
      ...(code === undefined ? {} : { http_response: { code } }),
    };
  }
  if (typeof row.dns_name === 'string') {
    return { classUid: DNS, activity: DNS_TRAFFIC, query: known({ hostname: row.dns_name, type: row.dns_type }) };
  }
  return { classUid: NETWORK, activity: lifecycleOf(row) };
}

function lifecycleOf({ outcome, error, open }: CallRow): number {
  if (outcome === 'failure') return error === 'ECONNREFUSED' ? LIFECYCLE.refuse : LIFECYCLE.fail;
  return open === true ? LIFECYCLE.open : LIFECYCLE.traffic;
}

/** Source is who called. Of the recorded machine itself only the port is known; it gets a name that says so. */
function endpoints(row: CallRow, isInbound: boolean): Json {
  const own = known({ name: 'recorded-machine', port: row.local_port });
  const host = typeof row.host === 'string' ? row.host : undefined;
  const isPath = host?.startsWith('/') === true;
  const peer = typeof row.peer_address === 'string' && isIP(row.peer_address) > 0 ? row.peer_address : undefined;
  const other = some({
    ip: peer ?? (host !== undefined && isIP(host) > 0 ? host : undefined),
    hostname: host === undefined || isPath || isIP(host) > 0 ? undefined : host,
    svc_name: isPath ? host : undefined,
  });
  const port = isInbound ? row.peer_port : (row.peer_port ?? row.port);
  const endpoint = other === undefined ? undefined : known({ ...other, port });
  return known(
    isInbound ? { src_endpoint: endpoint, dst_endpoint: own } : { src_endpoint: own, dst_endpoint: endpoint },
  );
}

function unmapped(row: CallRow): Json {
  const { run, channel, observer, reason, protocol, client_address, package_version, purl, pid, executable } = row;
  return known({
    ...{ run, channel, observer, reason, protocol, client_address, package_version, purl, pid, executable },
    ...{ reused: row.reused, open: row.open },
  });
}
