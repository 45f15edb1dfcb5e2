import { describe, expect, test } from 'vitest';
import { HEADER_FIELDS_MAX } from '../../../src/core/limits.js';
import { cap, maskHeader, maskHeaders, maskPath, optionNames } from '../../../src/event/redaction.js';

const NONE: ReadonlySet<string> = new Set();

describe('maskPath', () => {
  test.each([
    ['a UUID', '123e4567-e89b-12d3-a456-426614174000'],
    ['a hash', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N'],
    ['a bot token', 'bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'],
    ['a card number', '4111111111111111'],
    ['a mail address', 'someone@mail.example'],
    ['an escaped mail address', 'someone%40mail.example'],
    ['a key', 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'],
  ])('masks %s', (_name, segment) => {
    expect(maskPath(`/v1/${segment}/items`, false)).toBe('/v1/***/items');
  });

  test.each([
    '/top-10-things-to-do',
    '/2026-11-24',
    '/v1/charges',
    '/orders/1042',
    '/assets/jquery-3.7.1.min.js',
    '/',
    '',
  ])('keeps %s', (path) => {
    expect(maskPath(path, false)).toBe(path);
  });

  test('cuts query, fragment and matrix parameters off, also in short paths', () => {
    expect(maskPath('/a?b=c', false)).toBe('/a');
    expect(maskPath('/a#b?c', false)).toBe('/a');
    expect(maskPath('/a;b=c', false)).toBe('/a;***');
    expect(maskPath('/a;b=c/d;e', false)).toBe('/a;***/d;***');
  });

  test('strictly, keeps the first segment only', () => {
    expect(maskPath('/v1/charges/1?x', true)).toBe('/v1/***/***');
    expect(maskPath('/a/b', true)).toBe('/a/***');
  });
});

describe('headers', () => {
  test('names are kept in lower case, values of the safe list only', () => {
    expect(maskHeader('Authorization', 'Bearer x', false, NONE)).toEqual(['authorization', '***']);
    expect(maskHeader('Accept', 'text/html', false, NONE)).toEqual(['accept', 'text/html']);
    expect(maskHeader('Accept', 'text/html', true, NONE)).toEqual(['accept', '***']);
    expect(maskHeader('X-Id', '7', false, new Set(['x-id']))).toEqual(['x-id', '7']);
  });

  test('a multipart boundary is not kept', () => {
    const [, value] = maskHeader('content-type', 'multipart/form-data; boundary=secret', false, NONE);
    expect(value).toBe('multipart/form-data');
  });

  test('a long list is cut', () => {
    const fields = Array.from({ length: 100 }, (_, i) => [`h${i}`, 'v'] as const);
    expect(maskHeaders(fields, false, NONE)).toHaveLength(HEADER_FIELDS_MAX);
  });
});

test('cap never leaves half a character', () => {
  for (let max = 1; max <= 8; max += 1) {
    const text = cap('a\u{1f511}\u{1f511}\u{1f511}\u{1f511}', max);
    expect(text.length).toBeLessThanOrEqual(max);
    expect(text.isWellFormed()).toBe(true);
    expect(text.endsWith('…')).toBe(true);
  }
  expect(cap('\ud800', 5)).toBe('\ufffd');
  expect(cap('short', 5)).toBe('short');
});

test('optionNames gives no values, and nothing after --', () => {
  expect(optionNames(['--key=secret', '-p', 'secret', '--', '--hidden', 'x'])).toEqual(['--key', '-p']);
  expect(optionNames(['-psecret', 'secret'])).toEqual(['-p']);
});
