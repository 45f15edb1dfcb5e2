/**
 * The only way in for frames. The observed program controls every byte, so each member is checked for its type and
 * size, by hand: a schema library costs more than JSON.parse itself, and this runs once a network call.
 */
import {
  ADDRESSES_TRIED_MAX,
  BODY_CHUNK_BYTES_MAX,
  FILE_PATH_CHARS_MAX,
  FRAME_BYTES_MAX,
  HEADER_FIELDS_MAX,
  SHAPES_PER_THREAD_MAX,
  SITE_FRAMES_MAX,
} from '../core/limits.js';
import {
  BODY_ENDS,
  CHANNELS,
  DIRECTIONS,
  FRAME_VERSION,
  OWN_MEMBERS,
  START_TAG,
  type BodyFrame,
  type CallFrame,
  type ChildFrame,
  type Frame,
  type GapFrame,
  type HeadersFrame,
  type HelloFrame,
  type ShapeFrame,
  type SiteFrame,
} from './frame.js';

type Fields = Record<string, unknown>;

const CHANNEL_NAMES: ReadonlySet<unknown> = new Set(CHANNELS);
const DIRECTION_NAMES: ReadonlySet<unknown> = new Set(DIRECTIONS);
const BODY_END_NAMES: ReadonlySet<unknown> = new Set(BODY_ENDS);
const ADDRESS = /^[0-9A-Fa-f.:]{2,45}(%[A-Za-z0-9._-]{1,32})?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isSafeInteger(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCountIfSet(value: unknown): boolean {
  return value === undefined || isCount(value);
}

function isTextIfSet(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isPortIfSet(value: unknown): boolean {
  return value === undefined || (isCount(value) && value <= 65_535);
}

function isAddress(value: unknown): boolean {
  return typeof value === 'string' && ADDRESS.test(value);
}

function isAddressIfSet(value: unknown): boolean {
  return value === undefined || isAddress(value);
}

function isPhasesIfSet(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    Array.isArray(value) &&
    value.length === 4 &&
    value.every((part: unknown) => Number.isSafeInteger(part) && (part as number) >= -1)
  );
}

function isTagIfSet(value: unknown): boolean {
  return value === undefined || (isText(value) && START_TAG.test(value));
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && isText(value[0]) && isText(value[1]);
}

function isAddressListIfSet(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length <= ADDRESSES_TRIED_MAX && value.every(isAddress));
}

/** Whether the members of a call are what they have to be; `t` aside. */
function isCall(fields: Fields): boolean {
  return (
    isCount(fields['id']) &&
    isCount(fields['at']) &&
    DIRECTION_NAMES.has(fields['dir']) &&
    CHANNEL_NAMES.has(fields['ch']) &&
    isCountIfSet(fields['dur']) &&
    isTextIfSet(fields['proto']) &&
    isTextIfSet(fields['host']) &&
    isPortIfSet(fields['port']) &&
    isAddressIfSet(fields['ip']) &&
    isPortIfSet(fields['pport']) &&
    isPortIfSet(fields['lport']) &&
    isAddressListIfSet(fields['tried']) &&
    isTextIfSet(fields['scheme']) &&
    isTextIfSet(fields['method']) &&
    isTextIfSet(fields['path']) &&
    isCountIfSet(fields['status']) &&
    isCountIfSet(fields['sent']) &&
    isCountIfSet(fields['received']) &&
    isPhasesIfSet(fields['phases']) &&
    isCountIfSet(fields['hdr']) &&
    isCountIfSet(fields['site']) &&
    (fields['outcome'] === undefined ||
      fields['outcome'] === 'success' ||
      fields['outcome'] === 'failure' ||
      fields['outcome'] === 'unknown') &&
    isTextIfSet(fields['err']) &&
    (fields['reused'] === undefined || fields['reused'] === true) &&
    (fields['body'] === undefined || (isText(fields['body']) && SHA256_HEX.test(fields['body']))) &&
    isTextIfSet(fields['q']) &&
    isTextIfSet(fields['qt']) &&
    isTextIfSet(fields['claimed']) &&
    isCountIfSet(fields['req']) &&
    isCountIfSet(fields['res'])
  );
}

/** A call without the members that each has for itself. */
function isShape(fields: Fields): boolean {
  const { n } = fields;
  if (!isCount(n) || n >= SHAPES_PER_THREAD_MAX || OWN_MEMBERS.some((name) => name in fields)) return false;
  return isCall({ ...fields, id: 0, at: 0 });
}

function isHello(fields: Fields): boolean {
  const { disabled } = fields;
  return (
    fields['v'] === FRAME_VERSION &&
    isText(fields['token']) &&
    isCount(fields['pid']) &&
    isCount(fields['ppid']) &&
    isCount(fields['thread']) &&
    isText(fields['node']) &&
    isText(fields['executable']) &&
    isText(fields['argv0']) &&
    isText(fields['cwd']) &&
    isTagIfSet(fields['start']) &&
    (disabled === undefined || (Array.isArray(disabled) && disabled.length <= 32 && disabled.every(isPair)))
  );
}

function isStackFrame(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 4 &&
    isText(value[0]) &&
    value[0].length <= FILE_PATH_CHARS_MAX &&
    isCount(value[1]) &&
    isCount(value[2]) &&
    isText(value[3])
  );
}

function isSite(fields: Fields): boolean {
  const { frames } = fields;
  return (
    isCount(fields['n']) && Array.isArray(frames) && frames.length <= SITE_FRAMES_MAX && frames.every(isStackFrame)
  );
}

function isChild({ pid, file, tag, site, script, why }: Fields): boolean {
  const isScriptIfSet =
    script === undefined || (isPair(script) && String((script as unknown[])[0]).length <= FILE_PATH_CHARS_MAX);
  return (
    isCountIfSet(pid) && isText(file) && isTagIfSet(tag) && isCountIfSet(site) && isScriptIfSet && isTextIfSet(why)
  );
}

const BODY_CHARS_MAX = Math.ceil(BODY_CHUNK_BYTES_MAX / 3) * 4;

function isBody(fields: Fields): boolean {
  const { n, at, data, end } = fields;
  const isData = data === undefined || (isText(data) && data.length <= BODY_CHARS_MAX && BASE64.test(data));
  return isCount(n) && isCount(at) && isData && (end === undefined || BODY_END_NAMES.has(end));
}

function isHeaderList(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 4 * HEADER_FIELDS_MAX && value.every(isPair);
}

/**
 * Decodes one frame.
 * @param text one line of the hook channel, without its newline
 * @returns undefined for anything that is not a frame; never throws
 */
export function decodeFrame(text: string): Frame | undefined {
  if (text.length > FRAME_BYTES_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = value as Fields;
  switch (fields['t']) {
    case 'end':
    case 'begin':
      return isCall(fields) ? (fields as unknown as CallFrame) : undefined;
    case 'shape':
      return isShape(fields) ? (fields as unknown as ShapeFrame) : undefined;
    case 'site':
      return isSite(fields) ? (fields as unknown as SiteFrame) : undefined;
    case 'headers':
      return isCount(fields['n']) && isHeaderList(fields['request']) && isHeaderList(fields['response'])
        ? (fields as unknown as HeadersFrame)
        : undefined;
    case 'body':
      return isBody(fields) ? (fields as unknown as BodyFrame) : undefined;
    case 'busy':
      return { t: 'busy' };
    case 'flush':
      return { t: 'flush' };
    case 'ack':
      return { t: 'ack' };
    case 'gap':
      return isText(fields['why']) && isCount(fields['count']) && isCount(fields['from']) && isCount(fields['to'])
        ? (fields as unknown as GapFrame)
        : undefined;
    case 'child':
      return isChild(fields) ? (fields as unknown as ChildFrame) : undefined;
    case 'hello':
      return isHello(fields) ? (fields as unknown as HelloFrame) : undefined;
    default:
      return undefined;
  }
}
