/** Masked header lists of a call, sent once for each pair of request and response list. */
import {
  FRAME_BYTES_MAX,
  HEADERS_PER_THREAD_MAX,
  HEADER_NAME_CHARS_MAX,
  HEADER_VALUE_CHARS_MAX,
} from '../core/limits.js';
import { maskHeaders } from '../event/redaction.js';
import { TextCache, quote } from './json-text.js';
import { MapConstructor } from './primordials.js';

export interface HeaderLists {
  readonly number: number;
  /** The `headers` frame. */
  readonly text: string;
  generation: number;
}

/** One side: a number for each distinct masked list, and its JSON. */
export interface HeaderList {
  readonly number: number;
  readonly text: string;
}

const lists = new MapConstructor<string, HeaderList>();
const pairs = new MapConstructor<number, HeaderLists>();
const bySource = new TextCache<string, HeaderList | undefined>(512);
let strict = false;
let safe: ReadonlySet<string> = new Set();

export function configureHeaders(isStrict: boolean, safeHeaders: readonly string[]): void {
  strict = isStrict;
  safe = new Set(safeHeaders);
}

function intern(fields: readonly (readonly [string, string])[]): HeaderList | undefined {
  const masked = maskHeaders(fields, strict, safe);
  let text = '[';
  for (const [name, value] of masked) {
    const item = `[${quote(name, HEADER_NAME_CHARS_MAX)},${quote(value, HEADER_VALUE_CHARS_MAX)}]`;
    if (text.length + item.length > FRAME_BYTES_MAX / 2 - 64) break;
    text += (text === '[' ? '' : ',') + item;
  }
  text += ']';
  let list = lists.get(text);
  if (list === undefined && lists.size < HEADERS_PER_THREAD_MAX * 2) {
    lists.set(text, (list = { number: lists.size + 1, text }));
  }
  return list;
}

let lastRaw: readonly unknown[] = [];
let lastRawList: HeaderList | undefined;
let lastWhole = '';
let lastBlock = '';
let lastBlockList: HeaderList | undefined;

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one.length !== other.length || one.length === 0) return false;
  for (let i = 0; i < one.length; i += 1) if (one[i] !== other[i]) return false;
  return true;
}

/** From alternating names and values, as Node's `rawHeaders`; a value may be a list. */
export function listFromRaw(raw: readonly unknown[]): HeaderList | undefined {
  // Most messages on a busy thread carry the fields of the one before: comparing is cheaper than hashing.
  if (isSame(raw, lastRaw)) return lastRawList;
  lastRaw = raw;
  const source = raw.join('\n');
  const known = bySource.get(source);
  if (known !== undefined) return (lastRawList = known);
  const fields: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) fields.push([String(raw[i]), String(raw[i + 1])]);
  return (lastRawList = bySource.set(source, intern(fields)));
}

/** From a header block as it goes over the wire; the first line is skipped. */
export function listFromBlock(block: string): HeaderList | undefined {
  if (block === lastWhole) return lastBlockList;
  lastWhole = block;
  const source = block.slice(block.indexOf('\r\n') + 2);
  if (source === lastBlock) return lastBlockList;
  lastBlock = source;
  const known = bySource.get(source);
  if (known !== undefined) return (lastBlockList = known);
  const fields: [string, string][] = [];
  for (const line of source.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return (lastBlockList = bySource.set(source, intern(fields)));
}

const EMPTY: HeaderList = { number: 0, text: '[]' };

export function pairHeaders(request: HeaderList = EMPTY, response: HeaderList = EMPTY): HeaderLists | undefined {
  const key = request.number * 4_096 + response.number;
  let pair = pairs.get(key);
  if (pair === undefined && pairs.size < HEADERS_PER_THREAD_MAX) {
    const number = pairs.size + 1;
    const text = `{"t":"headers","n":${number},"request":${request.text},"response":${response.text}}`;
    pairs.set(key, (pair = { number, text, generation: -1 }));
  }
  return pair;
}
