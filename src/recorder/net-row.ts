/** From a call frame to a `net` record: masks again, caps every text, and leaves out what is not known. */
import { HOST_CHARS_MAX, NAME_CHARS_MAX } from '../core/limits.js';
import { formatMicros } from '../core/timestamp.js';
import type { CallFrame } from '../event/frame.js';
import type { HooksOnlyReason, NetEndRecord, NetRecord } from '../event/net-record.js';
import { cap, maskPath } from '../event/redaction.js';

/** What the recorder knows of a call beside its frame. */
export interface CallContext {
  readonly proc: number;
  readonly site: number | undefined;
  readonly headers: number | undefined;
  readonly packageName: string | undefined;
  readonly fingerprint: string | undefined;
  readonly open: boolean;
  readonly strict: boolean;
  readonly observer: 'hooks' | 'both';
  readonly reason: HooksOnlyReason | undefined;
}

const CODE = /^[A-Za-z0-9_]{1,64}$/;
const METHOD = /^[A-Za-z][A-Za-z_-]{0,31}$/;

/** An error code is a word; a message could carry anything. */
function errorType(code: string): string {
  return CODE.test(code) ? code : 'other';
}

/** Only members that have a value; undefined when none has. */
function known<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T | undefined {
  let some = false;
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    result[name] = value;
    some = true;
  }
  return some ? (result as T) : undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function isExchange(frame: CallFrame): boolean {
  return frame.method !== undefined || frame.status !== undefined;
}

function httpFields(frame: CallFrame): NetRecord['http'] {
  if (!isExchange(frame)) return undefined;
  const method = frame.method !== undefined && METHOD.test(frame.method) ? frame.method : undefined;
  const request = known<{ method?: string; bytes?: number }>({ method, bytes: frame.sent });
  const response = known<{ status_code?: number; bytes?: number }>({
    status_code: frame.status,
    bytes: frame.received,
  });
  // A response's bytes are what came back, also on an inbound request: there `received` is the request.
  if (frame.dir === 'ingress') {
    return known({
      request: known<{ method?: string; bytes?: number }>({ method, bytes: frame.received }),
      response: known<{ status_code?: number; bytes?: number }>({ status_code: frame.status, bytes: frame.sent }),
    });
  }
  return known({ request, response });
}

function eventFields(frame: CallFrame): NetRecord['event'] {
  const outcome = frame.outcome ?? 'unknown';
  return frame.dur === undefined ? { outcome } : { outcome, duration: frame.dur * 1_000 };
}

function networkFields(frame: CallFrame): NetRecord['network'] {
  const fields: Mutable<NetRecord['network']> = { direction: frame.dir };
  if (frame.ch === 'udp' || frame.ch === 'unix') fields.transport = frame.ch;
  if (frame.proto !== undefined) fields.protocol = cap(frame.proto, 32);
  const peer = known<{ address?: string; port?: number }>({
    address: frame.ip,
    // On a direct call the caller's port is the peer's; only another one is worth its bytes.
    port: frame.pport === frame.port ? undefined : frame.pport,
  });
  if (peer !== undefined) fields.peer = peer;
  if (frame.lport !== undefined) fields.local = { port: frame.lport };
  return fields;
}

function egressFields(frame: CallFrame, context: CallContext): NetRecord['egress'] {
  const fields: Mutable<NetRecord['egress']> = { channel: frame.ch, observer: context.observer, proc: context.proc };
  if (context.site !== undefined) fields.site = context.site;
  if (context.headers !== undefined) fields.headers = context.headers;
  if (!isExchange(frame)) {
    if (frame.sent !== undefined) fields.sent = frame.sent;
    if (frame.received !== undefined) fields.received = frame.received;
  }
  if (frame.phases !== undefined) fields.phases_us = frame.phases;
  if (frame.reused === true) fields.reused = true;
  if (context.fingerprint !== undefined) fields.body = context.fingerprint;
  if (context.open) fields.open = true;
  if (context.reason !== undefined) fields.reason = context.reason;
  return fields;
}

/** @param frame decoded, hence of the right types; its texts are still the program's own words */
export function netRecord(frame: CallFrame, context: CallContext): NetRecord {
  // Members stand in the order in which a person reads them.
  const optional: Partial<Mutable<NetRecord>> = {};
  const server = known<{ address?: string; port?: number }>({
    address: frame.host === undefined ? undefined : cap(frame.host, HOST_CHARS_MAX),
    port: frame.port,
  });
  if (server !== undefined) optional.server = server;
  if (frame.claimed !== undefined) optional.client = { address: cap(frame.claimed, 64) };
  const url = known<{ scheme?: string; path?: string }>({
    scheme: frame.scheme === undefined ? undefined : cap(frame.scheme, 16),
    path: frame.path === undefined ? undefined : maskPath(frame.path, context.strict),
  });
  if (url !== undefined) optional.url = url;
  const http = httpFields(frame);
  if (http !== undefined) optional.http = http;
  if (frame.q !== undefined) {
    const name = cap(frame.q, HOST_CHARS_MAX);
    optional.dns = { question: frame.qt === undefined ? { name } : { name, type: cap(frame.qt, 16) } };
  }
  if (context.packageName !== undefined) optional.package = { name: cap(context.packageName, NAME_CHARS_MAX) };
  const record: Mutable<NetRecord> = {
    kind: 'net',
    time: formatMicros(frame.at),
    network: networkFields(frame),
    ...optional,
    event: eventFields(frame),
    egress: egressFields(frame, context),
  };
  if (frame.err !== undefined) record.error = { type: errorType(frame.err) };
  return record;
}

/** Totals for a row that was written while its call was open. */
export function netEndRecord(frame: CallFrame, ends: number, nowMicros: number): NetEndRecord {
  const record: Mutable<NetEndRecord> = {
    kind: 'net.end',
    time: formatMicros(nowMicros),
    ends,
    event: eventFields(frame),
    egress: isExchange(frame)
      ? {}
      : (known<NetEndRecord['egress']>({ sent: frame.sent, received: frame.received }) ?? {}),
  };
  const http = httpFields(frame);
  if (http !== undefined) record.http = http;
  if (frame.err !== undefined) record.error = { type: errorType(frame.err) };
  return record;
}
