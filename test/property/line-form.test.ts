/** What a form makes is not looked at again: it has to be the line that its record would be as JSON, or none at all. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeHex } from '../../src/core/bytes.js';
import { formatMicros } from '../../src/core/timestamp.js';
import { encodeLine } from '../../src/journal/lines/line.js';
import { LineForm, slotText, TIME_SLOT } from '../../src/journal/lines/line-form.js';
import { LineGrammar } from '../../src/journal/lines/line-grammar.js';

const grammar = new LineGrammar();
const buffer = Buffer.alloc(1 << 20);

const seq = fc.oneof(fc.nat(2_000), fc.nat(Number.MAX_SAFE_INTEGER - 1)).map((value) => value + 1);
const prev = fc.uint8Array({ minLength: 32, maxLength: 32 });
const ZEROS = new Uint8Array(32);
const integer = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -1, max: 1_001 }), fc.nat(70_000), fc.constant(-0));
const numbers = fc
  .tuple(fc.nat(8e15), ...Array.from({ length: 7 }, () => integer))
  .map((values) => Float64Array.from(values));
/** Where one of `numbers` stands. */
const slot = fc.integer({ min: 1, max: 7 }).map((index) => ({ slot: index }));

const key = fc
  .stringMatching(/^[a-z][a-z0-9_]{0,11}$/)
  .filter((name) => !['seq', 'prev', 'kind', 'time'].includes(name));
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }).map((value) => value.toWellFormed()),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    ...[slot, slot, text, fc.boolean(), fc.nat()],
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const members = fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true });

/** JSON of a record in which slots are written as `write` says. */
function textOf(record: object, time: string, write: (slot: number) => string): string {
  const json = JSON.stringify({ kind: 'net', time: 'T', ...record });
  return json.replace('"T"', `"${time}"`).replace(/\{"slot":(\d)\}/g, (_, digit) => write(Number(digit)));
}

function lineOf(form: LineForm, number: number, hash: Uint8Array, values: Float64Array): string | undefined {
  buffer.fill('"}]0');
  const end = form.encode(buffer, 5, number, hash, values);
  if (end < 0) return undefined;
  expect(grammar.check(buffer, 5, end), `${grammar.fault}: ${buffer.toString('utf8', 5, end)}`).toBe(true);
  return buffer.toString('utf8', 5, end);
}

it('makes of any numbers the line that the record with these numbers has, whichever it made before', () => {
  fc.assert(
    fc.property(members, fc.array(fc.tuple(seq, prev, numbers), { minLength: 1, maxLength: 6 }), (record, lines) => {
      const form = LineForm.of(textOf(record, slotText(TIME_SLOT), slotText));
      if (form === undefined) throw new Error('no form');
      for (const [number, hash, values] of lines) {
        const json = textOf(record, formatMicros(values[0] ?? 0), (index) => JSON.stringify(values[index]));
        const line = lineOf(form, number, hash, values);
        const end = encodeLine(buffer, 5, number, hash, json);
        expect(line).toBe(buffer.toString('utf8', 5, end));
        expect(JSON.stringify(JSON.parse(line ?? ''))).toBe(line);
        expect(JSON.parse(line ?? '')).toMatchObject({ seq: number, prev: encodeHex(hash) });
        // Numbers that it refuses leave nothing behind that the next line could show.
        form.encode(
          buffer,
          5,
          number,
          hash,
          values.map((value, index) => (index === number % 8 ? NaN : value + 1)),
        );
      }
    }),
    { numRuns: 3_000 },
  );
});

it('is none where any numbers would make something that the grammar refuses', () => {
  const alphabet = fc.constantFrom(
    ...Array.from('"\\{}[],:019-eE.+ntuf/ \u0001\u0002\u0003\u0000\u007fé😀azA'),
    ...['null', '"\u0001"', '"\u0000"', ',\u0001', '[\u0002]', ':\u0003', '","', '":"', '\\u0000', '\u0000\u0000'],
  );
  let made = 0;
  fc.assert(
    fc.property(members, fc.nat(), fc.nat(3), alphabet, numbers, (record, at, cut, changed, values) => {
      const whole = textOf(record, slotText(TIME_SLOT), slotText);
      const place = at % whole.length;
      const form = LineForm.of((whole.slice(0, place) + changed + whole.slice(place + cut)).toWellFormed());
      if (form === undefined) return;
      made += 1;
      expect(lineOf(form, 7, ZEROS, values)).toBeDefined();
    }),
    { numRuns: 20_000 },
  );
  expect(made).toBeGreaterThan(500);
});

it('makes no line of what is no safe integer, and has no text that could be too long for one', () => {
  const form = LineForm.of(textOf({ a: { slot: 1 } }, slotText(TIME_SLOT), slotText));
  for (const bad of [NaN, Infinity, -Infinity, 0.5, 2 ** 53, -(2 ** 53)]) {
    expect(form?.encode(buffer, 0, 1, ZEROS, Float64Array.of(1, bad))).toBe(-1);
    expect(form?.encode(buffer, 0, 1, ZEROS, Float64Array.of(bad, 1))).toBe(-1);
  }
  expect(form?.encode(buffer, 0, 1, ZEROS, Float64Array.of(1))).toBe(-1);
  expect(form?.encode(buffer, 0, 2 ** 53, ZEROS, Float64Array.of(1, 1))).toBe(-1);
  const filled = (length: number): object => ({ a: { slot: 1 }, b: 'é'.repeat(length) });
  expect(LineForm.of(textOf(filled(32_600), slotText(TIME_SLOT), slotText))).toBeDefined();
  expect(LineForm.of(textOf(filled(32_750), slotText(TIME_SLOT), slotText))).toBeUndefined();
});
