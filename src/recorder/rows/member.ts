/**
 * Members of a JSON object as text, each with the comma before it, or nothing where there is no value. What they write
 * is what JSON.stringify would: names are ours, numbers were checked to be integers when their frame was decoded, and
 * texts are capped and quoted here.
 */
import { digits } from '../../core/digits.js';
import { cap } from '../../event/redaction.js';

/** Characters that stand for themselves in JSON and take one byte each. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text that the program chose, cut to `charsMax` UTF-16 units. */
export function text(name: string, value: string | undefined, charsMax: number): string {
  if (value === undefined) return '';
  if (value.length <= charsMax && PLAIN.test(value)) return `,"${name}":"${value}"`;
  return `,"${name}":${JSON.stringify(cap(value, charsMax))}`;
}

/** One of our own words, or a text that a pattern of plain characters has matched. */
export function word(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":"${value}"`;
}

export function integer(name: string, value: number | undefined): string {
  return value === undefined ? '' : bare(name, digits(value));
}

/** A value that is JSON already. */
export function bare(name: string, value: string | undefined): string {
  return value === undefined ? '' : `,"${name}":${value}`;
}

/** Present only where it is so. */
export function flag(name: string, isSo: boolean | undefined): string {
  return isSo === true ? `,"${name}":true` : '';
}

/** An object, left out if it has no member. */
export function group(name: string, members: string): string {
  return members === '' ? '' : `,"${name}":{${members.slice(1)}}`;
}
