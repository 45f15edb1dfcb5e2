/** Real client packages under `egress run`: each call is recorded once, rightly, and under the right package. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NetRecord } from '../../src/event/net-record.js';
import { type ClientExpectations, type ExpectedRow, makeClientTree } from '../fixtures/client-tree.js';
import { nodeVersions } from '../fixtures/node-versions.js';
import { hasPostgres, hasRedis, type Service, startPostgres, startRedis } from '../fixtures/services.js';

const bin = path.resolve(import.meta.dirname, '../../bin/run.js');

const services: Partial<Record<'postgres' | 'redis', Service>> = {};
let tree: string;

beforeAll(async () => {
  tree = makeClientTree();
  if (hasPostgres) services.postgres = await startPostgres();
  if (hasRedis) services.redis = await startRedis();
});

afterAll(async () => {
  await Promise.all(Object.values(services).map(({ stop }) => stop()));
  rmSync(tree, { recursive: true, force: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(folder: string, file: string, args: readonly string[]): Outcome {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    EGRESS_JOURNAL: path.join(folder, 'journal'),
    EGRESS_KEYS: path.join(folder, 'keys'),
    ...(services.postgres && { PGPORT: String(services.postgres.port) }),
    ...(services.redis && { REDIS_PORT: String(services.redis.port) }),
  };
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: tree, env, encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr };
}

const egress = (folder: string, ...args: string[]) => start(folder, process.execPath, [bin, ...args]);

function readRows(folder: string): NetRecord[] {
  const { stdout } = egress(folder, 'log', '-o', 'json');
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as NetRecord).filter(({ kind }) => kind === 'net');
}

function readExpectations(folder: string): ClientExpectations {
  return JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as ClientExpectations;
}

/** A row in the terms of the expectations; only members that `expected` has. */
function project(row: NetRecord, expected: ExpectedRow): object {
  const all: Readonly<Record<keyof ExpectedRow, unknown>> = {
    direction: row.network.direction,
    channel: row.egress.channel,
    package: row.package?.name,
    host: row.server?.address,
    port: row.server?.port,
    localPort: row.network.local?.port,
    path: row.url?.path,
    method: row.http?.request?.method,
    status: row.http?.response?.status_code,
    question: row.dns?.question.name,
  };
  return Object.fromEntries(Object.keys(expected).map((name) => [name, all[name as keyof ExpectedRow]]));
}

/** Whether a row is about the same call: who is called, and by which path. What else it says may be wrong. */
function concerns(row: NetRecord, expected: ExpectedRow): boolean {
  if (row.network.direction !== expected.direction) return false;
  if (expected.question !== undefined) return row.dns?.question.name === expected.question;
  if (expected.direction === 'ingress') return row.network.local?.port === expected.localPort;
  const isSamePath = expected.path === undefined || row.url?.path === undefined || row.url.path === expected.path;
  return row.server?.address === expected.host && row.server?.port === expected.port && isSamePath;
}

describe.each(nodeVersions)('clients on %s', (node) => {
  let folder: string;
  let bare: Outcome;
  let recorded: Outcome;
  let rows: readonly NetRecord[];
  let expectations: ClientExpectations;

  beforeAll(() => {
    folder = path.join(tree, `run-${nodeVersions.indexOf(node)}`);
    mkdirSync(folder);
    const command = ['clients.mjs', path.join(folder, 'expected.json')];
    bare = start(folder, node, command);
    rmSync(path.join(folder, 'expected.json'), { force: true });
    recorded = egress(folder, 'run', '--', node, ...command);
    rows = readRows(folder);
    expectations = readExpectations(folder);
  });

  test('the program itself works, with and without a recorder', () => {
    expect(bare).toMatchObject({ status: 0, stdout: '' });
    expect(recorded).toMatchObject({ status: 0, stdout: '' });
  });

  test('each call is recorded once, with host, port, method, path, status and package', () => {
    for (const expected of expectations.expected) {
      const found = rows.filter((row) => concerns(row, expected)).map((row) => project(row, expected));
      expect.soft(found, expected.package).toEqual([expected]);
    }
  });

  test('no other outbound call is recorded', () => {
    const { expected } = expectations;
    const others = rows.filter(
      (row) => row.network.direction === 'egress' && !expected.some((one) => concerns(row, one)),
    );
    expect(others).toEqual([]);
  });

  test('mocked calls are not network', () => {
    expect(expectations.mocked).toContain('msw.test');
    expect(rows.filter((row) => expectations.mocked.includes(row.server?.address ?? ''))).toEqual([]);
  });

  test.skipIf(!hasPostgres)('a real PostgreSQL (skipped where none is installed)', () => {
    const row = rows.find(({ package: { name } = {} }) => name === 'uses-pg');
    expect(row).toMatchObject({ network: { protocol: 'postgresql' }, server: { port: services.postgres?.port } });
  });

  test.skipIf(!hasRedis)('a real Redis (skipped where none is installed)', () => {
    const row = rows.find(({ package: { name } = {} }) => name === 'uses-ioredis');
    expect(row).toMatchObject({ network: { protocol: 'redis' }, server: { port: services.redis?.port } });
  });

  test('the journal verifies and has no gap', () => {
    expect(egress(folder, 'verify').status).toBe(0);
    expect(egress(folder, 'log', '--gaps', '-o', 'json').stdout).toBe('');
  });
});
