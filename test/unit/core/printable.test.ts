import { describe, expect, test } from 'vitest';
import { displayWidth, padEnd, padStart, truncate } from '../../../src/core/display-width.js';
import { printable, printableJson } from '../../../src/core/printable.js';
import { suggestion } from '../../../src/core/suggestion.js';

describe('printable', () => {
  test.each([
    ['clear the screen', 'a\x1b[2Jb', 'a\\x1b[2Jb'],
    ['set the title', '\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
    ['C1 control sequence introducer', '\u009b31mred', '\\x9b31mred'],
    ['right-to-left override', 'exe.\u202egpj', 'exe.\\u202egpj'],
    ['zero-width space', 'pay\u200bpal', 'pay\\u200bpal'],
    ['no-break space', 'a\u00a0b', 'a\\xa0b'],
    ['line separator', 'a\u2028b', 'a\\u2028b'],
    ['tag characters', 'a\u{e0041}', 'a\\u{e0041}'],
    ['variation selector', 'a\ufe0f', 'a\\ufe0f'],
    ['half a surrogate pair', 'a\ud800b', 'a\\ud800b'],
    ['private use', 'a\ue0b0', 'a\\ue0b0'],
    ['Hangul filler', 'a\u3164', 'a\\u3164'],
    ['line ends', 'a\r\n\tb', 'a\\r\\n\\tb'],
    ['a command to a CI runner', 'a ##[error]b ###x', 'a #\\x23[error]b #\\x23\\x23x'],
    ['letters of any script', 'bücher.example 漢字 نص', 'bücher.example 漢字 نص'],
  ])('%s', (_name, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('cuts whole characters and whole escapes', () => {
    expect(printable('##[error]', { max: 8 })).toBe('#\\x23[e…');
    expect(printable('abcdef', { max: 4 })).toBe('abc…');
    expect(printable('a\x1b\x1b', { max: 6 })).toBe('a\\x1b…');
    expect(printable('a\x1b\x1b', { max: 8 })).toBe('a\\x1b…');
    expect(printable('a\x1b\x1b', { max: 9 })).toBe('a\\x1b\\x1b');
    expect(printable('😀😀', { max: 3 })).toBe('😀…');
    expect(printable('abc', { max: 0 })).toBe('');
  });

  test('looks at no more of a long text than can be shown', () => {
    const start = performance.now();
    expect(printable('\x1b'.repeat(50_000_000), { max: 20 })).toBe('\\x1b\\x1b\\x1b\\x1b…');
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

test('printableJson escapes pairs of surrogates as pairs', () => {
  expect(printableJson('{"a":"\u{e0041}\u009b"}')).toBe('{"a":"\\udb40\\udc41\\u009b"}');
});

test('width counts wide characters twice and combining marks not at all', () => {
  expect(displayWidth('abc')).toBe(3);
  expect(displayWidth('漢字')).toBe(4);
  expect(displayWidth('e\u0301')).toBe(1);
  expect(displayWidth('😀')).toBe(2);
  expect(displayWidth('🇫🇷')).toBe(2);
  expect(displayWidth('\u1112\u1161\u11ab')).toBe(2);
  // A character that joins to the one after it (Malayalam dot reph) still has a column of its own.
  expect(displayWidth('\u0d4e')).toBe(1);
  expect(displayWidth('\u0d4e ')).toBe(2);
  expect(padEnd('漢', 4)).toBe('漢  ');
  expect(padStart('e\u0301', 3)).toBe('  e\u0301');
  expect(truncate('漢字漢字', 5)).toBe('漢字…');
  expect(truncate('漢字漢字', 4)).toBe('漢…');
});

test('suggests the near word, and none where none is near', () => {
  const commands = ['run', 'log', 'show', 'verify', 'doctor'];
  expect(suggestion('verfiy', commands)).toBe('Did you mean verify?');
  expect(suggestion('lgo', commands)).toBe('Did you mean log?');
  expect(suggestion('VERIFY', commands)).toBe('Did you mean verify?');
  expect(suggestion('upload', commands)).toBeUndefined();
  expect(suggestion('x'.repeat(1_000_000), commands)).toBeUndefined();
});
