import { expect, test } from 'vitest';
import type { JournalRecord } from '../../../src/event/record.js';
import { SegmentLedger, type SiteDetail } from '../../../src/recorder/rows/segment-ledger.js';

const site = (file: string): SiteDetail => ({
  site: { confidence: 'high', chain: ['app@1.0.0'], frames: [[file, 1, 'main']] },
});

function ledger(accepts: (record: JournalRecord) => boolean): { ledger: SegmentLedger; asked: JournalRecord[] } {
  const asked: JournalRecord[] = [];
  const append = (record: JournalRecord): number => (accepts(record) ? asked.push(record) : (asked.push(record), 0));
  return { ledger: new SegmentLedger(append, () => 0), asked };
}

test('declares what a row refers to once a segment', () => {
  const { ledger: numbers, asked } = ledger(() => true);
  const [a, b] = [site('a.js'), site('b.js')];
  expect([numbers.site(a), numbers.site(b), numbers.site(a)]).toEqual([1, 2, 1]);
  expect(asked).toMatchObject([{ site: { number: 1 } }, { site: { number: 2 } }]);
  numbers.reset();
  expect(numbers.site(b)).toBe(1);
  expect(asked).toHaveLength(3);
});

test('has no number for what the journal refused, and asks once', () => {
  const [bad, good] = [site('bad.js'), site('good.js')];
  const { ledger: numbers, asked } = ledger((record) => !JSON.stringify(record).includes('bad.js'));
  expect(numbers.site(bad)).toBeUndefined();
  expect(numbers.site(bad)).toBeUndefined();
  expect(asked).toHaveLength(1);
  const number = numbers.site(good);
  expect(asked).toMatchObject([{}, { site: { number } }]);
  numbers.reset();
  expect(numbers.site(bad)).toBeUndefined();
  expect(asked).toHaveLength(3);
});
