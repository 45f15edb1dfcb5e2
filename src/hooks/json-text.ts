/** JSON strings in pure ASCII, so that a frame's length in characters is its length in bytes. */
import { cap } from '../event/redaction.js';
import { MapConstructor, stringify } from './primordials.js';

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const NOT_ASCII = /[^\x00-\x7e]/g; // eslint-disable-line no-control-regex -- the complement of ASCII

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A JSON string literal of at most `charsMax` UTF-16 units of `text`. */
export function quote(text: string, charsMax: number): string {
  if (text.length <= charsMax && PLAIN.test(text)) return `"${text}"`;
  return stringify(cap(text, charsMax)).replace(NOT_ASCII, escapeUnit);
}

/**
 * Remembers what `make` gave for a key. Emptied when it is full: the program chooses the keys, and a hot path has few.
 */
export class TextCache<K, V> {
  readonly #entries = new MapConstructor<K, V>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  set(key: K, value: V): V {
    if (this.#entries.size >= this.#entriesMax) this.#entries.clear();
    this.#entries.set(key, value);
    return value;
  }
}
