/**
 * The clock of a machine, set back or ahead under the commands themselves: what is refused, what is recorded all the
 * same, and what nobody can know (docs/FORENSICS.md, "The clock").
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OfficerWorkspace, why } from '../fixtures/officer-workspace.js';
import type { Outcome } from '../fixtures/recorded-run.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';
import { SECRET } from '../unit/officers/stored-body.js';

/** Words that start a command with another clock; the one that only goes on stays as it is. */
const clock = (offset: string): readonly string[] => ['faketime', '-m', '--exclude-monotonic', '-f', offset];
const [faketime = '', ...words] = clock('-1h');
const canSet = spawnSync(faketime, [...words, process.execPath, '-e', '0'], { stdio: 'ignore' }).status === 0;
if (!canSet)
  process.stderr.write('clock: tests are skipped here, faketime is not installed (apt-get install faketime)\n');

/** Posts a body to itself. */
const POST = `
const http = require('node:http');
const server = http.createServer((request, response) => request.resume().on('end', () => response.end('answer')));
server.listen(0, '127.0.0.1', () => {
  http.request({ port: server.address().port, method: 'POST' }, (response) => response.resume().on('end', () => server.close())).end('body');
});`;

let workspace: OfficerWorkspace;
let id = '';
const at = (name: string): string => path.join(workspace.folder, name);
const officer = (args: readonly string[], offset = '+0'): Promise<Outcome> =>
  workspace.officer(args, { through: clock(offset) });
const reader = (args: readonly string[], offset = '+0'): Promise<Outcome> =>
  workspace.officer(args, { through: clock(offset), env: { EGRESS_KEYRING: at('carol.keys') } });
const custodian = (args: readonly string[], offset = '+0'): Promise<Outcome> =>
  workspace.egress(args, { through: clock(offset) });

async function grant(until: string): Promise<string> {
  const { stdout, stderr } = await officer([
    'grant',
    id,
    '--to',
    at('carol.keys.card'),
    '--until',
    until,
    ...why,
    '--json',
  ]);
  expect(stderr).toBe('');
  return String((JSON.parse(stdout) as { seq: number }).seq);
}

async function expectRefused(outcome: Promise<Outcome>, says: string | RegExp): Promise<void> {
  const { status, stdout, stderr } = await outcome;
  expect([status === 0, stdout]).toEqual([false, '']);
  expect(stderr).toContain('(STATEMENT_REFUSED)');
  expect(stderr).toMatch(says);
}

describe.runIf(canSet)('a clock that was set', () => {
  beforeAll(async () => {
    workspace = await OfficerWorkspace.open();
    id = await workspace.body();
    await workspace.keyring('carol');
  });
  afterAll(() => {
    workspace.remove();
  });

  test('of an officer’s machine: the statement is not yet, or not any more, what the journal takes', async () => {
    for (const [offset, says] of [
      ['-2h', /it expired at/],
      ['+30h', /valid for more than 24 hours/],
    ] as const) {
      await officer(['forensics', 'request', id, ...why, '--out', `request${offset}`], offset);
      await expectRefused(custodian(['forensics', 'release', `request${offset}`, '--out', 'never']), says);
    }
    expect(existsSync(at('never'))).toBe(false);
  });

  test('back after a grant had ended, before the journal heard of that: the reading is given, and recorded', async () => {
    const copy = await grant('10m');
    // It is twenty minutes later, and nothing was recorded since; then the clock is set back.
    await expectRefused(reader(['forensics', 'read', copy, ...why], '+20m'), /the grant in #\d+ ended at 2/);
    const read = await reader(['forensics', 'read', copy, ...why]);
    expect(read.stdout).toBe(SECRET);
    expect(workspace.recordsOf('body.read.intent').at(-1)?.statement.body).toBe(Number(copy));
    // Once anything was recorded after the end, it is refused with any clock.
    await custodian(['hold', '1..2', ...why], '+20m');
    await expectRefused(reader(['forensics', 'read', copy, ...why]), 'no officer');
  });

  test('back after the journal has heard of a later time: what had ended then has ended', async () => {
    const copy = await grant('40m');
    await officer(['forensics', 'enable', '--until', '40m', ...why]);
    await reader(['forensics', 'request', copy, ...why, '--out', 'before']);
    // Somebody records with the clock ahead, for whatever reason; then it is put right.
    await custodian(['hold', '1..2', ...why], '+50m');
    await expectRefused(reader(['forensics', 'read', copy, ...why]), 'no officer');
    await expectRefused(custodian(['forensics', 'release', 'before', '--out', 'never']), 'no officer');
    const doctor = await custodian(['doctor']);
    expect(doctor.stdout).toMatch(/! clock +(49|50)m \d+s behind what the journal has written down/);
    const stored = workspace.recordsOf('body.stored').length;
    const ran = await custodian(['run', '--kernel=off', '--', process.execPath, '-e', POST]);
    expect([ran.status, workspace.recordsOf('net').length > 0]).toEqual([0, true]);
    expect(workspace.recordsOf('body.stored')).toHaveLength(stored);
    expect(existsSync(at('never'))).toBe(false);
  });

  test('while a run is recorded: back, it changes nothing; ahead, what has ended by then ends', async () => {
    await officer(['forensics', 'enable', '--until', '70m', ...why]);
    const offset = at('offset');
    writeFileSync(offset, '+0');
    const preload = spawnSync(faketime, [...words, 'sh', '-c', 'printf %s "$LD_PRELOAD"'], { encoding: 'utf8' }).stdout;
    const env = {
      ...{ LD_PRELOAD: preload, FAKETIME_TIMESTAMP_FILE: offset, FAKETIME_NO_CACHE: '1' },
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const script = "console.log('ready'); setTimeout(() => {}, 60_000)";
    const running = workspace.start(['run', '--kernel=off', '--', process.execPath, '-e', script], { env });
    await running.said('ready');
    const expired = (): number => workspace.recordsOf('forensics.expired').length;
    const before = expired();
    writeFileSync(offset, '-2h');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(expired()).toBe(before);
    writeFileSync(offset, '+80m');
    await expect.poll(expired, { timeout: 10_000 }).toBe(before + 1);
    running.child.kill('SIGTERM');
    await running.ended;
  });

  test('leaves times that never run back, and a journal that both verifiers find good', async () => {
    const times = workspace.recordsOf('segment.open').map(({ time }) => time);
    expect(times).toEqual([...times].sort());
    const { findings } = await verifyByBoth(workspace.journal, { key: workspace.key });
    expect(findings).toEqual([]);
  });
});
