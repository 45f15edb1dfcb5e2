import { expect, test } from 'vitest';
import { tableLines, type Column } from '../../../src/report/text/table.js';

const columns: readonly Column[] = [
  { title: 'Destination', align: 'left', grows: true },
  { title: 'Calls', align: 'right' },
  { title: 'First', align: 'left', spare: true },
  { title: 'Package', align: 'left', max: 10 },
  { title: 'Asked by', align: 'left', spare: true },
];
const rows = [
  ['api.stripe.example:443', '12', '12:04:05Z', 'stripe', 'shop 1.0.0'],
  ['a-name-that-is-longer-than-what-is-worth-a-column.example:443', '7', '12:04:06Z', 'a-long-package', ''],
];

test.each([
  [105, ['Destination', 'Calls', 'First', 'Package', 'Asked by']],
  [82, ['Destination', 'Calls', 'First', 'Package', 'Asked by']],
  [81, ['Destination', 'Calls', 'First', 'Package']],
  [70, ['Destination', 'Calls', 'First', 'Package']],
  [69, ['Destination', 'Calls', 'Package']],
  [30, ['Destination', 'Calls', 'Package']],
])('at %i columns: what there is room for, the rest cut and marked', (width, titles) => {
  const lines = tableLines(columns, rows, width);
  expect((lines[0] ?? '').split(/ {2,}/)).toEqual(titles);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
  expect(lines[2]?.includes('…')).toBe(true);
});
