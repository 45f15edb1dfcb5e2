/** Method and path of a request as frame members: masked once, then taken from memory. */
import { NAME_CHARS_MAX, PATH_CHARS_MAX } from '../../core/limits.js';
import { maskPath } from '../../event/redaction.js';
import { TextCache, quote } from '../json-text.js';

let strict = false;
/** By method, then by path: no key has to be put together for a look-up. */
const methods = new TextCache<string, TextCache<string, string>>(32);

export function configurePaths(isStrict: boolean): void {
  strict = isStrict;
}

/** @param target request target: path and query, an absolute URL through a proxy, or an authority for CONNECT */
export function requestText(method: unknown, target: unknown): string {
  const name = typeof method === 'string' ? method : '';
  let path = typeof target === 'string' ? target : '';
  // The query is cut before the look-up: it differs from call to call, and is never recorded.
  const query = path.indexOf('?');
  if (query >= 0) path = path.slice(0, query);
  let paths = methods.get(name);
  if (paths === undefined) paths = methods.set(name, new TextCache<string, string>(1_024));
  return paths.get(path) ?? paths.set(path, makeText(name, path));
}

const ABSOLUTE = /^https?:\/\/[^/]*/i;

function makeText(method: string, path: string): string {
  const text = method === '' ? '' : `,"method":${quote(method, NAME_CHARS_MAX)}`;
  if (path === '' || method === 'CONNECT') return text;
  const bare = path.replace(ABSOLUTE, '');
  return `${text},"path":${quote(maskPath(bare === '' ? '/' : bare, strict), PATH_CHARS_MAX)}`;
}
