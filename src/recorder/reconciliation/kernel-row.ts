/** Rows of calls that the kernel observer alone saw. */
import path from 'node:path';
import { FILE_PATH_CHARS_MAX, HOST_CHARS_MAX, NAME_CHARS_MAX } from '../../core/limits.js';
import { formatMicros } from '../../core/timestamp.js';
import type { NetEndRecord, NetRecord } from '../../event/net-record.js';
import { cap } from '../../event/redaction.js';
import type { KernelConnection, KernelOnly } from './kernel-connection.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The kernel lets a call go on and does not say how it went: only its account of the socket proves a connection. */
function eventOf({ closed, standing, at }: KernelConnection): NetRecord['event'] {
  // One that stands and is not established may still become so.
  if (closed === undefined) return { outcome: standing?.established === true ? 'success' : 'unknown' };
  const outcome = closed.established === undefined ? 'unknown' : closed.established ? 'success' : 'failure';
  return { outcome, duration: Math.max(0, closed.at - at) * 1_000 };
}

function networkOf({ transport, protocol, address, port, told }: KernelConnection): NetRecord['network'] {
  const network: Mutable<NetRecord['network']> = { direction: 'egress' };
  if (transport !== 'tcp') network.transport = transport;
  if (protocol === 'dns') network.protocol = 'dns';
  const peer = told?.address ?? address;
  const peerPort = told?.port ?? port;
  if (peer !== undefined) {
    network.peer = peerPort === undefined || peerPort === port ? { address: peer } : { address: peer, port: peerPort };
  }
  if (told !== undefined && told.localPort > 0) network.local = { port: told.localPort };
  return network;
}

function serverOf({ address, port, path: socketPath }: KernelConnection): NetRecord['server'] {
  if (socketPath !== undefined) return { address: cap(socketPath, FILE_PATH_CHARS_MAX) };
  if (address === undefined) return undefined;
  return port === undefined ? { address } : { address, port };
}

/**
 * @param proc number of the process
 * @param starter what started it: the package, and the number of the site
 */
export function kernelRecord(
  { connection, reason, open }: KernelOnly,
  proc: number,
  starter: { readonly packageName: string | undefined; readonly site: number | undefined },
): NetRecord {
  const { at, process, protocol, question, told, sent, transport } = connection;
  const server = serverOf(connection);
  const egress: Mutable<NetRecord['egress']> = { channel: protocol, observer: 'kernel', proc };
  if (starter.site !== undefined) egress.site = starter.site;
  const bytesSent = told?.sent ?? sent;
  if (bytesSent !== undefined) egress.sent = bytesSent;
  if (told?.received !== undefined) egress.received = told.received;
  if (open && transport === 'tcp') egress.open = true;
  egress.reason = reason;
  return {
    kind: 'net',
    time: formatMicros(at),
    network: networkOf(connection),
    ...(server === undefined ? {} : { server }),
    ...(question === undefined
      ? {}
      : { dns: { question: { name: cap(question.name, HOST_CHARS_MAX), type: question.type } } }),
    ...(starter.packageName === undefined ? {} : { package: { name: starter.packageName } }),
    process: { name: cap(path.basename(process.executable), NAME_CHARS_MAX) },
    event: eventOf(connection),
    egress,
  };
}

/** What became of a connection whose row was written while it was open: totals, or bytes so far. */
export function kernelEndRecord(connection: KernelConnection, nowMicros: number): NetEndRecord {
  const { closed, told, row } = connection;
  return {
    kind: 'net.end',
    time: formatMicros(nowMicros),
    ends: row ?? 0,
    event: eventOf(connection),
    egress: {
      ...(told?.sent === undefined ? {} : { sent: told.sent }),
      ...(told?.received === undefined ? {} : { received: told.received }),
      ...(closed === undefined ? { open: true } : {}),
    },
  };
}
