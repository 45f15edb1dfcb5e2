import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth, padEnd, truncate } from '../../src/core/display-width.js';
import { printable, printableJson } from '../../src/core/printable.js';

/** Independent of the implementation's classes: code points that a terminal obeys or that a reader cannot see. */
function isUnsafe(code: number): boolean {
  const ranges: readonly (readonly [number, number])[] = [
    [0x00, 0x1f],
    [0x7f, 0xa0],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0xd800, 0xdfff],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
    [0xe0000, 0xe0fff],
  ];
  return ranges.some(([first, last]) => code >= first && code <= last);
}

const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        '\x1b[2J',
        '\x1b]0;x\x07',
        '\u009b31m',
        '\u202e',
        '\u200b',
        '\u{e0041}',
        '\ud800',
        '\r\n',
        '漢字',
        'é',
      ),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

test('what comes out holds nothing that a terminal obeys or a reader cannot see', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const character of printable(text)) expect(isUnsafe(character.codePointAt(0) ?? 0)).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test('what comes out is never longer than asked for, and a second time changes nothing', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 0, max: 80 }), (text, max) => {
      const shown = printable(text, { max });
      expect(shown.length).toBeLessThanOrEqual(max);
      expect(printable(shown, { max })).toBe(shown);
    }),
    { numRuns: 2_000 },
  );
});

test('printable ASCII comes back as it is, but for what a CI runner obeys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 200 }), (text) => {
      expect(printable(text)).toBe(text.replaceAll(/(?<=#)#/g, '\\x23'));
    }),
  );
});

test('JSON keeps its value and loses what a terminal obeys', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const json = printableJson(JSON.stringify({ text }));
      expect(JSON.parse(json)).toEqual({ text });
      for (const character of json) expect(isUnsafe(character.codePointAt(0) ?? 0)).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test('cutting and padding give exactly the columns asked for', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 2, max: 60 }), (text, width) => {
      const cell = padEnd(truncate(printable(text), width), width);
      // A wide character that does not fit in the last column leaves a space there.
      expect(displayWidth(cell)).toBe(width);
    }),
    { numRuns: 1_000, examples: [['\u0d4e', 2]] },
  );
});
