import { HEADER_NAME_CHARS_MAX } from '../core/limits.js';

/** A field name is a token (RFC 9110, section 5.6.2). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** Words that mark a header as a credential wherever they stand in its name. */
const SECRET_PARTS = ['authorization', 'authenticat', 'cookie', 'token', 'secret', 'password', 'apikey', 'credential'];

/** Words that do so only as a whole part between hyphens: `x-api-key`, but not `x-monkey`. */
const SECRET_WORDS: ReadonlySet<string> = new Set([
  ...['auth', 'assertion', 'csrf', 'jwt', 'key', 'passwd', 'session', 'sid', 'signature', 'xsrf'],
]);

/**
 * A header name for the safe list, in lower case. Names that carry credentials are refused: a setting must not be able
 * to write a secret into a journal that many people read.
 */
export function parseHeaderName(text: string): string {
  const name = text.toLowerCase();
  if (name.length > HEADER_NAME_CHARS_MAX || !TOKEN.test(name)) throw new Error(`"${text}" is not a header name`);
  const secret =
    SECRET_PARTS.some((part) => name.includes(part)) || name.split(/[-_]/).some((word) => SECRET_WORDS.has(word));
  if (secret) throw new Error(`${name} can carry a credential, so its value is always masked`);
  return name;
}
