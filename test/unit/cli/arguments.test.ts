import { describe, expect, test } from 'vitest';
import { parseSeq, parseSeqRange } from '../../../src/cli/seq-argument.js';
import { parseTime } from '../../../src/cli/time-argument.js';
import { usesColour } from '../../../src/cli/colour.js';

const now = Date.parse('2026-10-20T12:00:00Z');

describe('times', () => {
  test.each([
    ['2026-10-20', '2026-10-20T00:00:00.000000Z'],
    ['2026-10-20 12:04', '2026-10-20T12:04:00.000000Z'],
    ['2026-10-20 12:04:05', '2026-10-20T12:04:05.000000Z'],
    ['2026-10-20T12:04:05.218311Z', '2026-10-20T12:04:05.218311Z'],
    ['2026-10-20T12:04:05+02:00', '2026-10-20T10:04:05.000000Z'],
    ['2026-10-20 12:04 -0130', '2026-10-20T13:34:00.000000Z'],
    ['11:30', '2026-10-20T11:30:00.000000Z'],
    ['10m', '2026-10-20T11:50:00.000000Z'],
    ['-2h', '2026-10-20T10:00:00.000000Z'],
    ['3d ago', '2026-10-17T12:00:00.000000Z'],
    ['now', '2026-10-20T12:00:00.000000Z'],
    ['today', '2026-10-20T00:00:00.000000Z'],
    ['yesterday', '2026-10-19T00:00:00.000000Z'],
  ])('%s', (text, time) => {
    expect(parseTime(text, now)).toBe(time);
  });

  test.each(['', 'soon', '2026-13-01', '25:00', '2026-10-20T12:04:05+99:00', '999999999w', '1960-01-01', '10x'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseTime(text, now)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );
});

describe('numbers', () => {
  test.each([
    ['3..9', 3, 9],
    ['3..', 3, Number.MAX_SAFE_INTEGER],
    ['..9', 1, 9],
    ['#7', 7, 7],
    ['7', 7, 7],
  ])('%s', (text, first, last) => {
    expect(parseSeqRange(text)).toEqual({ first, last });
  });

  test.each(['', '0', '-1', '1.5', '9..3', 'x..y', '1...3', '99999999999999999'])('refuses "%s"', (text) => {
    const range = (): unknown => (text.includes('..') ? parseSeqRange(text) : parseSeq(text));
    expect(range).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('colour: the first that speaks wins', () => {
  const tty = { isTTY: true };
  test.each([
    ['the flag, over all', 'always', {}, { NO_COLOR: '1', TERM: 'dumb' }, true],
    ['the flag, over all', 'never', tty, { FORCE_COLOR: '1' }, false],
    ['NO_COLOR, over FORCE_COLOR', 'auto', tty, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['NO_COLOR that is empty says nothing', 'auto', tty, { NO_COLOR: '' }, true],
    ['FORCE_COLOR, over TERM', 'auto', {}, { FORCE_COLOR: '1', TERM: 'dumb' }, true],
    ['FORCE_COLOR=0', 'auto', tty, { FORCE_COLOR: '0' }, false],
    ['TERM=dumb', 'auto', tty, { TERM: 'dumb' }, false],
    ['a terminal', 'auto', tty, {}, true],
    ['a pipe', 'auto', {}, {}, false],
  ] as const)('%s', (_name, mode, stream, env, uses) => {
    expect(usesColour(mode, stream, env)).toBe(uses);
  });
});
