/**
 * From a call frame to its `net` record: masks again, caps every text, and leaves out what is not known.
 *
 * The record is written as JSON text at once. An object of it, which JSON.stringify would have to walk, costs several
 * times as much as all else that a call costs here. Members stand in the order in which a person reads them.
 */
import { HOST_CHARS_MAX, NAME_CHARS_MAX, PROTOCOL_CHARS_MAX } from '../core/limits.js';
import { formatMicros } from '../core/timestamp.js';
import type { CallFrame } from '../event/frame.js';
import type { HooksOnlyReason } from '../event/net-record.js';
import { maskPath } from '../event/redaction.js';
import { flag, group, integer, integers, text, word } from './member.js';

/** What the recorder knows of a call beside its frame. */
export interface CallContext {
  readonly proc: number;
  readonly site: number | undefined;
  readonly headers: number | undefined;
  readonly packageName: string | undefined;
  /** File name of the program, where the package is the one that started it. */
  readonly program?: string | undefined;
  readonly fingerprint: string | undefined;
  readonly open: boolean;
  readonly strict: boolean;
  readonly observer: 'hooks' | 'both';
  readonly reason: HooksOnlyReason | undefined;
}

const ADDRESS_CHARS_MAX = 64;
const SCHEME_CHARS_MAX = 16;
const QUESTION_TYPE_CHARS_MAX = 16;

const CODE = /^[A-Za-z0-9_]{1,64}$/;
const METHOD = /^[A-Za-z][A-Za-z_-]{0,31}$/;

/**
 * JSON of a NetRecord.
 * @param frame decoded, hence of the right types; its texts are still the program's own words
 */
export function netRow(frame: CallFrame, context: CallContext): string {
  const { at, host, port, claimed, scheme, path, q } = frame;
  const maskedPath = path === undefined ? undefined : maskPath(path, context.strict);
  return (
    `{"kind":"net","time":"${formatMicros(at)}"` +
    group('network', networkMembers(frame)) +
    group('server', text('address', host, HOST_CHARS_MAX) + integer('port', port)) +
    group('client', text('address', claimed, ADDRESS_CHARS_MAX)) +
    group('url', text('scheme', scheme, SCHEME_CHARS_MAX) + text('path', maskedPath, Infinity)) +
    group('http', httpMembers(frame)) +
    group('dns', q === undefined ? '' : group('question', questionMembers(q, frame.qt))) +
    group('package', text('name', context.packageName, NAME_CHARS_MAX)) +
    group('process', text('name', context.program, NAME_CHARS_MAX)) +
    group('event', eventMembers(frame)) +
    group('egress', egressMembers(frame, context)) +
    group('error', word('type', errorType(frame.err))) +
    '}'
  );
}

/** JSON of a NetEndRecord: totals for a row that was written while its call was open. */
export function netEndRow(frame: CallFrame, ends: number, nowMicros: number): string {
  return (
    `{"kind":"net.end","time":"${formatMicros(nowMicros)}","ends":${ends}` +
    group('http', httpMembers(frame)) +
    group('event', eventMembers(frame)) +
    group('error', word('type', errorType(frame.err))) +
    `,"egress":{${connectionMembers(frame).slice(1)}}}`
  );
}

function networkMembers({ dir, ch, proto, ip, port, pport, lport }: CallFrame): string {
  // On a direct call the caller's port is the peer's; only another one is worth its bytes.
  const peerPort = pport === port ? undefined : pport;
  return (
    word('direction', dir) +
    word('transport', ch === 'udp' || ch === 'unix' ? ch : undefined) +
    text('protocol', proto, PROTOCOL_CHARS_MAX) +
    group('peer', word('address', ip) + integer('port', peerPort)) +
    group('local', integer('port', lport))
  );
}

function isExchange(frame: CallFrame): boolean {
  return frame.method !== undefined || frame.status !== undefined;
}

function httpMembers(frame: CallFrame): string {
  if (!isExchange(frame)) return '';
  const { dir, method, status, sent, received } = frame;
  // A response's bytes are what came back, also on an inbound request: there `received` is the request.
  const [request, response] = dir === 'ingress' ? [received, sent] : [sent, received];
  const name = method !== undefined && METHOD.test(method) ? method : undefined;
  return (
    group('request', word('method', name) + integer('bytes', request)) +
    group('response', integer('status_code', status) + integer('bytes', response))
  );
}

function questionMembers(name: string, type: string | undefined): string {
  return text('name', name, HOST_CHARS_MAX) + text('type', type, QUESTION_TYPE_CHARS_MAX);
}

function eventMembers({ outcome, dur }: CallFrame): string {
  return word('outcome', outcome ?? 'unknown') + integer('duration', dur === undefined ? undefined : dur * 1_000);
}

function connectionMembers(frame: CallFrame): string {
  return isExchange(frame) ? '' : integer('sent', frame.sent) + integer('received', frame.received);
}

function egressMembers(frame: CallFrame, context: CallContext): string {
  return (
    `,"channel":"${frame.ch}","observer":"${context.observer}","proc":${context.proc}` +
    integer('site', context.site) +
    integer('headers', context.headers) +
    connectionMembers(frame) +
    integers('phases_us', frame.phases) +
    flag('reused', frame.reused) +
    word('body', context.fingerprint) +
    flag('open', context.open) +
    word('reason', context.reason)
  );
}

/** An error code is a word; a message could carry anything. */
function errorType(code: string | undefined): string | undefined {
  return code === undefined || CODE.test(code) ? code : 'other';
}
