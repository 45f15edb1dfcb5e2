/**
 * What is masked before a call is written down. The hooks apply it inside the program, so that a secret does not even
 * leave it, and the recorder applies it again, since the program may have sent anything. Pure, and free of imports
 * from npm, as it rides in the preload.
 */
import { HEADER_FIELDS_MAX, HEADER_NAME_CHARS_MAX, HEADER_VALUE_CHARS_MAX, PATH_CHARS_MAX } from '../core/limits.js';

export const MASK = '***';

/** Headers whose values describe the message and not its sender. All other values are masked. */
const SAFE_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'cache-control',
  'connection',
  'content-encoding',
  'content-type',
  'te',
  'transfer-encoding',
  'upgrade',
  'vary',
]);

/** Cuts to at most `max` UTF-16 units without leaving half a surrogate pair, and marks the cut. */
export function cap(text: string, max: number): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  if (wellFormed.length <= max) return wellFormed;
  const end = max - 1;
  const code = wellFormed.charCodeAt(end - 1);
  const isHighSurrogate = code >= 0xd800 && code <= 0xdbff;
  return `${wellFormed.slice(0, isHighSurrogate ? end - 1 : end)}…`;
}

const WORD = /[A-Za-z0-9]+/g;

/** Whether a run of letters and digits mixes at least two of: lower case, upper case after the first letter, digits. */
function isMixed(word: string): boolean {
  const lower = /[a-z]/.test(word) ? 1 : 0;
  const upper = /[A-Z]/.test(word.slice(1)) ? 1 : 0;
  const digit = /[0-9]/.test(word) ? 1 : 0;
  return lower + upper + digit >= 2;
}

/**
 * Whether a path segment looks like a token and not like a name. `top-10-things-to-do` and `2026-11-24` are names; a
 * UUID, a hash, a JWT, a bot token and a card number are not.
 */
function looksLikeToken(segment: string): boolean {
  if (segment.length < 12) return false;
  if (segment.includes('@') || segment.includes('%40')) return true;
  for (const [word] of segment.matchAll(WORD)) {
    if (/^[0-9]{12,}$/.test(word)) return true;
    if (word.length >= 16 && isMixed(word)) return true;
    if (segment.length >= 20 && word.length >= 6 && /[0-9]/.test(word) && /[A-Za-z]/.test(word)) return true;
  }
  return false;
}

/**
 * The path as it may be recorded: no query, no fragment, no matrix parameters, token-like segments masked.
 * @param strict mask every segment but the first
 */
export function maskPath(path: string, strict: boolean): string {
  let end = path.length;
  const query = path.indexOf('?');
  if (query >= 0) end = query;
  const fragment = path.indexOf('#');
  if (fragment >= 0 && fragment < end) end = fragment;
  const bare = end === path.length ? path : path.slice(0, end);
  // Nothing in a short path can be a token: the common case costs one comparison.
  if (!strict && bare.length < 12 && !bare.includes(';')) return bare.isWellFormed() ? bare : bare.toWellFormed();
  const segments = bare.split('/');
  const first = segments[0] === '' ? 1 : 0;
  for (let i = 0; i < segments.length; i += 1) {
    const segment = segments[i] ?? '';
    if (segment === '') continue;
    const semicolon = segment.indexOf(';');
    const name = semicolon < 0 ? segment : segment.slice(0, semicolon);
    if ((strict && i > first) || looksLikeToken(name)) segments[i] = MASK;
    else if (semicolon >= 0) segments[i] = `${name};${MASK}`;
  }
  return cap(segments.join('/'), PATH_CHARS_MAX);
}

/** One header as it may be recorded. The name is lower-cased; a multipart boundary is dropped from a media type. */
export function maskHeader(
  name: string,
  value: string,
  strict: boolean,
  safeHeaders: ReadonlySet<string>,
): readonly [name: string, value: string] {
  const lower = cap(name.toLowerCase(), HEADER_NAME_CHARS_MAX);
  if (strict || !(SAFE_HEADERS.has(lower) || safeHeaders.has(lower))) return [lower, MASK];
  const shown = lower === 'content-type' ? value.replace(/;\s*boundary=.*$/i, '') : value;
  return [lower, cap(shown, HEADER_VALUE_CHARS_MAX)];
}

/** Masks a list and cuts it to HEADER_FIELDS_MAX; the caller notes how many were cut. */
export function maskHeaders(
  fields: readonly (readonly [name: string, value: string])[],
  strict: boolean,
  safeHeaders: ReadonlySet<string>,
): (readonly [name: string, value: string])[] {
  return fields.slice(0, HEADER_FIELDS_MAX).map(([name, value]) => maskHeader(name, value, strict, safeHeaders));
}

/** Long or short options by name, without their values, from a command line: `--require=x` gives `--require`. */
export function optionNames(args: readonly string[]): string[] {
  const names: string[] = [];
  for (const arg of args) {
    if (arg === '--') break;
    const match = /^(--[A-Za-z][A-Za-z0-9-]*|-[A-Za-z])/.exec(arg);
    if (match?.[1] !== undefined && names.length < 32) names.push(cap(match[1], 64));
  }
  return names;
}
