/**
 * From a call frame to its `net` record: masks again, caps every text, and leaves out what is not known.
 *
 * The record is written as JSON text at once. An object of it, which JSON.stringify would have to walk, costs several
 * times as much as all else that a call costs here. Members stand in the order in which a person reads them.
 */
import { digits } from '../../core/digits.js';
import { HOST_CHARS_MAX, NAME_CHARS_MAX, PROTOCOL_CHARS_MAX } from '../../core/limits.js';
import { formatMicros } from '../../core/timestamp.js';
import type { CallFrame } from '../../event/frame.js';
import { shapeOf, type CallShape } from '../../event/frame-decoder.js';
import type { HooksOnlyReason } from '../../event/net-record.js';
import { maskPath } from '../../event/redaction.js';
import { flag, flat, group, integer, text, word } from './member.js';

/** What the recorder knows of a call beside its frame. */
export interface CallContext {
  /** When the call began, µs since the Unix epoch. */
  readonly at: number;
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

/** Texts that are the same for all frames of one shape. */
interface RowTexts {
  readonly strict: boolean;
  /** What comes before the ports. */
  readonly network: string;
  readonly address: string;
  /** From the server to the URL. */
  readonly where: string;
  readonly isExchange: boolean;
  readonly method: string;
  readonly status: string;
  readonly dns: string;
  readonly event: string;
  readonly channel: string;
  readonly reused: string;
  readonly error: string;
}

const remembered = new WeakMap<CallShape, RowTexts>();

function textsOf(frame: CallFrame, strict: boolean): RowTexts {
  const shape = shapeOf(frame);
  const known = shape === undefined ? undefined : remembered.get(shape);
  if (known?.strict === strict) return known;
  const texts = makeTexts(frame, strict);
  if (shape !== undefined) remembered.set(shape, texts);
  return texts;
}

function makeTexts(frame: CallShape, strict: boolean): RowTexts {
  const { host, port, claimed, scheme, path, q, method, status } = frame;
  const maskedPath = path === undefined ? undefined : maskPath(path, strict);
  return {
    strict,
    network: flat(`,"network":{${networkMembers(frame).slice(1)}`),
    address: flat(word('address', frame.ip)),
    where: flat(
      group('server', text('address', host, HOST_CHARS_MAX) + integer('port', port)) +
        group('client', text('address', claimed, ADDRESS_CHARS_MAX)) +
        group('url', text('scheme', scheme, SCHEME_CHARS_MAX) + text('path', maskedPath, Infinity)),
    ),
    isExchange: method !== undefined || status !== undefined,
    method: flat(word('method', method !== undefined && METHOD.test(method) ? method : undefined)),
    status: flat(integer('status_code', status)),
    dns: q === undefined ? '' : group('dns', group('question', questionMembers(q, frame.qt))),
    event: flat(`,"event":{"outcome":"${frame.outcome ?? 'unknown'}"`),
    channel: flat(`,"egress":{"channel":"${frame.ch}","observer":"`),
    reused: flag('reused', frame.reused),
    error: group('error', word('type', errorType(frame.err))),
  };
}

/**
 * JSON of a NetRecord.
 * @param frame decoded, hence of the right types; its texts are still the program's own words
 */
export function netRow(frame: CallFrame, context: CallContext): string {
  const texts = textsOf(frame, context.strict);
  return (
    `{"kind":"net","time":"${formatMicros(context.at)}"` +
    networkGroup(frame, texts) +
    texts.where +
    httpGroup(frame, texts) +
    texts.dns +
    group('package', text('name', context.packageName, NAME_CHARS_MAX)) +
    group('process', text('name', context.program, NAME_CHARS_MAX)) +
    eventGroup(frame, texts) +
    egressGroup(frame, context, texts) +
    texts.error +
    '}'
  );
}

/** JSON of a NetEndRecord: totals for a row that was written while its call was open. */
export function netEndRow(frame: CallFrame, ends: number, nowMicros: number): string {
  const texts = makeTexts(frame, true);
  return (
    `{"kind":"net.end","time":"${formatMicros(nowMicros)}","ends":${ends}` +
    httpGroup(frame, texts) +
    eventGroup(frame, texts) +
    texts.error +
    `,"egress":{${connectionMembers(frame, texts).slice(1)}}}`
  );
}

function networkMembers({ dir, ch, proto }: CallShape): string {
  return (
    word('direction', dir) +
    word('transport', ch === 'udp' || ch === 'unix' ? ch : undefined) +
    text('protocol', proto, PROTOCOL_CHARS_MAX)
  );
}

function networkGroup({ port, pport, lport }: CallFrame, { network, address }: RowTexts): string {
  // On a direct call the caller's port is the peer's; only another one is worth its bytes.
  const peer = pport === undefined || pport === port ? address : `${address},"port":${digits(pport)}`;
  const local = lport === undefined ? '' : `,"local":{"port":${digits(lport)}}`;
  return `${network}${group('peer', peer)}${local}}`;
}

function httpGroup({ dir, sent, received }: CallFrame, { isExchange, method, status }: RowTexts): string {
  if (!isExchange) return '';
  // A response's bytes are what came back, also on an inbound request: there `received` is the request.
  const [request, response] = dir === 'ingress' ? [received, sent] : [sent, received];
  return group(
    'http',
    group('request', method + integer('bytes', request)) + group('response', status + integer('bytes', response)),
  );
}

function questionMembers(name: string, type: string | undefined): string {
  return text('name', name, HOST_CHARS_MAX) + text('type', type, QUESTION_TYPE_CHARS_MAX);
}

function eventGroup({ dur }: CallFrame, { event }: RowTexts): string {
  if (dur === undefined) return `${event}}`;
  // In ns, of which the hooks know thousands.
  return event + ',"duration":' + (dur === 0 ? '0' : digits(dur) + '000') + '}';
}

function connectionMembers({ sent, received }: CallFrame, { isExchange }: RowTexts): string {
  return isExchange ? '' : integer('sent', sent) + integer('received', received);
}

function phasesMember(phases: CallFrame['phases']): string {
  return phases === undefined ? '' : `,"phases_us":[${phases[0]},${phases[1]},${phases[2]},${phases[3]}]`;
}

function egressGroup(frame: CallFrame, context: CallContext, texts: RowTexts): string {
  return (
    `${texts.channel}${context.observer}","proc":${context.proc}` +
    integer('site', context.site) +
    integer('headers', context.headers) +
    connectionMembers(frame, texts) +
    phasesMember(frame.phases) +
    texts.reused +
    word('body', context.fingerprint) +
    flag('open', context.open) +
    word('reason', context.reason) +
    '}'
  );
}

/** An error code is a word; a message could carry anything. */
function errorType(code: string | undefined): string | undefined {
  return code === undefined || CODE.test(code) ? code : 'other';
}
