/** Calls for other tools: each form says what the records say, and is safe where it goes. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../../src/event/record.js';
import { callRows, COLUMNS, type CallRow } from '../../../src/view/call-row.js';
import { csvLines } from '../../../src/view/csv-view.js';
import { ocsfLines } from '../../../src/view/ocsf-view.js';
import { segmentOf } from '../../fixtures/made-journal.js';
import { writeSampleJournal, writeSegments } from '../../fixtures/sample-journal.js';
import { faultsOf } from './ocsf-subset.js';

const everything = { filter: { hosts: [], packages: [], channels: [], gaps: false }, ranges: undefined };
const example = path.resolve(import.meta.dirname, '../../fixtures/example-journal');
const rowsOf = (directory: string, query = everything): CallRow[] => [...callRows(directory, 'j', query)];

/** CSV as a spreadsheet reads it. */
function parseCsv(text: string): string[][] {
  const cells = [...text.matchAll(/("(?:[^"]|"")*"|[^,\n]*)(,|\n)/g)];
  const rows: string[][] = [[]];
  for (const [, cell = '', end] of cells) {
    rows.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

/** Made-up calls of all kinds, with text that a hostile program chose. */
function hostileJournal(): string {
  const nasty = [
    '=HYPERLINK("http://x.example")',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    'a,b"c',
    'line\nbreak',
    '\u202egnp.exe',
    '\u001b]0;x\u0007',
  ];
  const calls = nasty.map((text) => ({ host: text, name: text, path: `/${text}`, version: text }));
  const others: JournalRecord[] = [
    ['udp', { dns: { question: { name: 'api.example', type: 'AAAA' } } }],
    ['tcp', { error: { type: 'ECONNREFUSED' }, event: { outcome: 'failure' } }],
    ['tcp', { error: { type: 'ETIMEDOUT' }, event: { outcome: 'failure' } }],
    ['unix', { server: { address: '/run/x.sock' }, network: { direction: 'egress', transport: 'unix' } }],
    ['http', { http: { request: { method: 'PROPFIND' } } }],
    ['http', { http: { request: { method: 'PATCH' } } }],
    ['http', { http: { request: { method: 'constructor' } }, event: { outcome: 'constructor' } }],
    [
      'tcp',
      { server: { address: 'x.example', port: 70_000 }, network: { direction: 'egress', local: { port: 65_536 } } },
    ],
    [
      'tcp',
      { network: { direction: 'egress', transport: 'constructor', peer: { address: `fe80::1%${'x'.repeat(60)}` } } },
    ],
    ['tcp', { network: { direction: 'ingress', local: { port: 80 } } }],
    ['tcp', { server: { address: '2001:db8::1', port: 9 } }],
  ].map(([channel, more]) => ({
    ...{
      kind: 'net',
      time: '2026-10-20T12:04:05.001201Z',
      network: { direction: 'egress' },
      event: { outcome: 'success' },
    },
    egress: { channel, observer: 'hooks', proc: 1 },
    ...(more as object),
  })) as unknown as JournalRecord[];
  return writeSegments([segmentOf(1, calls, others)]);
}

describe('rows', () => {
  it('say what record, process and site say', () => {
    const [row, ...more] = rowsOf(example);
    expect(more.length).toBe(4);
    expect(row).toMatchObject({
      ...{ journal: 'j', seq: 8, run: 1, host: 'api.stripe.example', port: 443, method: 'POST', status: 200 },
      ...{ package: 'stripe', package_version: '14.1.0', purl: 'pkg:npm/stripe@14.1.0', pid: 48_213 },
      ...{ sent_bytes: 4_412, received_bytes: 211, outcome: 'success', transport: 'tcp' },
    });
    expect(Object.keys(row ?? {})).toEqual(Object.keys(COLUMNS));
  });

  it('are chosen as log chooses', () => {
    const only = (filter: object, ranges?: [number, number][]): number[] =>
      rowsOf(example, { filter: { ...everything.filter, ...filter }, ranges } as never).map(({ seq }) => Number(seq));
    expect(only({ hosts: ['*.stripe.example'] })).toEqual([8, 9]);
    expect(only({}, [[9, 10]])).toEqual([9, 10]);
  });

  it('pass over lines that are none', () => {
    expect(rowsOf(writeSampleJournal()).length).toBe(4);
  });
});

describe('CSV', () => {
  it('gives each value back, and no spreadsheet takes one for a formula', () => {
    const rows = rowsOf(hostileJournal());
    const [names, ...cells] = parseCsv([...csvLines(rows), ''].join('\n'));
    expect(names).toEqual(Object.keys(COLUMNS));
    expect(cells.length).toBe(rows.length);
    for (const line of cells) {
      expect(line.length).toBe(names?.length);
      for (const cell of line) expect(cell).toMatch(/^(?![=+@\t\r]|-\D|-1)[^\p{C}]*$/u);
    }
    const host = names?.indexOf('host') ?? -1;
    expect(cells.slice(0, 7).map((line) => line[host])).toEqual([
      ...[`'=HYPERLINK("http://x.example")`, "'+1", "'-1", "'@SUM(A1)", '\\t=1', 'a,b"c', 'line\\nbreak'],
    ]);
  });
});

describe('OCSF', () => {
  const events = (directory: string): Record<string, unknown>[] =>
    [...ocsfLines(rowsOf(directory), '0.1.0')].map((line) => JSON.parse(line) as Record<string, unknown>);

  it('fits the schema, as far as it was compared with it, whatever was recorded', () => {
    const all = [...events(example), ...events(writeSampleJournal()), ...events(hostileJournal())];
    expect(all.flatMap(faultsOf)).toEqual([]);
    expect(new Set(all.map(({ class_uid: uid }) => uid))).toEqual(new Set([4001, 4002, 4003]));
    expect(all.map(({ metadata }) => (metadata as { sequence: number }).sequence)).not.toContain(undefined);
  });

  it('tells methods, failures and directions apart', () => {
    const [post, get, inbound] = events(example);
    expect([post, get, inbound].map((event) => event?.['type_uid'])).toEqual([400_206, 400_203, 400_203]);
    expect(inbound).toMatchObject({
      connection_info: { direction_id: 1 },
      traffic: { bytes_in: 1_204, bytes_out: 312 },
    });
    const types = events(hostileJournal()).map((event) => event['type_uid']);
    for (const type of [400_306, 400_105, 400_104, 400_106, 400_209, 400_299]) expect(types).toContain(type);
  });

  it('keeps what the schema has no word for', () => {
    const all = events(hostileJournal());
    expect(all.find(({ activity_name: name }) => name === 'PROPFIND')).toMatchObject({ http_request: {} });
    expect(all.find(({ activity_name: name }) => name === 'constructor')).toMatchObject({ status_id: 0 });
    const socket = all.find((event) => (event['unmapped'] as { transport?: string }).transport === 'unix');
    expect(socket).toMatchObject({ connection_info: { direction_id: 2 }, dst_endpoint: { svc_name: '/run/x.sock' } });
  });

  it('makes up no time', () => {
    const [row] = rowsOf(example);
    const [line = '{}'] = ocsfLines([{ ...(row as CallRow), time: 'never' }], '1');
    expect(faultsOf(JSON.parse(line) as Record<string, unknown>)).toEqual(['event.time is missing']);
  });

  it('has a check that sees what does not fit', () => {
    const [event = {}] = events(example);
    expect(faultsOf({ ...event, severity_id: 7 })).toEqual(['event.severity_id is 7']);
    expect(faultsOf({ ...event, colour: 'red' })).toEqual(['event.colour is not in the schema']);
    expect(faultsOf({ ...event, metadata: {} })).toHaveLength(2);
    expect(faultsOf({ ...event, type_uid: 1 })).toHaveLength(1);
    expect(faultsOf({ ...event, http_request: { http_method: 'PROPFIND' } })).toHaveLength(1);
    expect(faultsOf({ ...event, activity_id: 99, type_uid: 400_299 })).toEqual(['activity_name is missing']);
    expect(faultsOf({ ...event, src_endpoint: { port: 1 } })).toHaveLength(1);
    expect(faultsOf({ ...event, dst_endpoint: { ip: '1.2.3' } })).toHaveLength(1);
  });
});

it('nothing in a view is a line of the journal', () => {
  const stored = readFileSync(path.join(example, 'segments/00000001.jsonl'), 'utf8');
  const prevs = [...stored.matchAll(/"prev":"([0-9a-f]{64})"/g)].map(([, prev = '?']) => prev);
  const text = [...csvLines(rowsOf(example)), ...ocsfLines(rowsOf(example), '1')].join('\n');
  for (const prev of prevs) expect(text).not.toContain(prev);
});
