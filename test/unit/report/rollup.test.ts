import { appendFileSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { receivedText, sentText } from '../../../src/report/model/sizes.js';
import { reportJson } from '../../../src/report/report-json.js';
import { buildFleet } from '../../../src/report/model/fleet.js';
import type { JournalRecord } from '../../../src/event/record.js';
import { expectNone } from '../../../src/policy/parse-policy.js';
import { reasonQuery } from '../../../src/report/model/journal-verdict.js';
import { groupTimes } from '../../../src/report/model/groups.js';
import { matchesFlow, matchesRecord, type RecordQuery } from '../../../src/report/model/record-query.js';
import { buildReport, type ReportModel } from '../../../src/report/model/report-model.js';
import { Rollup, type Judge } from '../../../src/report/rollup/rollup.js';
import { RollupCache } from '../../../src/report/rollup/rollup-cache.js';
import { decodeRollup, encodeRollup } from '../../../src/report/rollup/rollup-json.js';
import { SegmentContext } from '../../../src/report/rollup/segment-context.js';
import { Traffic } from '../../../src/report/rollup/traffic.js';
import { StoredLines } from '../../../src/report/stored/stored-lines.js';
import { reasonText } from '../../../src/verdict/verdict-text.js';
import { segmentOf, writeCalls, type MadeCall } from '../../fixtures/made-journal.js';
import { writeSegments } from '../../fixtures/sample-journal.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';

// Seconds of work, and more where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

/** Whoever goes to `evil.*` is unexpected; a vendor is watched. */
const judge: Judge = (call) => {
  const host = call.text('server', 'address') ?? '';
  if (host.startsWith('evil.')) return { class: 'unexpected' };
  return host === 'acme.example' ? { class: 'expected', vendor: 'acme' } : { class: 'expected', rule: 'all' };
};

const calls: readonly MadeCall[] = [
  { name: 'stripe', version: '1.0.0', installed: true },
  { name: 'stripe', version: '2.0.0', installed: true, failed: true, time: '2026-10-20T13:00:00.000000Z' },
  { name: 'shop', host: 'evil.example', sent: 61_000, time: '2026-10-21T09:00:00.000000Z' },
  { name: 'shop', host: 'evil.example', port: 8443 },
  { host: 'acme.example' },
  { name: 'shop', inbound: true, host: '10.0.0.7', port: 8080 },
];

function count(directory: string, options: Partial<ConstructorParameters<typeof Traffic>[1]> = {}): Traffic {
  const traffic = new Traffic(directory, { judge, ...options });
  finish(traffic);
  return traffic;
}

function finish(traffic: Traffic): void {
  for (const step of traffic.advance()) expect(step.done).toBeLessThanOrEqual(step.total);
}

function modelOf({ rollup }: Pick<Traffic, 'rollup'>): ReportModel {
  return buildReport({
    journal: 'j',
    rollup,
    verification: undefined,
    judging: { judge, digest: 'p', policyFor: () => expectNone() },
  });
}

/** Records that a query finds when all are looked at. */
function find(directory: string, query: RecordQuery): number {
  const lines = new StoredLines(directory);
  let found = 0;
  for (const segment of lines.segments()) {
    const context = new SegmentContext();
    for (const { view } of lines.forward(segment)) {
      if (view === undefined) continue;
      context.learn(view);
      if (matchesRecord(query, view, context, judge)) found += 1;
    }
  }
  return found;
}

describe('every number of a report', () => {
  const gap: JournalRecord = {
    kind: 'gap',
    time: '2026-10-20T12:04:05.001201Z',
    gap: { reason: 'hook_queue_full', count: 213, from: '', to: '' },
  };
  const directory = writeSegments([segmentOf(1, calls, [gap]), segmentOf(2, calls)]);
  const model = modelOf(count(directory));
  const { unexpected, expected, packages, channels, inbound, vendors, thirdParty, hours, days, observers } = model;
  const groups = { unexpected, expected, packages, channels, inbound, vendors, thirdParty, hours, days, observers };

  test.each(Object.entries(groups))('%s: leads to exactly the records that it counts', (_name, rows) => {
    expect(rows.length).toBeGreaterThan(0);
    for (const { calls: counted, query } of rows) expect([query, find(directory, query)]).toEqual([query, counted]);
  });

  test('cards and gaps too', () => {
    for (const { value, query } of model.cards) if (query !== undefined) expect(find(directory, query)).toBe(value);
    for (const { name, query } of model.chips)
      if (query !== undefined) expect(name).toContain(String(find(directory, query)));
    expect(model.chips.some(({ query }) => query !== undefined)).toBe(true);
    expect(model.gaps).toMatchObject([{ reason: 'hook_queue_full', records: 1, lost: 213 }]);
    for (const { records, query } of model.gaps) expect(find(directory, query)).toBe(records);
  });

  test('over time: the hours of a row add up to it, and lead to their records', () => {
    const { rollup } = count(directory);
    for (const { query, calls: all } of [...model.packages, ...model.unexpected]) {
      const times = groupTimes(rollup, 13, (flow) => matchesFlow(query, flow), query);
      expect(times.reduce((sum, { calls: n }) => sum + n, 0)).toBe(all);
      for (const { query: hour, calls: n } of times) expect(find(directory, hour)).toBe(n);
    }
  });

  test('is right', () => {
    expect(Object.fromEntries(model.cards.map(({ name, value }) => [name, value]))).toEqual({
      ...{ Calls: 12, Outbound: 10, Expected: 8, Unexpected: 4, Vendor: 2 },
      ...{ 'Third party': 4, Failed: 2, Destinations: 4 },
    });
    expect(model.unexpected.map(({ host, port, calls: n, sent }) => [host, port, n, sent])).toEqual([
      ['evil.example', 443, 2, 122_000],
      ['evil.example', 8443, 2, 200],
    ]);
    expect(model.days.map(({ time, calls: n }) => [time, n])).toEqual([
      ['2026-10-20', 10],
      ['2026-10-21', 2],
    ]);
  });
});

test('the totals of a call that was open come in its end, also in a later segment', () => {
  const end: JournalRecord = {
    ...{ kind: 'net.end', time: '2026-10-20T14:00:00.000000Z', ends: 6 },
    ...{ event: { outcome: 'success' }, egress: { sent: 5_000, received: 70 } },
  };
  const directory = writeSegments([segmentOf(1, [{ name: 'shop', open: true }]), segmentOf(2, [], [end])]);
  expect(modelOf(count(directory)).expected).toMatchObject([{ calls: 1, sent: 5_000, received: 70 }]);
});

describe('a call whose row does not know how much went and came', () => {
  const unsized = segmentOf(1, [{ name: 'shop', open: true }]).map((record) =>
    record.kind === 'net' ? { ...record, http: { request: { method: 'POST' }, response: {} } } : record,
  ) as JournalRecord[];
  const sized = segmentOf(2, [{ name: 'shop', sent: 700, received: 1_200 }]);

  test.each([
    ['nothing of it', {}, '?', '?', null],
    ['what went', { sent: 5_000 }, '5.0 kB', '?', 5_000],
    ['both', { sent: 0, received: 70 }, '0 B', '70 B', 0],
  ])('is not said to have sent nothing; its end says %s', (_name, egress, sent, received, json) => {
    const end: JournalRecord = {
      ...{ kind: 'net.end', time: '2026-10-20T14:00:00.000000Z', ends: 6 },
      ...{ event: { outcome: 'success' }, egress },
    };
    const model = modelOf(count(writeSegments([unsized, segmentOf(2, [], [end])])));
    for (const group of [...model.expected, ...model.packages, ...model.hours, ...model.days]) {
      expect([sentText(group), receivedText(group)]).toEqual([sent, received]);
    }
    expect(reportJson(buildFleet([model]))).toMatchObject({ journals: [{ packages: [{ sent: json }] }] });
  });

  test('beside one that does: at least so much, also from the cache', () => {
    const { rollup } = count(writeSegments([unsized, sized]));
    const model = modelOf({ rollup: decodeRollup(encodeRollup(rollup)) });
    for (const [group] of [model.expected, model.days]) {
      if (group === undefined) throw new Error('no group');
      expect([sentText(group), receivedText(group)]).toEqual(['≥ 700 B', '≥ 1.2 kB']);
    }
    expect(reportJson(buildFleet([model]))).toMatchObject({
      journals: [{ destinations: [{ sent: 700, unsized: 1, unsized_received: 1 }] }],
    });
  });
});

test('more destinations than are told apart are counted together, and stay what they are', () => {
  const many = Array.from({ length: 5_000 }, (_, i) => ({ host: `evil.${i}.example`, name: 'shop' }));
  const { rollup } = count(writeCalls(many));
  expect(rollup.flows.size).toBe(4_097);
  const model = modelOf(count(writeCalls(many)));
  expect(model.cards.find(({ name }) => name === 'Unexpected')?.value).toBe(5_000);
  expect(model.unexpected[0]).toMatchObject({ isRest: true, calls: 904 });
});

test('counting goes on where it stopped', () => {
  const directory = writeSegments([segmentOf(1, calls).slice(0, -1)]);
  const traffic = count(directory);
  const file = path.join(directory, 'segments/00000001.jsonl');
  const [line = ''] = readFileSync(file, 'utf8').match(/.*"kind":"net".*\n/) ?? [];
  appendFileSync(file, line.slice(0, 40));
  finish(traffic);
  expect(traffic.rollup.records).toBe(16);
  appendFileSync(file, line.slice(40));
  finish(traffic);
  expect(traffic.rollup.records).toBe(17);
  expect(modelOf(traffic).cards[0]).toMatchObject({ name: 'Calls', value: 7 });
});

describe('the cache of rollups', () => {
  const cached = (directory: string, folder: string, digest = 'policy'): Traffic =>
    count(directory, { cache: new RollupCache(folder, directory, digest) });

  test('gives what was counted', () => {
    const [directory, folder] = [writeCalls(calls, calls), temporaryFolder()];
    const first = cached(directory, folder);
    const second = cached(directory, folder);
    expect(first.source).toEqual({ cached: 0, counted: 2 });
    expect(second.source).toEqual({ cached: 2, counted: 0 });
    expect(modelOf(second)).toEqual(modelOf(first));
    expect(modelOf(second)).toEqual(modelOf(count(directory)));
  });

  test('is ignored where the segment, the judge or the rollup itself is another', () => {
    const [directory, folder] = [writeCalls(calls, calls), temporaryFolder()];
    cached(directory, folder);
    expect(cached(directory, folder, 'another').source).toEqual({ cached: 0, counted: 2 });
    const segment = path.join(directory, 'segments/00000001.jsonl');
    const text = readFileSync(segment, 'utf8');
    writeFileSync(segment, text.replace('api.stripe.example', 'abc.stripe.example'));
    utimesSync(segment, new Date(), new Date());
    expect(cached(directory, folder).source).toEqual({ cached: 1, counted: 1 });
    const [journal = ''] = readdirSync(path.join(folder, 'rollups'));
    for (const name of readdirSync(path.join(folder, 'rollups', journal))) {
      const file = path.join(folder, 'rollups', journal, name);
      writeFileSync(file, readFileSync(file, 'utf8').replace('"calls":1', '"calls":9'));
    }
    expect(cached(directory, folder).source).toEqual({ cached: 0, counted: 2 });
  });

  test('refuses what is no rollup', () => {
    const { rollup } = count(writeCalls(calls));
    const text = encodeRollup(rollup);
    expect(JSON.parse(encodeRollup(decodeRollup(text)))).toEqual(JSON.parse(text));
    for (const odd of [
      '',
      'null',
      '[]',
      '{}',
      text.replace('"egress"', '"up"'),
      text.replace('"calls":1', '"calls":-1'),
    ]) {
      expect(() => decodeRollup(odd)).toThrow();
    }
    expect(() => decodeRollup(encodeRollup(new Rollup()))).not.toThrow();
  });
});

test('what nothing explains is a reason for attention, with its records', () => {
  const directory = writeCalls([
    { name: 'shop', observer: 'both' },
    { program: 'curl', observer: 'kernel', because: 'no_hooks' },
    { observer: 'kernel', because: 'beneath_hooks' },
  ]);
  const model = modelOf(count(directory));
  expect(model.observers.map(({ observer, because, calls: n }) => [observer, because, n])).toEqual([
    ['both', undefined, 1],
    ['kernel', 'no_hooks', 1],
    ['kernel', 'beneath_hooks', 1],
  ]);
  const [, ...reasons] = model.verdict.reasons;
  expect(reasons.map((reason) => reasonText(reason, true))).toEqual([
    'no end is signed: interrupted, or still going on',
    '1 call: the kernel saw what the hooks did not: native code, or removed hooks',
  ]);
  expect(find(directory, (reasons[1] && reasonQuery(reasons[1])) ?? {})).toBe(1);
  for (const { query, calls: n } of model.observers) expect(find(directory, query)).toBe(n);
});
