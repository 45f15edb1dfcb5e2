import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { SUITES, type Counts, type Suite } from './suites.js';

const read = (file: string): string => readFileSync(path.resolve(import.meta.dirname, file), 'utf8');
const count = (text: string): number => Number(/^[0-9,]+/.exec(text)?.[0].replaceAll(',', ''));

it('docs/RELIABILITY.md has what the last full run of each suite counted: nothing undetected, nothing lost', () => {
  const page = read('../../docs/RELIABILITY.md');
  const rows = page
    .slice(page.indexOf('<!-- counts -->'), page.indexOf('<!-- /counts -->'))
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expect(rows.map(([suite]) => suite).sort()).toEqual(Object.keys(SUITES).sort());
  for (const [suite = '', tries, tried = '', undetected, lost = ''] of rows) {
    const counts = JSON.parse(read(`counts/${suite}.json`)) as Counts;
    expect(tries).toBe(SUITES[suite as Suite].tries);
    expect(tried.endsWith(` ${SUITES[suite as Suite].unit}`), suite).toBe(true);
    expect(count(tried), suite).toBe(counts.tried);
    expect(counts.tried, suite).toBeGreaterThan(0);
    expect([undetected, counts.undetected], suite).toEqual(['0', 0]);
    expect(counts.lost ?? 0, suite).toBe(0);
    expect(lost, suite).toBe(counts.lost === undefined ? 'nothing is recorded' : '0');
  }
});
