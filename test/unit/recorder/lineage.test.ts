import { expect, test } from 'vitest';
import { Lineage } from '../../../src/recorder/program/lineage.js';
import type { AttributedSite } from '../../../src/recorder/rows/site-cache.js';

const site = (name?: string): AttributedSite => ({
  self: false,
  site: { confidence: 'high', chain: [], frames: [] },
  ...(name === undefined ? {} : { package: { name } }),
});
const nameOf = (found: AttributedSite | undefined): string | undefined => found?.package?.name;

test('the nearest start that names a package, through whoever lies between', () => {
  const lineage = new Lineage();
  lineage.starts({ parent: 1, pid: 10, tag: undefined }, site('outer'));
  lineage.starts({ parent: 10, pid: 20, tag: undefined }, site('inner'));
  lineage.starts({ parent: 20, pid: 30, tag: undefined }, site());
  expect(nameOf(lineage.of([99, 30, 20, 10], undefined))).toBe('inner');
  expect(nameOf(lineage.of([98, 10], undefined))).toBe('outer');
  expect(lineage.of([97, 96], undefined)).toBeUndefined();
});

test('a synchronous child is known before its pid is, and only as long as that', () => {
  const lineage = new Lineage();
  lineage.starts({ parent: 10, pid: undefined, tag: '10-0.1' }, site('syncer'));
  expect(nameOf(lineage.of([50, 40, 10], undefined))).toBe('syncer');
  lineage.starts({ parent: 10, pid: 40, tag: '10-0.1' }, site('syncer'));
  expect(nameOf(lineage.of([50, 40, 10], undefined))).toBe('syncer');
  expect(lineage.of([60, 10], undefined)).toBeUndefined();
});

test('what was inherited counts where the process tree was cut, and never against it', () => {
  const lineage = new Lineage();
  lineage.starts({ parent: 10, pid: 40, tag: '10-0.1' }, site('starter'));
  lineage.starts({ parent: 11, pid: 41, tag: '11-0.1' }, site('other'));
  expect(nameOf(lineage.of([77, 1], '10-0.1'))).toBe('starter');
  expect(nameOf(lineage.of([77, 41], '10-0.1'))).toBe('other');
  expect(lineage.of([77, 1], '12-0.1')).toBeUndefined();
});

test('a pid that comes again is not blamed on its first owner', () => {
  const lineage = new Lineage();
  lineage.starts({ parent: 10, pid: 40, tag: undefined }, site('first'));
  lineage.starts({ parent: 10, pid: 40, tag: undefined }, site());
  expect(lineage.of([40, 10], undefined)).toBeUndefined();
});

test('a fork bomb costs memory up to a bound', () => {
  const lineage = new Lineage();
  for (let pid = 1; pid <= 20_000; pid += 1) lineage.starts({ parent: pid, pid, tag: `${pid}-0.1` }, site('bomb'));
  expect(nameOf(lineage.of([1], undefined))).toBe('bomb');
  expect(lineage.of([20_000], '20000-0.1')).toBeUndefined();
});
