import { EgressError } from '../core/error.js';

/** A record's number on the command line: `7` or `#7`. @throws USAGE */
export function parseSeq(text: string): number {
  const digits = /^#?([0-9]{1,16})$/.exec(text)?.[1];
  const seq = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(seq) || seq < 1) {
    throw new EgressError('USAGE', `"${text}" is not a record's number`, {
      hint: 'Numbers begin at 1; egress log shows them.',
    });
  }
  return seq;
}

/** `A..B`, `A..`, `..B` or `A`; both ends belong to it. @throws USAGE */
export function parseSeqRange(text: string): { readonly first: number; readonly last: number } {
  const match = /^([^.]*)\.\.([^.]*)$/.exec(text);
  const [from, to] = match === null ? [text, text] : [match[1] ?? '', match[2] ?? ''];
  const first = from === '' ? 1 : parseSeq(from);
  const last = to === '' ? Number.MAX_SAFE_INTEGER : parseSeq(to);
  if (first <= last) return { first, last };
  throw new EgressError('USAGE', `the range ${text} is empty`, { hint: 'The smaller number comes first: --seq 3..9' });
}
