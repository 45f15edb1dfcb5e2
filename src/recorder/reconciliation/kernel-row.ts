/** Rows of calls that the kernel observer alone saw. */
import path from 'node:path';
import { FILE_PATH_CHARS_MAX, HOST_CHARS_MAX, NAME_CHARS_MAX } from '../../core/limits.js';
import { formatMicros } from '../../core/timestamp.js';
import type { NetEndRecord, NetRecord } from '../../event/net-record.js';
import { cap } from '../../event/redaction.js';
import type { KernelConnection, KernelOnly } from './kernel-connection.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The kernel lets a call go on and does not say how it went: only a socket's end proves a connection. */
function eventOf({ closed, at }: KernelConnection): NetRecord['event'] {
  const outcome = closed?.established === undefined ? 'unknown' : closed.established ? 'success' : 'failure';
  return closed === undefined ? { outcome } : { outcome, duration: Math.max(0, closed.at - at) * 1_000 };
}

function networkOf({ transport, protocol, address, port, closed }: KernelConnection): NetRecord['network'] {
  const network: Mutable<NetRecord['network']> = { direction: 'egress' };
  if (transport !== 'tcp') network.transport = transport;
  if (protocol === 'dns') network.protocol = 'dns';
  const peer = closed?.address ?? address;
  const peerPort = closed?.port ?? port;
  if (peer !== undefined) {
    network.peer = peerPort === undefined || peerPort === port ? { address: peer } : { address: peer, port: peerPort };
  }
  if (closed !== undefined && closed.localPort > 0) network.local = { port: closed.localPort };
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
  const { at, process, protocol, question, closed, sent, transport } = connection;
  const server = serverOf(connection);
  const egress: Mutable<NetRecord['egress']> = { channel: protocol, observer: 'kernel', proc };
  if (starter.site !== undefined) egress.site = starter.site;
  const bytesSent = closed?.sent ?? sent;
  if (bytesSent !== undefined) egress.sent = bytesSent;
  if (closed?.received !== undefined) egress.received = closed.received;
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

/** Totals of a connection whose row was written while it was open. */
export function kernelEndRecord(connection: KernelConnection, nowMicros: number): NetEndRecord {
  const { closed, row } = connection;
  return {
    kind: 'net.end',
    time: formatMicros(nowMicros),
    ends: row ?? 0,
    event: eventOf(connection),
    egress: {
      ...(closed?.sent === undefined ? {} : { sent: closed.sent }),
      ...(closed?.received === undefined ? {} : { received: closed.received }),
    },
  };
}
