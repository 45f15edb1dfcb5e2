import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineGrammar } from '../../src/journal/lines/line-grammar.js';
import { LinePatterns } from '../../src/journal/lines/line-pattern.js';

const grammar = new LineGrammar();

/** One buffer for all lines of a run, as the writer has it: what comes later overwrites what came before. */
const buffer = Buffer.alloc(70_000);
function put(line: string): [start: number, end: number] {
  buffer.fill('"}]0');
  return [3, 3 + buffer.write(line, 3)];
}

const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,11}$/).filter((name) => !['seq', 'prev', 'kind'].includes(name));
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }).map((value) => value.toWellFormed()),
);
const number = fc.oneof(fc.maxSafeInteger(), fc.nat(20)).map((value) => (value === 0 ? 0 : value));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    text,
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const members = fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true });
const prev = fc.stringMatching(/^[0-9a-f]{64}$/);
const seq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const lineOf = (number: number, hash: string, record: object): string =>
  JSON.stringify({ seq: number, prev: hash, kind: 'net', ...record });

function patternsOf(line: string): LinePatterns {
  const patterns = new LinePatterns(buffer);
  const [start, end] = put(line);
  expect(grammar.check(buffer, start, end), grammar.fault).toBe(true);
  patterns.learn(start, end);
  return patterns;
}

it('never takes for a line what the grammar refuses', () => {
  const alphabet = fc.constantFrom(
    ...Array.from('"\\{}[],:019-eE.+ntuf/ \u0000\u001f\u007fé😀azA'),
    ...['null', '\\u0000', '\\ud800', '","', '":"', '00', '9007199254740992'],
  );
  let fitted = 0;
  fc.assert(
    fc.property(seq, prev, members, fc.nat(), fc.nat(3), alphabet, (number, hash, record, at, cut, changed) => {
      const line = lineOf(number, hash, record);
      const patterns = patternsOf(line);
      const place = at % line.length;
      const [start, end] = put((line.slice(0, place) + changed + line.slice(place + cut)).toWellFormed());
      if (!patterns.fits(start, end)) return;
      fitted += 1;
      expect(grammar.check(buffer, start, end), `${line} → ${buffer.toString('utf8', start, end)}`).toBe(true);
    }),
    { numRuns: 20_000 },
  );
  expect(fitted).toBeGreaterThan(500);
});

it('never takes for a line what differs in any byte that the grammar refuses', () => {
  fc.assert(
    fc.property(seq, prev, members, fc.nat(), fc.nat(255), (number, hash, record, at, byte) => {
      const patterns = patternsOf(lineOf(number, hash, record));
      const [start, end] = put(lineOf(number, hash, record));
      buffer[start + (at % (end - start))] = byte;
      if (patterns.fits(start, end)) expect(grammar.check(buffer, start, end), grammar.fault).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

it('knows a row that differs from another in its numbers and plain texts', () => {
  const plain = fc.stringMatching(/^[ !#-[\]-~]{0,30}$/);
  const numbers = fc.nat(999_999_999_999_999);
  const row = fc.record({
    ...{ time: plain, network: fc.record({ direction: plain, port: numbers }), flags: fc.tuple(numbers, numbers) },
    ...{ names: fc.tuple(plain, plain), phases: fc.constant([-1, -1, 12]), isOpen: fc.constant(true) },
  });
  const start = fc.integer({ min: 1, max: 999_999_999 });
  fc.assert(
    fc.property(start, start, prev, prev, row, row, (one, other, hash, next, record, like) => {
      const rename = ({ isOpen, ...rest }: typeof record): object => ({ ...rest, is_open: isOpen });
      const patterns = patternsOf(lineOf(one, hash, rename(record)));
      expect(patterns.fits(...put(lineOf(other, next, rename(like))))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

it('looks at nothing beyond the line, and refuses one that is too long', () => {
  const line = lineOf(7, '0'.repeat(64), { note: 'x' });
  const patterns = patternsOf(line);
  expect(patterns.fits(...put(line))).toBe(true);
  for (let cut = 0; cut < line.length; cut += 1) expect(patterns.fits(...put(line.slice(0, cut)))).toBe(false);
  expect(patterns.fits(...put(`${line}}`))).toBe(false);
  expect(patterns.fits(...put(line.replace('7', '0')))).toBe(false);
  const long = lineOf(7, '0'.repeat(64), { note: 'x'.repeat(65_400) });
  expect(patterns.fits(...put(long))).toBe(true);
  expect(patterns.fits(...put(long.replace('xx', 'x'.repeat(200))))).toBe(false);
});
