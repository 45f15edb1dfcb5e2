/** The outcome of a policy as other tools read it, from real runs whose program is hostile to whoever reads the log. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, Workspace } from '../fixtures/recorded-run.js';

/** Calls this machine under names that would be commands in the log of a job. */
const HOSTILE = `
const http = require('node:http');
const lookup = (host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
const names = ['##[error]x', 'a.example\\n::error::pwned', '\\r::stop-commands::t', '##vso[task.complete]'];
const server = http.createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for (const host of names)
    await new Promise((done) => http.get({ host, port, lookup, headers: { host: 'x' } }, (r) => r.resume().on('end', done)));
  server.close();
});`;

const workspace = new Workspace();
const summary = path.join(workspace.folder, 'summary.md');
const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
const check = (...args: readonly string[]): Promise<Outcome> =>
  workspace.egress(['policy', 'check', '--expect', 'none', ...args]);
/** Lines that a runner obeys and that are not ours. */
const foreign = (text: string): readonly string[] =>
  text
    .split(/\r\n|\r|\n/)
    .filter((line) => /^\s*::|##[\w-]*\[/.test(line) && !line.startsWith('::error title=egress%3A '));

let run: Outcome;
beforeAll(async () => {
  const file = path.join(workspace.folder, 'egress.sarif');
  const flags = ['--kernel=off', '--expect', 'none', '--summary-file', file, '--summary-format', 'sarif'];
  run = await workspace.egress(['run', ...flags, '--', process.execPath, '-e', HOSTILE], { env: github });
});
afterAll(() => {
  workspace.remove();
});

test('a run on GitHub annotates, and writes the summary of its step; stdout stays the program’s', () => {
  expect(run.status).toBe(120);
  expect(run.stdout).toBe('');
  expect(run.stderr.match(/^::error title=egress%3A Unexpected destination::/gm)).toHaveLength(4);
  expect(run.stderr.trimEnd().split('\n').at(-1)).toContain('Exit code 120');
  expect(foreign(run.stderr)).toEqual([]);
  const page = readFileSync(summary, 'utf8');
  expect(page.match(/^\| ! \|/gm)).toHaveLength(4);
  expect(foreign(page)).toEqual([]);
});

test('and leaves its outcome where --summary-file says', () => {
  const log = JSON.parse(readFileSync(path.join(workspace.folder, 'egress.sarif'), 'utf8')) as {
    runs: [{ results: { ruleId: string }[]; invocations: [{ exitCode: number }] }];
  };
  expect(log.runs[0].results.map(({ ruleId }) => ruleId)).toEqual(Array(4).fill('unexpected-destination'));
  expect(log.runs[0].invocations[0].exitCode).toBe(120);
});

test('a format that is about a policy needs one, before the program starts', async () => {
  const flags = ['--summary-file', 'x', '--summary-format', 'junit'];
  const { status, stdout, stderr } = await workspace.egress(['run', ...flags, '--', 'echo', 'started']);
  expect(stderr).toContain('is about a policy');
  expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
});

test.each([
  ['text', /^! ATTENTION {3}4 outbound calls/],
  ['json', /^\{\n/],
  ['github', /^! ATTENTION[^]*\n::error title=egress%3A Unexpected destination::/],
  ['sarif', /"version": "2\.1\.0"/],
  ['junit', /^<\?xml [^]*failures="4"/],
  ['markdown', /^## egress&#58; &#33; ATTENTION/],
] as const)('policy check --format %s: the same exit code, and nothing that a runner obeys', async (format, wanted) => {
  const { status, stdout } = await check('--format', format);
  expect(stdout).toMatch(wanted);
  expect(foreign(stdout)).toEqual([]);
  expect(status).toBe(1);
});

test('every other command is as tame in the log of a job', async () => {
  const commands = [['log'], ['report', '--plain'], ['report', '--markdown'], ['policy', 'learn'], ['show', '9']];
  for (const command of commands) expect(foreign((await workspace.egress(command)).stdout)).toEqual([]);
});
