/** docs/FLEET.md over 200 journals: the SQL and the loop that stand there are the ones that run here. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasDuckDb, openDuckDb } from '../fixtures/duckdb.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { ForgedJournal } from '../unit/audit/forged-journal.js';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/FLEET.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);

const MACHINES = 20;
const JOURNALS = 10;
const folder = temporaryFolder();

/** Signed, of ten records or so; the first machine calls a host that it did not call the day before. */
function writeJournal(machine: number, number: number): void {
  const name = `web-${machine}/app-${number}`;
  mkdirSync(path.join(folder, 'fleet', name), { recursive: true });
  for (const kind of ['keys', 'heads']) mkdirSync(path.join(folder, kind, `web-${machine}`), { recursive: true });
  const journal = new ForgedJournal(path.join(folder, 'fleet', name)).epoch(1, 'genesis').begin();
  const version = machine % 2 === 0 ? '14.1.0' : '14.2.0';
  journal.add('process', { process: { number: 1, pid: 1 } });
  journal.add('site', { site: { number: 1, confidence: 'high' }, package: { name: 'stripe', version } });
  const call = (host: string, time: string): void => {
    journal.add('net', {
      ...{ time, network: { direction: 'egress' }, server: { address: host, port: 443 }, package: { name: 'stripe' } },
      ...{ http: { request: { method: 'GET', bytes: 100 }, response: { status_code: 200, bytes: 10 } } },
      ...{
        event: { outcome: 'success', duration: 1_000 },
        egress: { channel: 'https', observer: 'both', proc: 1, site: 1 },
      },
    });
  };
  call('api.example', '2026-10-20T12:04:05.001201Z');
  call('api.example', '2026-10-21T23:59:59.000000Z');
  if (machine === 1) call('new.example', '2026-10-22T12:00:00.000000Z');
  // A program without hooks went to an address: that is all that is known of where.
  if (machine === 2 && number === 1) {
    journal.add('net', {
      ...{
        time: '2026-10-22T11:00:00.000000Z',
        network: { direction: 'egress', peer: { address: '203.0.113.9', port: 22 } },
      },
      ...{ event: { outcome: 'unknown' }, egress: { channel: 'tcp', observer: 'kernel' } },
    });
  }
  if (number === 1) journal.add('gap', { gap: { reason: 'frame_rate', count: machine } });
  journal.close();
  writeFileSync(path.join(folder, 'keys', `${name}.pub`), journal.key);
  cpSync(path.join(journal.directory, 'checkpoint'), path.join(folder, 'heads', name));
}

beforeAll(() => {
  for (let machine = 1; machine <= MACHINES; machine += 1) {
    for (let number = 1; number <= JOURNALS; number += 1) writeJournal(machine, number);
  }
  // A crash left half a line; queries pass over it.
  appendFileSync(path.join(folder, 'fleet/web-2/app-2/segments/00000001.jsonl'), '{"seq":99,"prev":"00');
});

describe.skipIf(!hasDuckDb)('queries (skipped where test/duckdb is not installed)', () => {
  it('give the answers that the page promises, from journals and from partitioned Parquet', async () => {
    const ask = await openDuckDb(folder);
    const answers: Awaited<ReturnType<typeof ask>>[] = [];
    for (const sql of blocks('sql')) {
      const placed = sql.replace(/'(fleet|lake)([/'])/g, (_, name: string, end: string) => `'${folder}/${name}${end}`);
      answers.push(await ask(placed));
    }
    const [, talks, versions, fresh, gaps, , days] = answers;
    expect(talks).toEqual([
      { host: 'api.example', package: 'stripe', calls: '400', machines: '20' },
      { host: 'new.example', package: 'stripe', calls: '10', machines: '1' },
      { host: '203.0.113.9', package: null, calls: '1', machines: '1' },
    ]);
    expect(versions).toEqual([
      { package: 'stripe', version: '14.1.0', host: 'api.example', calls: '200' },
      { package: 'stripe', version: '14.2.0', host: 'api.example', calls: '200' },
      { package: 'stripe', version: '14.2.0', host: 'new.example', calls: '10' },
    ]);
    expect(fresh).toEqual([
      { host: '203.0.113.9', first_seen: '2026-10-22 11:00:00', machines: '1' },
      { host: 'new.example', first_seen: '2026-10-22 12:00:00', machines: '1' },
    ]);
    expect(gaps?.length).toBe(MACHINES);
    expect(gaps?.[0]).toEqual({ machine: 'web-20', journal: 'app-1', reason: 'frame_rate', lost: '20' });
    expect(days).toEqual(
      [
        { day: '2026-10-20', calls: '200', hosts: '1' },
        { day: '2026-10-21', calls: '200', hosts: '1' },
        { day: '2026-10-22', calls: '11', hosts: '2' },
      ].map((row) => expect.objectContaining({ calls: row.calls, hosts: row.hosts }) as unknown),
    );
  });
});

it('each journal is verified by a job of its own', () => {
  const place = temporaryFolder();
  const bin = path.join(place, 'bin');
  mkdirSync(bin);
  // `egress verify` with the verifier that starts fastest.
  writeFileSync(
    path.join(bin, 'egress'),
    `#!/bin/sh\nshift\nexec "${process.execPath}" "${root}/dist/egress-verify.mjs" "$@"\n`,
  );
  chmodSync(path.join(bin, 'egress'), 0o755);
  for (const part of ['fleet', 'keys', 'heads'])
    cpSync(path.join(folder, part, 'web-1'), path.join(place, part, 'web-1'), { recursive: true });
  const altered = path.join(place, 'fleet/web-1/app-3/segments/00000001.jsonl');
  writeFileSync(altered, readFileSync(altered, 'utf8').replace('api.example', 'api.evil'));
  const loop = blocks('sh').find((text) => text.includes('xargs')) ?? '';
  const { status, stderr } = spawnSync('sh', ['-c', loop], {
    cwd: place,
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const verdicts = readFileSync(path.join(place, 'verdicts.txt'), 'utf8').trim().split('\n').sort();
  expect(verdicts.length).toBe(JOURNALS);
  expect(verdicts.filter((line) => !line.startsWith('0 '))).toEqual(['1 web-1/app-3']);
  const said = JSON.parse(readFileSync(path.join(place, 'verdicts/web-1/app-1.json'), 'utf8')) as { verdict: string };
  expect(said.verdict).toBe('VERIFIED');
});
