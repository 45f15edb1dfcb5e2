import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineGrammar } from '../../src/journal/lines/line-grammar.js';

const grammar = new LineGrammar();
const HEAD = `{"seq":7,"prev":"${'0'.repeat(64)}","kind":"x"`;

function accepts(line: string | Uint8Array): boolean {
  const bytes = Buffer.from(line);
  // Bytes before and after the line must not matter.
  const padded = Buffer.concat([Buffer.from('\n'), bytes, Buffer.from('\n"}]')]);
  return grammar.check(padded, 1, 1 + bytes.length);
}

/** Values that a record can hold: integers, well-formed strings, booleans, arrays, objects with plain keys. */
const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,11}$/).filter((name) => !['seq', 'prev', 'kind'].includes(name));
const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.maxSafeInteger().map((number) => (number === 0 ? 0 : number)),
    text,
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const members = fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true });
const lineOf = (record: object): string => {
  const json = JSON.stringify(record);
  return json === '{}' ? `${HEAD}}` : `${HEAD},${json.slice(1)}`;
};

it('accepts whatever JSON.stringify writes for a record', () => {
  fc.assert(
    fc.property(members, (record) => {
      expect(accepts(lineOf(record)), grammar.fault).toBe(true);
      expect(grammar.seq).toBe(7);
    }),
    { numRuns: 2_000 },
  );
});

/** The rules in JavaScript, without any thought of speed. */
function isLine(line: string): boolean {
  const isPlain = (node: unknown): boolean => {
    if (typeof node === 'number') return Number.isSafeInteger(node);
    if (typeof node === 'string') return node.isWellFormed();
    if (typeof node !== 'object') return true;
    if (node === null) return false;
    if (Array.isArray(node)) return node.every(isPlain);
    return Object.entries(node).every(([name, inner]) => /^[a-z][a-z0-9_]{0,63}$/.test(name) && isPlain(inner));
  };
  try {
    const parsed: unknown = JSON.parse(line);
    return JSON.stringify(parsed) === line && line.startsWith(HEAD) && isPlain(parsed);
  } catch {
    return false;
  }
}

it('agrees with the slow rules on lines that somebody changed', () => {
  const alphabet = fc.constantFrom(
    ...Array.from('"\\{}[],:019-eE.+ntu/ \u0000\u001f\u007fé😀azA'),
    'null',
    '\\u0000',
    '\\u000a',
    '\\ud800',
  );
  fc.assert(
    fc.property(members, fc.nat(), fc.nat(3), alphabet, (record, at, cut, put) => {
      const line = lineOf(record);
      const place = HEAD.length + (at % Math.max(1, line.length - HEAD.length));
      const changed = (line.slice(0, place) + put + line.slice(place + cut)).toWellFormed();
      expect(accepts(changed), changed).toBe(isLine(changed));
    }),
    { numRuns: 10_000 },
  );
});

it('agrees with the decoder of the platform on UTF-8', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6, min: 0x80 }), (bytes) => {
      let isGood = true;
      try {
        decoder.decode(bytes);
      } catch {
        isGood = false;
      }
      const line = Buffer.concat([Buffer.from(`${HEAD},"a":"`), bytes, Buffer.from('"}')]);
      expect(accepts(line)).toBe(isGood);
    }),
    { numRuns: 10_000 },
  );
});

it('refuses any bytes without throwing, in bounded time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(accepts(bytes)).toBe(false);
    }),
  );
  expect(accepts(`${HEAD},"a":${'['.repeat(60_000)}`)).toBe(false);
  expect(accepts(`${HEAD},${'"a":{'.repeat(10_000)}`)).toBe(false);
  const keys = Array.from({ length: 8_000 }, (_, i) => `"k${i}":1`).join(',');
  expect(accepts(`${HEAD},${keys}}`)).toBe(false);
  expect(accepts(`${HEAD},"a":"${'x'.repeat(65_535)}"}`)).toBe(false);
});

it.each(['"a":1,"a":1', '"b":{"a":1,"c":2,"a":1}', '"seq":7', '"kind":"y"', '"b":[{"a":{"a":1},"a":2}]'])(
  'refuses a key that stands twice: %s',
  (twice) => {
    expect(accepts(`${HEAD},${twice}}`)).toBe(false);
    expect(grammar.fault).toBe('a key stands twice');
  },
);

it('takes the same key in different objects', () => {
  expect(accepts(`${HEAD},"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}`)).toBe(true);
});
