import { expect, test } from 'vitest';
import { endpointText, hostText } from '../../../src/report/text/endpoint-text.js';
import { bytesText, durationText } from '../../../src/report/text/quantity-text.js';
import { timeText } from '../../../src/report/text/time-text.js';

test('sizes', () => {
  const texts = [0, 999, 1000, 4412, 999_949, 999_950, 18_400_000, 2 ** 53 - 1].map(bytesText);
  expect(texts).toEqual(['0 B', '999 B', '1.0 kB', '4.4 kB', '999.9 kB', '1.0 MB', '18.4 MB', '9.0 PB']);
});

test('durations', () => {
  const millis = [0.31, 2.11, 9.96, 183.4, 999.6, 59_940, 59_960, 329_900, 3_599_600, 7_500_000];
  expect(millis.map((value) => durationText(value * 1e6))).toEqual([
    ...['310 µs', '2.1 ms', '10 ms', '183 ms', '1.0 s', '59.9 s', '1m 00s', '5m 30s', '1h 00m', '2h 05m'],
  ]);
});

test('times: what is not one is no time', () => {
  expect(timeText('2026-10-20T12:04:05.123456Z', false)).toBe('2026-10-20 12:04:05.123Z');
  for (const text of [undefined, '', '2026-10-20', '2026-10-20T12:04:05Z\n']) expect(timeText(text, false)).toBe('?');
  expect(timeText('2026-99-20T12:04:05.123456Z', true)).toBe('?');
});

test('hosts: letters of other scripts come with their punycode', () => {
  expect(hostText('api.example')).toBe('api.example');
  expect(hostText('аpi.example')).toBe('аpi.example (xn--pi-6kc.example)');
  expect(hostText('a\u200bb.example')).toContain('a\\u200bb.example (');
  expect(endpointText('::1', 443)).toBe('[::1]:443');
  expect(endpointText('/run/db.sock', undefined)).toBe('unix:/run/db.sock');
  expect(endpointText(undefined, undefined)).toBe('?');
});
