/**
 * The action and the examples for CI do what they say: their own scripts run, step by step, in a scratch project with
 * the packed egress, as a runner would run them. `uses:` steps are the runner's and are not run; neither is `npm ci`,
 * whose result is laid out here, since tests ask no registry.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { layOutProject } from '../fixtures/packed-project.js';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): unknown => parse(readFileSync(path.join(root, file), 'utf8'));
const INSTALL = 'npm ci --ignore-scripts';

/** A test that is all right, and one that also calls somebody; the name leads to this machine. */
const TEST = `
const http = require('node:http');
const lookup = (host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
const server = http.createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1', () => {
  const host = process.env.CALLS ?? '127.0.0.1';
  http.get({ host, port: server.address().port, lookup }, (r) => r.resume().on('end', () => server.close()));
});`;

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly id?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly folder: string;
  readonly log: string;
  readonly failed: boolean;
  readonly outputs: string;
  readonly summary: string;
}

let template = '';
const folders: string[] = [];

beforeAll(() => {
  template = mkdtempSync(path.join(tmpdir(), 'egress-ci-'));
  layOutProject(template, { name: 'shop', version: '1.0.0', scripts: { test: 'node test.js' } });
  writeFileSync(path.join(template, 'test.js'), TEST);
});
afterAll(() => {
  for (const folder of [template, ...folders]) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own with the same packages. */
async function project(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'egress-ci-'));
  folders.push(folder);
  await execute(`cp -R "${template}/." .`, folder, {});
  return folder;
}

async function execute(script: string, folder: string, env: Readonly<Record<string, string>>) {
  const file = path.join(folder, '.step.sh');
  writeFileSync(file, script);
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, npm_config_update_notifier: 'false', ...env },
    timeout: 60_000,
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, log };
}

/** What GitHub's runner does with steps, as far as these use it. */
async function runJob(
  steps: readonly Step[],
  env: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>> = {},
): Promise<Job> {
  const folder = await project();
  const files = { GITHUB_PATH: 'path', GITHUB_OUTPUT: 'output', GITHUB_STEP_SUMMARY: 'summary' };
  const paths = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, path.join(folder, `.${file}`)]));
  const contents = (name: string): string =>
    existsSync(paths[name] ?? '') ? readFileSync(paths[name] ?? '', 'utf8') : '';
  const given = (text: string): string =>
    text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_whole, name: string) => inputs[name] ?? '');
  let [log, failed] = ['', false];
  for (const step of steps) {
    if (step.run === undefined || step.run.trim() === INSTALL || (failed && step.if !== 'always()')) continue;
    const added = contents('GITHUB_PATH')
      .split('\n')
      .filter((line) => line !== '');
    const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, given(value)]));
    const result = await execute(step.run, folder, {
      ...{ GITHUB_ACTIONS: 'true', RUNNER_TEMP: folder, ...paths, ...env, ...own },
      PATH: [...added, process.env['PATH']].join(':'),
    });
    log += result.log;
    failed ||= result.status !== 0;
  }
  return { folder, log, failed, outputs: contents('GITHUB_OUTPUT'), summary: contents('GITHUB_STEP_SUMMARY') };
}

const BAD = { CALLS: 'evil.example' };

describe('the example for GitHub', () => {
  const { jobs } = read('examples/ci/github-actions.yml') as { jobs: { test: { steps: readonly Step[] } } };

  test.concurrent('fails the job for an unexpected call, says so on its page, and keeps the evidence', async () => {
    const { failed, log, summary, folder } = await runJob(jobs.test.steps, BAD);
    expect(failed).toBe(true);
    expect(log).toMatch(/^::error title=egress%3A Unexpected destination::evil\.example:\d+ http: 1 call/m);
    expect(log).toContain('Exit code 120');
    expect(summary).toMatch(/\| evil\.example&#58;\d+ http \| 1 \|/);
    expect(log).toMatch(/^. VERIFIED/m);
    expect(readFileSync(path.join(folder, 'egress-head.txt'), 'utf8')).toContain('— ');
  });

  test.concurrent('passes a job whose tests stay at home', async () => {
    const { failed, log, summary } = await runJob(jobs.test.steps, {});
    expect(log).not.toContain('::error');
    expect(failed).toBe(false);
    expect(summary).toContain('ALL CLEAR');
  });
});

describe('the action', () => {
  const { runs } = read('action.yml') as { runs: { steps: readonly Step[] } };
  const inputs = {
    run: 'npm test',
    expect: 'none',
    journal: 'egress-journal',
    'working-directory': '.',
    package: 'egress',
  };

  test.concurrent('fails for an unexpected call, with the code and the head as outputs', async () => {
    const { failed, outputs, log } = await runJob(runs.steps, BAD, inputs);
    expect(outputs).toContain('exit-code=120');
    expect(outputs).toMatch(/^head=\d+:\S+$/m);
    expect(log).toMatch(/^. VERIFIED/m);
    expect(failed).toBe(true);
  });

  test.concurrent('passes on the command’s own failure; a policy is taken; text is never script', async () => {
    const run = 'exit "$(( 40 + 1 ))" # "; touch pwned; $(touch pwned)';
    const { failed, outputs, folder } = await runJob(runs.steps, {}, { ...inputs, run, journal: '$(touch pwned)' });
    expect(outputs).toContain('exit-code=41');
    expect(failed).toBe(true);
    expect(existsSync(path.join(folder, 'pwned'))).toBe(false);
  });
});

test.concurrent('the example for GitLab leaves a test report', async () => {
  const { test: job } = read('examples/ci/gitlab-ci.yml') as { test: Record<string, readonly string[]> };
  expect(job['before_script']).toEqual([INSTALL]);
  const folder = await project();
  const result = await execute((job['script'] ?? []).join('\n'), folder, BAD);
  expect(result.status).toBe(120);
  expect(readFileSync(path.join(folder, 'egress.junit.xml'), 'utf8')).toContain(
    '<failure type="unexpected-destination"',
  );
  const after = await execute((job['after_script'] ?? []).join('\n'), folder, {});
  expect(after.log).toMatch(/^. VERIFIED/m);
  expect(after.status).toBe(0);
});

test.concurrent('the plain script passes on every exit code', async () => {
  const script = `"${path.join(root, 'examples/ci/ci.sh')}"`;
  const folder = await project();
  expect((await execute(script, folder, {})).status).toBe(0);
  const bad = await execute(script, folder, BAD);
  expect(bad.log).toContain('but a call was not expected');
  expect(bad.status).toBe(120);
  writeFileSync(path.join(folder, 'test.js'), 'process.exitCode = 3');
  expect((await execute(script, folder, {})).status).toBe(3);
});
