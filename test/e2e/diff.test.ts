/** `egress diff` over journals that were really recorded. */
import { readdirSync, readFileSync, writeFileSync, chmodSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Workspace } from '../fixtures/recorded-run.js';

/** Calls each host that it is told, on a port that is the same in each run. */
const CALLS = `
const http = require('node:http');
const lookup = (host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
const server = http.createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for (const host of process.argv.slice(1)) {
    await new Promise((done) => http.get({ host, port, lookup, headers: { host: 'x' } }, (r) => r.resume().on('end', done)));
  }
  server.close();
});`;

const workspace = new Workspace();
const journal = (name: string): string => path.join(workspace.folder, name);
const record = (name: string, ...hosts: readonly string[]) =>
  workspace.egress([
    'run',
    '--kernel=off',
    '--wait',
    '0',
    '--journal',
    journal(name),
    '--',
    process.execPath,
    '-e',
    CALLS,
    ...hosts,
  ]);
const diff = (...args: readonly string[]) => workspace.egress(['diff', ...args]);

beforeAll(async () => {
  await Promise.all([
    record('old', '127.0.0.1'),
    record('same', '127.0.0.1', '127.0.0.1'),
    record('new', 'evil.example'),
  ]);
});
afterAll(() => {
  workspace.remove();
});

test('what is new sets the exit code and comes first; what is gone and more of the same do not', async () => {
  const found = await diff(journal('old'), journal('new'));
  expect(found.stdout).toContain('! NEW   1 destination, in 1 outbound call, before 1');
  expect(found.stdout).toMatch(/New destinations \(1\)\n.*\n {2}evil\.example:\d+ /);
  expect(found.stdout).toMatch(/Gone destinations \(1\)\n.*\n {2}127\.0\.0\.1, ports at random /);
  expect(found.status).toBe(1);
  const same = await diff(journal('old'), journal('same'));
  expect(same.stdout).toContain('✓ NOTHING NEW   in 2 outbound calls, before 1');
  expect(same.stdout).toMatch(/127\.0\.0\.1, ports at random +1 +2 /);
  expect(same.status).toBe(0);
});

test('several journals a side, as JSON and as Markdown', async () => {
  const args = ['--old', journal('old'), journal('new'), '--new', journal('same'), journal('new')];
  const json = await diff(...args, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ verdict: 'nothing_new', old: { calls: 2 }, new: { calls: 3 } });
  expect(json.status).toBe(0);
  const page = await diff(journal('old'), journal('new'), '--markdown');
  expect(page.stdout).toContain('| evil.example&#58;');
  expect(page.status).toBe(1);
});

test('runs of one journal', async () => {
  await record('both', '127.0.0.1');
  await record('both', 'evil.example');
  expect((await diff(journal('both'), journal('both'), '--old-run', '1', '--new-run', '2')).status).toBe(1);
  expect((await diff(journal('both'), journal('both'), '--old-run', '2', '--new-run', '2')).status).toBe(0);
  expect((await diff(journal('both'), journal('both'), '--new-run', '9')).status).toBe(3);
});

test('with keys that are not its own: the one with the journal’s name is taken', async () => {
  const keys = await Promise.all(
    ['old', 'same'].map(async (name) => {
      const { stdout } = await workspace.egress(['verify', '--json', journal(name)]);
      return (JSON.parse(stdout) as { journal: { key: string } }).journal.key;
    }),
  );
  const elsewhere = { env: { EGRESS_KEYS: path.join(workspace.folder, 'nobody') } };
  const args = ['diff', journal('old'), journal('same')];
  expect((await workspace.egress(args, elsewhere)).status).toBe(3);
  expect((await workspace.egress([...args, '--key', keys[1] ?? '', '--key', keys[0] ?? ''], elsewhere)).status).toBe(0);
  expect((await workspace.egress([...args, '--key', keys[0] ?? ''], elsewhere)).status).toBe(3);
});

test('never says that nothing is new of what does not verify or is not there', async () => {
  await record('altered', '127.0.0.1');
  const folder = path.join(journal('altered'), 'segments');
  const [first = ''] = readdirSync(folder).sort();
  const segment = path.join(folder, first);
  chmodSync(segment, 0o644);
  writeFileSync(segment, readFileSync(segment, 'utf8').replace('127.0.0.1', '127.0.0.2'));
  const altered = await diff(journal('same'), journal('altered'));
  expect(altered.stdout).toContain('did not verify');
  expect(altered.status).not.toBe(0);
  expect((await diff(journal('old'), journal('nowhere'))).status).toBe(3);
  expect((await diff(journal('old'))).status).toBe(2);
});
