/**
 * From a call frame to its `net` record: masks again, caps every text, and leaves out what is not known.
 *
 * The record is written as JSON text at once. An object of it, which JSON.stringify would have to walk, costs several
 * times as much as all else that a call costs here. Calls of one shape give rows that differ in their numbers alone: from
 * the second on, they are a form and these. Members stand in the order in which a person reads them.
 */
import { digits } from '../../core/digits.js';
import { HOST_CHARS_MAX, NAME_CHARS_MAX, PROTOCOL_CHARS_MAX } from '../../core/limits.js';
import { formatMicros } from '../../core/timestamp.js';
import type { CallFrame } from '../../event/frame.js';
import { shapeOf, type CallShape } from '../../event/frame-decoder.js';
import type { HooksOnlyReason } from '../../event/net-record.js';
import { maskPath } from '../../event/redaction.js';
import type { RecordText } from '../../journal/lines/line-batch.js';
import { LineForm, slotText, TIME_SLOT, type FilledForm } from '../../journal/lines/line-form.js';
import { bare, flag, group, integer, text, word } from './member.js';

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
/** Of a µs. */
const NANOS = 1_000;

const CODE = /^[A-Za-z0-9_]{1,64}$/;
const METHOD = /^[A-Za-z][A-Za-z_-]{0,31}$/;

/** The numbers that like calls differ in, each with the slot that it has in the form of their rows. */
const PEER_PORT = 1;
const LOCAL_PORT = 2;
const DURATION = 3;
const SENT = 4;
const RECEIVED = 5;
const PHASES = 6;

/** Of one call at a time. */
const numbers = new Float64Array(PHASES + 4);

/** How a row writes one of them: its digits, or its slot. */
type Notation = (value: number, slot: number) => string;

const inDigits: Notation = (value) => (value < 0 ? `-${digits(-value)}` : digits(value));
const asSlot: Notation = (_, slot) => slotText(slot);

/** What was learnt of a shape when a call had it last: most likely it is true of the next. */
interface KnownShape {
  readonly context: CallContext;
  /** Which of the numbers its call had, a bit each. */
  readonly had: number;
  /** From the second like call on. */
  row: FilledForm | undefined;
}

const known = new WeakMap<CallShape, KnownShape>();

/**
 * JSON of a NetRecord, or from the second of like calls on their form, filled with the numbers of this one.
 * @param frame decoded, hence of the right types; its texts are still the program's own words
 */
export function netRow(frame: CallFrame, context: CallContext): RecordText {
  const shape = context.fingerprint === undefined ? shapeOf(frame) : undefined;
  if (shape === undefined) return netJson(frame, context);
  const had = takeNumbers(frame, context.at);
  const last = known.get(shape);
  if (last?.had !== had || !areAlike(last.context, context)) {
    known.set(shape, { context, had, row: undefined });
    return netJson(frame, context);
  }
  last.row ??= formOf(frame, context);
  return last.row ?? netJson(frame, context);
}

/** Not the time and the fingerprint, which each call has for itself. */
function areAlike(one: CallContext, other: CallContext): boolean {
  return (
    one.proc === other.proc &&
    one.site === other.site &&
    one.headers === other.headers &&
    one.observer === other.observer &&
    one.reason === other.reason &&
    one.open === other.open &&
    one.packageName === other.packageName &&
    one.program === other.program &&
    one.strict === other.strict
  );
}

function formOf(frame: CallFrame, context: CallContext): FilledForm | undefined {
  const form = LineForm.of(netText(frame, context, slotText(TIME_SLOT), asSlot));
  return form === undefined ? undefined : { form, numbers };
}

/** @returns which there are, a bit each */
function takeNumbers(frame: CallFrame, at: number): number {
  const { dur, sent, received, lport, phases } = frame;
  const peerPort = peerPortOf(frame);
  let has = 0;
  numbers[TIME_SLOT] = at;
  if (peerPort !== undefined) {
    numbers[PEER_PORT] = peerPort;
    has |= 1 << PEER_PORT;
  }
  if (lport !== undefined) {
    numbers[LOCAL_PORT] = lport;
    has |= 1 << LOCAL_PORT;
  }
  if (dur !== undefined) {
    numbers[DURATION] = NANOS * dur;
    has |= 1 << DURATION;
  }
  if (sent !== undefined) {
    numbers[SENT] = sent;
    has |= 1 << SENT;
  }
  if (received !== undefined) {
    numbers[RECEIVED] = received;
    has |= 1 << RECEIVED;
  }
  if (phases !== undefined) {
    numbers.set(phases, PHASES);
    has |= 1 << PHASES;
  }
  return has;
}

/** JSON of a NetRecord. */
function netJson(frame: CallFrame, context: CallContext): string {
  return netText(frame, context, formatMicros(context.at), inDigits);
}

function netText(frame: CallFrame, context: CallContext, time: string, write: Notation): string {
  const { host, port, claimed, scheme, path, q, qt, ch, reused, err } = frame;
  const { proc, site, headers, packageName, program, fingerprint, open, strict, observer, reason } = context;
  const maskedPath = path === undefined ? undefined : maskPath(path, strict);
  return (
    `{"kind":"net","time":"${time}"` +
    networkGroup(frame, write) +
    group('server', text('address', host, HOST_CHARS_MAX) + integer('port', port)) +
    group('client', text('address', claimed, ADDRESS_CHARS_MAX)) +
    group('url', text('scheme', scheme, SCHEME_CHARS_MAX) + text('path', maskedPath, Infinity)) +
    httpGroup(frame, write) +
    (q === undefined ? '' : group('dns', group('question', questionMembers(q, qt)))) +
    group('package', text('name', packageName, NAME_CHARS_MAX)) +
    group('process', text('name', program, NAME_CHARS_MAX)) +
    eventGroup(frame, write) +
    `,"egress":{"channel":"${ch}","observer":"${observer}","proc":${proc}` +
    integer('site', site) +
    integer('headers', headers) +
    connectionMembers(frame, write) +
    phasesMember(frame, write) +
    flag('reused', reused) +
    word('body', fingerprint) +
    flag('open', open) +
    word('reason', reason) +
    '}' +
    errorGroup(err) +
    '}'
  );
}

/**
 * JSON of a NetEndRecord for a row that was written while its call was open: its totals.
 * @param open it still is, and these are the bytes so far
 */
export function netEndRow(frame: CallFrame, ends: number, nowMicros: number, open = false): string {
  return (
    `{"kind":"net.end","time":"${formatMicros(nowMicros)}","ends":${ends}` +
    httpGroup(frame, inDigits) +
    eventGroup(frame, inDigits) +
    errorGroup(frame.err) +
    `,"egress":{${(connectionMembers(frame, inDigits) + flag('open', open)).slice(1)}}}`
  );
}

/** On a direct call the caller's port is the peer's; only another one is worth its bytes. */
function peerPortOf({ port, pport }: CallFrame): number | undefined {
  return pport === port ? undefined : pport;
}

function numeral(name: string, value: number | undefined, slot: number, write: Notation): string {
  return bare(name, value === undefined ? undefined : write(value, slot));
}

function networkGroup(frame: CallFrame, write: Notation): string {
  const { dir, ch, proto, ip, lport } = frame;
  return group(
    'network',
    word('direction', dir) +
      word('transport', ch === 'udp' || ch === 'unix' ? ch : undefined) +
      text('protocol', proto, PROTOCOL_CHARS_MAX) +
      group('peer', word('address', ip) + numeral('port', peerPortOf(frame), PEER_PORT, write)) +
      group('local', numeral('port', lport, LOCAL_PORT, write)),
  );
}

function isExchange({ method, status }: CallFrame): boolean {
  return method !== undefined || status !== undefined;
}

function httpGroup(frame: CallFrame, write: Notation): string {
  if (!isExchange(frame)) return '';
  const { dir, method, status, sent, received } = frame;
  const ours = numeral('bytes', sent, SENT, write);
  const theirs = numeral('bytes', received, RECEIVED, write);
  // A response's bytes are what came back, also on an inbound request: there `received` is the request.
  const [request, response] = dir === 'ingress' ? [theirs, ours] : [ours, theirs];
  const methodWord = word('method', method !== undefined && METHOD.test(method) ? method : undefined);
  return group(
    'http',
    group('request', methodWord + request) + group('response', integer('status_code', status) + response),
  );
}

function questionMembers(name: string, type: string | undefined): string {
  return text('name', name, HOST_CHARS_MAX) + text('type', type, QUESTION_TYPE_CHARS_MAX);
}

function eventGroup({ outcome, dur }: CallFrame, write: Notation): string {
  // In ns, of which the hooks know thousands.
  const duration = numeral('duration', dur === undefined ? undefined : NANOS * dur, DURATION, write);
  return `,"event":{"outcome":"${outcome ?? 'unknown'}"${duration}}`;
}

function connectionMembers(frame: CallFrame, write: Notation): string {
  if (isExchange(frame)) return '';
  return numeral('sent', frame.sent, SENT, write) + numeral('received', frame.received, RECEIVED, write);
}

function phasesMember({ phases }: CallFrame, write: Notation): string {
  return phases === undefined ? '' : `,"phases_us":[${phases.map((us, i) => write(us, PHASES + i)).join(',')}]`;
}

/** An error code is a word; a message could carry anything. */
function errorGroup(code: string | undefined): string {
  return group('error', word('type', code === undefined || CODE.test(code) ? code : 'other'));
}
