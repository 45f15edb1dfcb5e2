import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { findRecord } from '../../../src/report/stored/record-context.js';
import { writeSampleJournal } from '../../fixtures/sample-journal.js';

let journal: string;
const segment = (number: number): string => path.join(journal, 'segments', `0000000${number}.jsonl`);

beforeEach(() => {
  journal = writeSampleJournal();
});

test('a record comes with what it refers to', () => {
  const { view, run, process, site, headers } = findRecord(journal, 7);
  expect(view.seq).toBe(7);
  expect(run).toBe(1);
  expect(process?.integer('process', 'pid')).toBe(48213);
  expect(site?.text('package', 'version')).toBe('14.1.0');
  expect(headers?.tuples('headers', 'request')).toHaveLength(2);
});

test('a call that was open comes with its end', () => {
  expect(findRecord(journal, 12).end?.seq).toBe(13);
});

test('the chain is recomputed across segments and at both ends', () => {
  for (const seq of [1, 2, 9, 10])
    expect(findRecord(journal, seq).chain).toMatchObject({ previous: 'same', next: 'same' });
  expect(findRecord(journal, 15).chain).toMatchObject({ previous: 'same', next: 'unknown' });
});

test('one changed byte shows at the record and at its neighbours', () => {
  writeFileSync(segment(1), readFileSync(segment(1), 'utf8').replace('"bytes":4412', '"bytes":4413'));
  expect(findRecord(journal, 6).chain).toMatchObject({ previous: 'same', next: 'same' });
  expect(findRecord(journal, 7).chain).toMatchObject({ previous: 'same', next: 'different' });
  expect(findRecord(journal, 8).chain).toMatchObject({ previous: 'different', next: 'same' });
});

test('behind a vacuum the line before is not here, and a removed record says so', () => {
  unlinkSync(segment(1));
  expect(findRecord(journal, 10).chain.previous).toBe('unknown');
  expect(() => findRecord(journal, 7)).toThrow(
    expect.objectContaining({ code: 'RECORD_NOT_FOUND', hint: 'The journal begins at #10.' }),
  );
});

test('a number that no record has', () => {
  expect(() => findRecord(journal, 16)).toThrow(expect.objectContaining({ code: 'RECORD_NOT_FOUND' }));
});
