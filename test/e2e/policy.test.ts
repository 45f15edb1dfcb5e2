/** A policy as a CI job uses it: exit codes, words, and never a clean answer where not all was seen. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Workspace } from '../fixtures/recorded-run.js';

/** A server and a call to it under the name evil.example, which leads to this machine. */
const CALL = `
const http = require('node:http');
const lookup = (host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
const server = http.createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1', () => {
  http.get({ host: 'evil.example', port: server.address().port, lookup }, (response) => {
    response.resume().on('end', () => { server.close(); process.exitCode = Number(process.argv[1] ?? 0); });
  });
});`;
const EVIL = [process.execPath, '-e', CALL];
const QUIET = [process.execPath, '-e', '0'];
const ALLOW = 'version: 1\nrules:\n  - { id: evil, to: "evil.example:*", why: a test }\n';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => {
  workspace.remove();
});

const file = (name: string, text: string): string => {
  const at = path.join(workspace.folder, name);
  writeFileSync(at, text);
  return at;
};
const run = (flags: readonly string[], command: readonly string[]) =>
  workspace.egress(['run', ...flags, '--', ...command]);

describe('egress run', () => {
  test('exits with 120 where something was not expected, and says what', async () => {
    const { status, stderr } = await run(['--expect', 'none'], EVIL);
    expect(stderr).toContain('! ATTENTION   1 outbound call that the policy does not expect');
    expect(stderr).toMatch(/evil\.example:\d+ http/);
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('Exit code 120: the program succeeded');
    expect(status).toBe(120);
  });

  test('with the program’s own code where the program failed', async () => {
    expect((await run(['--expect', 'none'], [...EVIL, '7'])).status).toBe(7);
  });

  test('with 0 where all is expected', async () => {
    const { status, stderr } = await run(['--expect', 'none'], QUIET);
    expect(stderr).toContain('✓ ALL CLEAR   no outbound call is recorded');
    expect(status).toBe(0);
  });

  test('with 121 where not all was seen', async () => {
    const off = await workspace.egress(['run', '--expect', 'none', '--', ...QUIET], { env: { EGRESS_ENABLED: 'off' } });
    expect(off.status).toBe(121);
    const blind = await workspace.egress(['run', '--expect', 'none', '--', ...QUIET], {
      env: { EGRESS_DISABLED_CHANNELS: 'dns' },
    });
    expect(blind.stderr).toContain('channel_disabled');
    expect(blind.status).toBe(121);
  });

  test('by the policy that the project has, without a flag', async () => {
    const own = file('egress.policy.yaml', ALLOW);
    expect((await run([], EVIL)).status).toBe(0);
    writeFileSync(own, ALLOW.replace('evil.', 'other.'));
    expect((await run([], EVIL)).status).toBe(120);
    writeFileSync(own, `unexpected: warn\n${ALLOW.replace('evil.', 'other.')}`);
    const warned = await run([], EVIL);
    expect(warned.stderr).toContain('(the policy only warns)');
    expect(warned.status).toBe(0);
  });

  test('does not start the program under a policy that is wrong or missing', async () => {
    const broken = file('broken.yaml', 'version: 1\nruls: []\n');
    const print = [process.execPath, '-e', 'console.log("started")'];
    expect(await run(['--policy', broken], print)).toMatchObject({ status: 125, stdout: '' });
    expect(await run(['--policy', 'nowhere.yaml'], print)).toMatchObject({ status: 125, stdout: '' });
  });

  test('a rule that has expired is none', async () => {
    const old = file('old.yaml', ALLOW.replace('why:', 'expires: 2020-01-01, why:'));
    const { status, stderr } = await run(['--policy', old], EVIL);
    expect(stderr).toContain('1 outbound call that rule evil would expect, but it had expired');
    expect(status).toBe(120);
  });
});

describe('egress log --unexpected', () => {
  const unexpected = async (...args: string[]) => workspace.egress(['log', '--unexpected', ...args]);

  test('lists what the policy of the run, or the one given, does not expect', async () => {
    const policy = file('rules.yaml', ALLOW);
    await run(['--expect', 'none'], EVIL);
    await run(['--policy', policy], EVIL);
    const { stdout } = await unexpected();
    expect(stdout.match(/evil\.example/g)).toHaveLength(1);
    expect((await unexpected('--expect', 'none')).stdout.match(/evil\.example/g)).toHaveLength(2);
    expect((await unexpected('--policy', policy)).stdout).not.toContain('evil.example');
    expect((await unexpected('--host', 'good.example')).stdout).not.toContain('evil.example');
    expect((await unexpected('-n', '1', '-o', 'json')).stdout.trim().split('\n')).toHaveLength(1);
  });

  test('is no empty list where nothing says what is expected', async () => {
    await run([], EVIL);
    const { status, stderr } = await unexpected();
    expect(stderr).toContain('POLICY_MISSING');
    expect(status).toBe(3);
  });
});

describe('egress policy check', () => {
  const check = (...args: readonly string[]) => workspace.egress(['policy', 'check', ...args]);

  test('answers for one journal and for many', async () => {
    await run([], EVIL);
    const second = path.join(workspace.folder, 'second');
    await workspace.egress(['run', '--journal', second, '--', ...QUIET]);
    expect((await check('--expect', 'none')).status).toBe(1);
    expect((await check(workspace.journal, second, '--expect', 'none')).status).toBe(1);
    expect((await check(second, '--expect', 'none')).status).toBe(0);
    const allow = file('allow.yaml', ALLOW);
    expect(await check(workspace.journal, second, '--policy', allow)).toMatchObject({ status: 0 });
    const json = JSON.parse((await check('--expect', 'none', '--json')).stdout) as object;
    expect(json).toMatchObject({
      verdict: 'ATTENTION',
      conclusion: 'unexpected',
      calls: 1,
      policy: { name: '--expect none' },
    });
  });

  test('tells the runs of different journals apart: one that was interrupted is not covered by another’s end', async () => {
    await run([], QUIET);
    const cut = path.join(workspace.folder, 'cut');
    const kill = 'process.kill(process.ppid, "SIGKILL")';
    await workspace.egress(['run', '--kernel=off', '--journal', cut, '--', process.execPath, '-e', kill]);
    for (const order of [
      [cut, workspace.journal],
      [workspace.journal, cut],
    ]) {
      const { status, stdout } = await check(...order, '--expect', 'none');
      expect(stdout).toContain('no end is signed: interrupted, or still going on');
      expect(status).toBe(3);
    }
  });

  test('a call that nothing explains, an observer that is missing and a gap count alike in run, check and report', async () => {
    const hooksOnly = ['--kernel=off', '--wait', '0'];
    const kernel = file('kernel.yaml', 'version: 1\nobservers: [kernel]\n');
    const ran = await run([...hooksOnly, '--policy', kernel], QUIET);
    expect(ran.stderr).toContain('without the kernel observer, which the policy requires');
    expect(ran.status).toBe(121);
    expect((await check('--policy', kernel)).status).toBe(3);
    const report = (...args: readonly string[]) => workspace.egress(['report', '--plain', ...args]);
    expect((await report('--policy', kernel)).stdout).toContain('! ATTENTION');
    expect((await report('--expect', 'none')).stdout).toContain('✓ ALL CLEAR, HOOKS ONLY');

    const blind = path.join(workspace.folder, 'blind');
    const env = { EGRESS_DISABLED_CHANNELS: 'dns', EGRESS_JOURNAL: blind };
    const accept = file('accept.yaml', 'version: 1\ngaps:\n  - { accept: channel_disabled, why: a test }\n');
    expect((await workspace.egress(['run', '--policy', accept, '--', ...QUIET], { env })).status).toBe(0);
    expect((await check(blind, '--policy', accept)).status).toBe(0);
    expect((await report(blind, '--policy', accept)).stdout).toContain('✓ ALL CLEAR');
    expect((await check(blind, '--expect', 'none')).status).toBe(3);
    expect((await report(blind, '--expect', 'none')).stdout).toContain('channel_disabled');
  });

  test('never says yes to a journal that does not verify, is not there, or has no run', async () => {
    await run([], QUIET);
    const [first = ''] = workspace.lines();
    const segment = path.join(workspace.journal, 'segments/00000001.jsonl');
    const altered = workspace.lines().join('').replace(first, first.replace('"segment":{', '"segment":{ '));
    rmSync(segment);
    writeFileSync(segment, altered);
    const bad = await check('--expect', 'none');
    expect(bad.stdout).toContain('did not verify');
    expect(bad.status).toBe(3);
    expect((await check('nowhere', '--expect', 'none')).status).toBe(3);
    expect((await check('--expect', 'none', '--kye', 'x')).status).toBe(2);
    expect((await check()).status).toBe(3);
  });
});

describe('the policy that a run was recorded under', () => {
  const stored = (): string[] => readdirSync(path.join(workspace.journal, 'policies'));
  const storedFile = (): string => path.join(workspace.journal, 'policies', stored()[0] ?? '');

  test('is kept with all that it extends, and judges the run from then on', async () => {
    file('base.yaml', ALLOW);
    const policy = file('ci.yaml', 'version: 1\nextends: [base.yaml, egress:deny-metadata]\n');
    expect((await run(['--policy', policy], EVIL)).status).toBe(0);
    const text = readFileSync(storedFile(), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ version: 1, rules: [{ id: 'evil' }], deny: [{ id: 'cloud-metadata' }] });
    expect(stored()).toEqual([createHash('sha256').update(text).digest('hex')]);
    expect(workspace.recordsOf('policy')).toMatchObject([{ policy: { digest: stored()[0], name: policy } }]);

    // Neither file is there any more: the journal alone says the same. A run without a policy beside it has its own verdict.
    rmSync(policy);
    rmSync(path.join(workspace.folder, 'base.yaml'));
    const check = await workspace.egress(['policy', 'check', '--json']);
    expect(JSON.parse(check.stdout)).toMatchObject({ verdict: 'ALL_CLEAR', what_if: 0, policy: { name: policy } });
    expect(check.status).toBe(0);
    expect((await workspace.egress(['report', '--plain'])).stdout).toContain('ALL CLEAR');
    const call = workspace.recordsOf('net').find(({ network }) => network.direction === 'egress');
    const explained = await workspace.egress(['policy', 'explain', String(call?.seq)]);
    expect(explained.stdout).toContain('Decided by  evil');
    expect((await workspace.egress(['show', String(call?.seq)])).stdout).toMatch(/decided by +evil/);

    const other = await workspace.egress(['policy', 'check', '--expect', 'none']);
    expect(other.stdout).toContain('What if   1 run judged by --expect none, not by the policy in force');
    expect(other.status).toBe(1);
    await run([], EVIL);
    const both = await workspace.egress(['policy', 'check']);
    expect(both.stdout).toContain('no policy says what is expected (run 2)');
    expect(both.status).toBe(3);
  });

  test('is no judge once it was changed', async () => {
    await run(['--policy', file('ci.yaml', ALLOW.replace('evil.', 'other.'))], EVIL);
    const at = storedFile();
    const text = readFileSync(at, 'utf8');
    rmSync(at);
    writeFileSync(at, text.replace('other.', 'evil.'));
    const verified = await workspace.egress(['verify']);
    expect(verified.stdout).toContain('is not the file that its name says');
    expect(verified.status).toBe(1);
    const check = await workspace.egress(['policy', 'check']);
    expect(check.stdout).toContain('✗ ALARM   the journal did not verify');
    expect(check.stdout).toContain('the policy that was in force cannot be read');
    expect(check.status).toBe(3);
  });
});

describe('egress policy learn and explain', () => {
  test('what was learned is expected from then on, and nothing is learned twice', async () => {
    await run([], EVIL);
    const { stdout, status } = await workspace.egress(['policy', 'learn']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/to: "evil\.example:\d+"/);
    expect(stdout).toContain('1 call');
    const learned = file('learned.yaml', stdout);
    expect((await workspace.egress(['policy', 'check', '--policy', learned])).status).toBe(0);
    const again = await workspace.egress(['policy', 'learn', '--policy', learned]);
    expect(again.stdout).toMatch(/^# Editors check this file where egress is installed .*\nversion: 1\nrules: \[\]\n$/);
  });

  test('says which rule decided, or which to add', async () => {
    await run([], EVIL);
    const call = workspace.recordsOf('net').find(({ network }) => network.direction === 'egress');
    const seq = String(call?.seq);
    const explain = (...args: readonly string[]) => workspace.egress(['policy', 'explain', ...args]);
    const missing = await explain(seq, '--expect', 'none');
    expect(missing.stdout).toContain(`! UNEXPECTED   #${seq} evil.example:`);
    expect(missing.stdout).toContain('to: "evil.example:');
    expect(missing.status).toBe(1);
    const allow = file('allow.yaml', ALLOW);
    const decided = await explain(seq, '--policy', allow);
    expect(decided.stdout).toContain('Decided by  evil');
    expect(decided.stdout).toContain('allow.yaml:3:5');
    expect(decided.status).toBe(0);
    expect((await explain('1', '--policy', allow)).status).toBe(1);
    expect((await explain('evil.example:1', '--policy', allow)).stdout).toMatch(/^✓ EXPECTED {3}evil\.example:1\n/);
    const asked = await explain('other.example', '--policy', allow);
    expect(asked.stdout).toMatch(/^! UNEXPECTED {3}other\.example:443\n[^]*Not by {6}1 rule, for other hosts\n/);
    expect(asked.status).toBe(1);
    expect((await explain('*.example', '--policy', allow)).status).toBe(2);
  });
});
