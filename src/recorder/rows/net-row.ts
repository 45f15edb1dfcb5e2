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

/** Texts that are the same for all frames of one shape, each put together as far as no number comes in between. */
interface RowTexts {
  readonly strict: boolean;
  /** The network up to the ports: of a direct call, and of one whose peer has a port of its own, which comes next. */
  readonly direct: string;
  readonly indirect: string;
  /** Closes the network; from the server to the URL. */
  readonly where: string;
  readonly isExchange: boolean;
  readonly method: string;
  readonly status: string;
  /** Of an exchange whose bytes are known both ways: what comes before the one number and before the other. */
  readonly requestBytes: string;
  readonly responseBytes: string;
  readonly dns: string;
  readonly event: string;
  readonly channel: string;
  readonly reused: string;
  readonly error: string;
  /** Of the call that came last, most likely those of the next. */
  own: ContextTexts | undefined;
}

/** Texts that are the same for all calls of one shape, by one process, from one place. */
interface ContextTexts {
  readonly context: CallContext;
  /** From the question to the outcome. */
  readonly event: string;
  /** Closes the event; up to what calls differ in. */
  readonly egress: string;
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
  const network = `,"network":{${networkMembers(frame).slice(1)}`;
  const address = word('address', frame.ip);
  const methodMember = word('method', method !== undefined && METHOD.test(method) ? method : undefined);
  const statusMember = integer('status_code', status);
  return {
    strict,
    direct: flat(network + group('peer', address)),
    indirect: flat(`${network},"peer":{${`${address},"port":`.slice(1)}`),
    where: flat(
      `}${group('server', text('address', host, HOST_CHARS_MAX) + integer('port', port))}` +
        group('client', text('address', claimed, ADDRESS_CHARS_MAX)) +
        group('url', text('scheme', scheme, SCHEME_CHARS_MAX) + text('path', maskedPath, Infinity)),
    ),
    isExchange: method !== undefined || status !== undefined,
    method: methodMember,
    status: statusMember,
    requestBytes: flat(`,"http":{"request":{${`${methodMember},"bytes":`.slice(1)}`),
    responseBytes: flat(`},"response":{${`${statusMember},"bytes":`.slice(1)}`),
    dns: q === undefined ? '' : group('dns', group('question', questionMembers(q, frame.qt))),
    event: `,"event":{"outcome":"${frame.outcome ?? 'unknown'}"`,
    channel: `,"egress":{"channel":"${frame.ch}","observer":"`,
    reused: flag('reused', frame.reused),
    error: group('error', word('type', errorType(frame.err))),
    own: undefined,
  };
}

function contextTexts(texts: RowTexts, context: CallContext): ContextTexts {
  const { packageName, program, observer, proc, site, headers } = context;
  const known = texts.own?.context;
  if (
    texts.own !== undefined &&
    known?.proc === proc &&
    known.site === site &&
    known.headers === headers &&
    known.observer === observer &&
    known.packageName === packageName &&
    known.program === program
  ) {
    return texts.own;
  }
  const event =
    texts.dns +
    group('package', text('name', packageName, NAME_CHARS_MAX)) +
    group('process', text('name', program, NAME_CHARS_MAX)) +
    texts.event;
  const egress = `}${texts.channel}${observer}","proc":${proc}${integer('site', site)}${integer('headers', headers)}`;
  return (texts.own = { context, event: flat(event), egress: flat(egress) });
}

/**
 * JSON of a NetRecord.
 * @param frame decoded, hence of the right types; its texts are still the program's own words
 */
export function netRow(frame: CallFrame, context: CallContext): string {
  const texts = textsOf(frame, context.strict);
  const own = contextTexts(texts, context);
  return (
    '{"kind":"net","time":"' +
    formatMicros(context.at) +
    '"' +
    networkPorts(frame, texts) +
    texts.where +
    httpGroup(frame, texts) +
    own.event +
    durationMember(frame) +
    own.egress +
    connectionMembers(frame, texts) +
    phasesMember(frame.phases) +
    texts.reused +
    word('body', context.fingerprint) +
    flag('open', context.open) +
    word('reason', context.reason) +
    '}' +
    texts.error +
    '}'
  );
}

/**
 * JSON of a NetEndRecord for a row that was written while its call was open: its totals.
 * @param open it still is, and these are the bytes so far
 */
export function netEndRow(frame: CallFrame, ends: number, nowMicros: number, open = false): string {
  const texts = makeTexts(frame, true);
  return (
    `{"kind":"net.end","time":"${formatMicros(nowMicros)}","ends":${ends}` +
    httpGroup(frame, texts) +
    `${texts.event}${durationMember(frame)}}` +
    texts.error +
    `,"egress":{${(connectionMembers(frame, texts) + flag('open', open)).slice(1)}}}`
  );
}

function networkMembers({ dir, ch, proto }: CallShape): string {
  return (
    word('direction', dir) +
    word('transport', ch === 'udp' || ch === 'unix' ? ch : undefined) +
    text('protocol', proto, PROTOCOL_CHARS_MAX)
  );
}

function networkPorts({ port, pport, lport }: CallFrame, { direct, indirect }: RowTexts): string {
  // On a direct call the caller's port is the peer's; only another one is worth its bytes.
  const peer = pport === undefined || pport === port ? direct : indirect + digits(pport) + '}';
  return lport === undefined ? peer : peer + ',"local":{"port":' + digits(lport) + '}';
}

function httpGroup({ dir, sent, received }: CallFrame, texts: RowTexts): string {
  if (!texts.isExchange) return '';
  // A response's bytes are what came back, also on an inbound request: there `received` is the request.
  const request = dir === 'ingress' ? received : sent;
  const response = dir === 'ingress' ? sent : received;
  if (request !== undefined && response !== undefined) {
    return texts.requestBytes + digits(request) + texts.responseBytes + digits(response) + '}}';
  }
  return group(
    'http',
    group('request', texts.method + integer('bytes', request)) +
      group('response', texts.status + integer('bytes', response)),
  );
}

function questionMembers(name: string, type: string | undefined): string {
  return text('name', name, HOST_CHARS_MAX) + text('type', type, QUESTION_TYPE_CHARS_MAX);
}

function durationMember({ dur }: CallFrame): string {
  if (dur === undefined) return '';
  // In ns, of which the hooks know thousands.
  return dur === 0 ? ',"duration":0' : ',"duration":' + digits(dur) + '000';
}

function connectionMembers({ sent, received }: CallFrame, { isExchange }: RowTexts): string {
  return isExchange ? '' : integer('sent', sent) + integer('received', received);
}

function phasesMember(phases: CallFrame['phases']): string {
  if (phases === undefined) return '';
  const [dns, connect, tls, wait] = phases;
  return `,"phases_us":[${phase(dns)},${phase(connect)},${phase(tls)},${phase(wait)}]`;
}

function phase(us: number): string {
  return us < 0 ? '-1' : digits(us);
}

/** An error code is a word; a message could carry anything. */
function errorType(code: string | undefined): string | undefined {
  return code === undefined || CODE.test(code) ? code : 'other';
}
