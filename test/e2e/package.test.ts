/** What `npm pack` makes works in another project, on every supported Node, and for a user without privileges. */
import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeVersions } from '../fixtures/node-versions.js';
import { layOutProject } from '../fixtures/packed-project.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

const program = `
import http from 'node:http';
const server = http.createServer((request, response) => response.end('tea')).listen(0, '127.0.0.1', async () => {
  const response = await fetch('http://127.0.0.1:' + server.address().port + '/teapot?sugar=2');
  console.log(await response.text());
  server.close();
});
`;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'egress-package-'));
  layOutProject(folder, { name: 'tea-room', version: '2.0.0', type: 'module' });
  writeFileSync(path.join(folder, 'app.js'), program);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface User {
  readonly uid: number;
  readonly gid: number;
}

function egress(node: string, home: string, args: readonly string[], user?: User): SpawnSyncReturns<string> {
  const env = { PATH: process.env['PATH'], HOME: home, EGRESS_JOURNAL: path.join(home, 'journal') };
  const bin = path.join(folder, 'node_modules/egress/bin/run.js');
  return spawnSync(node, [bin, ...args], { cwd: folder, env, encoding: 'utf8', ...user });
}

function recordAndVerify(node: string, home: string, user?: User): void {
  const run = egress(node, home, ['run', '--', node, 'app.js'], user);
  expect(run.stdout, run.stderr).toBe('tea\n');
  expect(run.status).toBe(0);
  const verify = egress(node, home, ['verify', '--json'], user);
  expect(verify.status, verify.stdout).toBe(0);
  const rows = egress(node, home, ['log', '-o', 'json'], user)
    .stdout.trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; url?: { path: string }; package?: { name: string } })
    .filter(({ kind }) => kind === 'net');
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row).toMatchObject({ url: { path: '/teapot' }, package: { name: 'tea-room' } });
}

describe.each(nodeVersions)('the package on %s', (node) => {
  test('records, verifies and lists', () => {
    recordAndVerify(node, mkdtempSync(path.join(folder, 'home-')));
  });
});

test('a policy names the schema in the package, from wherever in the project it is written', () => {
  const home = mkdtempSync(path.join(folder, 'home-'));
  const bin = path.join(folder, 'node_modules/egress/bin/run.js');
  const inner = mkdtempSync(path.join(folder, 'packages-'));
  for (const cwd of [folder, inner]) {
    const env = { PATH: process.env['PATH'], HOME: home };
    const init = spawnSync(process.execPath, [bin, 'init', '--yes', '--policy'], { cwd, env, encoding: 'utf8' });
    expect(init.status, init.stderr).toBe(0);
    const [line = ''] = readFileSync(path.join(cwd, 'egress.policy.yaml'), 'utf8').split('\n');
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\.\.?\/.*)$/.exec(line) ?? [];
    expect(JSON.parse(readFileSync(path.join(cwd, schema), 'utf8'))).toMatchObject({ title: 'egress policy' });
  }
});

test.runIf(isRoot)('the package works for a user without privileges', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'egress-nobody-'));
  try {
    execFileSync('chown', [`${NOBODY}:${NOBODY}`, home]);
    recordAndVerify(process.execPath, home, { uid: NOBODY, gid: NOBODY });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
