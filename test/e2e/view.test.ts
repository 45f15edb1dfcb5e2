/** `egress export --format`: calls for other tools, as a shell sees it. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DUCKDB_MODULES, hasDuckDb, openDuckDb } from '../fixtures/duckdb.js';

const root = path.resolve(import.meta.dirname, '../..');
const journal = path.join(root, 'test/fixtures/example-journal');
const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'egress-view-')));
const hasStrace = spawnSync('strace', ['-V']).status === 0;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[]): Answer {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, EGRESS_KEYS: path.join(folder, 'keys') };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const egress = (...args: readonly string[]): Answer => run(process.execPath, [path.join(root, 'bin/run.js'), ...args]);

describe('egress export --format', () => {
  it('writes calls to stdout, or into a new file, and says that they prove nothing', () => {
    const csv = egress('export', '--format', 'csv', journal);
    expect(csv.status).toBe(0);
    expect(csv.stdout.split('\n').length).toBe(7);
    expect(csv.stderr).toBe('5 calls as csv. A view: nothing in it is proven, or was verified.\n');
    const ocsf = egress('export', '--format', 'ocsf', '--package', 'stripe', '--out', 'calls.ocsf', '--json', journal);
    expect(JSON.parse(ocsf.stdout)).toEqual({ format: 'ocsf', file: 'calls.ocsf', calls: 2 });
    expect(readFileSync(path.join(folder, 'calls.ocsf'), 'utf8').match(/"class_uid":4002/g)?.length).toBe(2);
  });

  it('writes over nothing, and not two things to stdout', () => {
    writeFileSync(path.join(folder, 'mine.csv'), 'mine');
    expect(egress('export', '--format', 'csv', '--out', 'mine.csv', journal)).toMatchObject({ status: 2, stdout: '' });
    expect(readFileSync(path.join(folder, 'mine.csv'), 'utf8')).toBe('mine');
    expect(egress('export', '--format', 'csv', '--json', journal).status).toBe(2);
    expect(egress('export', '--format', 'parquet', journal).status).toBe(2);
    expect(egress('export', '--format', 'csv', '--out', 'no/such/x.csv', journal).stderr).toContain('ENOENT (USAGE)');
  });

  it('says what Parquet needs where that is not installed', () => {
    const { status, stdout, stderr } = egress('export', '--format', 'parquet', '--out', 'x.parquet', journal);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toContain('(PARQUET_UNAVAILABLE)');
    expect(stderr).toContain('npm install @duckdb/node-api');
    expect(readdirSync(folder).filter((name) => name.startsWith('x.parquet'))).toEqual([]);
  });
});

describe.skipIf(!hasDuckDb)('with DuckDB beside it (skipped where test/duckdb is not installed)', () => {
  /** egress as it is when DuckDB's package was installed along with it. */
  function installed(): string {
    const place = path.join(folder, 'installed');
    mkdirSync(path.join(place, 'node_modules'), { recursive: true });
    for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json']) {
      cpSync(path.join(root, name), path.join(place, name), { recursive: true });
    }
    for (const name of readdirSync(path.join(root, 'node_modules'))) {
      symlinkSync(path.join(root, 'node_modules', name), path.join(place, 'node_modules', name));
    }
    symlinkSync(path.join(DUCKDB_MODULES, '@duckdb'), path.join(place, 'node_modules/@duckdb'));
    return path.join(place, 'bin/run.js');
  }

  it('writes Parquet with typed columns, and opens no socket', async () => {
    const args = [installed(), 'export', '--format', 'parquet', '--out', "it's.parquet", journal];
    const trace = path.join(folder, 'trace');
    const traced = ['-f', '-qq', '-e', 'trace=network', '-o', trace, process.execPath, ...args];
    const made = hasStrace ? run('strace', traced) : run(process.execPath, args);
    expect(made).toMatchObject({ status: 0, stderr: '' });
    if (hasStrace) expect(readFileSync(trace, 'utf8')).not.toMatch(/AF_INET/);
    expect(readdirSync(folder).filter((name) => name.includes('.new'))).toEqual([]);
    const ask = await openDuckDb(folder);
    const from = `FROM read_parquet('${folder}/it''s.parquet')`;
    expect(await ask(`SELECT count(*) AS calls, sum(sent_bytes) AS sent, max(time) AS newest ${from}`)).toEqual([
      { calls: '5', sent: '7640', newest: '2026-10-20 12:04:07.1' },
    ]);
    expect(await ask(`SELECT DISTINCT typeof(time) AS t, typeof(seq) AS s, typeof(open) AS o ${from}`)).toEqual([
      { t: 'TIMESTAMP', s: 'BIGINT', o: 'BOOLEAN' },
    ]);
  });
});
