import { once } from 'node:events';
import { readdirSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Workspace } from '../fixtures/recorded-run.js';

let work: Workspace;
beforeEach(() => {
  work = new Workspace();
});
afterEach(() => {
  work.remove();
});

const SHORT = ['node', '-e', '0'];
/** Says that it runs, and ends when its input does. */
const WAITING = ['node', '-e', 'console.log("up"); setTimeout(() => {}, 60000)'];
const segments = (): string[] => readdirSync(path.join(work.journal, 'segments')).sort();
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('egress hold', () => {
  it('holds, lists and releases, each time in a session of its own', async () => {
    await work.run(SHORT);
    const held = await work.egress(['hold', '1..3', '--why', 'incident 42']);
    expect(held).toMatchObject({ status: 0, stderr: '' });
    const { seq } = work.recordsOf('hold')[0] ?? { seq: 0 };
    expect(held.stdout).toContain(`recorded as #${seq}`);
    const list = await work.egress(['hold']);
    expect(list.stdout).toContain('incident 42');
    const again = await work.egress(['hold', '--release', String(seq), '--why', 'over', '--json']);
    expect(json(again.stdout)).toMatchObject({ through: 'session', statement: { kind: 'release', hold: seq } });
    expect((await work.egress(['hold'])).stdout).toBe('No records are held.\n');
    expect((await work.egress(['verify'])).status).toBe(0);
  });

  it.each([
    [['hold', '1..3'], 2, 'a reason is missing'],
    [['hold', '9999', '--why', 'x'], 1, 'there is no record #9999'],
    [['hold', '--release', '3', '--why', 'x'], 1, 'no open hold'],
    [['hold', '1', '--release', '3', '--why', 'x'], 2, 'not both'],
    [['hold', 'x', '--why', 'x'], 2, 'not a record'],
  ])('%j ends with %i', async (args, status, message) => {
    await work.run(SHORT);
    const before = work.lines().length;
    const outcome = await work.egress(args);
    expect(outcome.status).toBe(status);
    expect(outcome.stderr).toContain(message);
    expect(work.lines()).toHaveLength(before);
  });

  it('makes no journal where there is none', async () => {
    expect(await work.egress(['hold', '1..3', '--why', 'x'])).toMatchObject({ status: 3, stdout: '' });
    expect(readdirSync(work.folder)).toEqual([]);
  });
});

describe('while a program is recorded', () => {
  it('its recorder is reached in a key folder with a path that is too long for a socket', async () => {
    const env = { EGRESS_KEYS: path.join(work.folder, 'keys'.repeat(30)) };
    const started = work.start(['run', '--', ...WAITING], { env });
    await started.said('up');
    const hold = json((await work.egress(['hold', '1..3', '--why', 'case', '--json'], { env })).stdout);
    expect(hold).toMatchObject({ through: 'recorder' });
    started.child.kill('SIGTERM');
    await started.ended;
    expect(work.recordsOf('hold')).toHaveLength(1);
    expect(readdirSync(path.join(env.EGRESS_KEYS, 'journals')).length).toBe(1);
  });

  it('its recorder writes holds and vacuums, and its run ends as if nothing had been', async () => {
    for (let run = 1; run <= 3; run += 1) await work.run(SHORT);
    const started = work.start(['run', '--', ...WAITING]);
    await started.said('up');
    const hold = json((await work.egress(['hold', '8..9', '--why', 'case', '--json'])).stdout);
    expect(hold).toMatchObject({ through: 'recorder' });
    const dry = await work.egress(['vacuum', '--max-size', '1B']);
    expect(dry.stdout).toContain('Would remove #1 to #6');
    expect(segments()).toHaveLength(4);
    const done = json((await work.egress(['vacuum', '--max-size', '1B', '--yes', '--json'])).stdout);
    expect(done).toMatchObject({ dry_run: false, removes: { first: 1, last: 6 }, kept: 'hold', hold: hold['seq'] });
    expect(segments()).toHaveLength(3);
    started.child.kill('SIGTERM');
    expect((await started.ended).status).toBe(143);
    const verified = json((await work.egress(['verify', '--json'])).stdout) as { limits: { code: string }[] };
    expect(verified).toMatchObject({ verdict: 'VERIFIED_WITH_LIMIT', findings: [], removed: { first: 1, last: 6 } });
    expect(verified.limits.map(({ code }) => code)).toEqual(['NO_EXPECTED_HEAD', 'VACUUMED']);
    await work.run(SHORT);
    expect((await work.egress(['verify'])).status).toBe(0);
    expect((await work.egress(['show', '2'])).stderr).toContain('The journal begins at #7.');
    expect((await work.egress(['log'])).stdout).toContain('#1 to #6 removed');
  });
});

describe('a segment that somebody else changes while it is recorded', () => {
  it.each([
    [
      'written to',
      (file: string) => {
        writeFileSync(file, 'x', { flag: 'a' });
      },
    ],
    [
      'cut',
      (file: string) => {
        truncateSync(file, 10);
      },
    ],
    ['removed', unlinkSync],
  ])('when it is %s, that is told at once, and the program runs on', async (_name, change) => {
    const started = work.start(['run', '--', ...WAITING]);
    await started.said('up');
    change(path.join(work.journal, 'segments/00000001.jsonl'));
    // Nothing was said on stderr before; the program itself says nothing there.
    const [told] = (await once(started.child.stderr ?? started.child, 'data')) as [string];
    expect(told).toContain('RECORDING STOPPED, the program runs on unrecorded');
    expect(started.child.exitCode).toBeNull();
    started.child.kill('SIGTERM');
    const { status, stderr } = await started.ended;
    expect(status).toBe(143);
    expect(stderr).toContain('SEGMENT_CHANGED');
  });
});

describe('egress vacuum', () => {
  it('is a dry run without --yes, and wants to know what is to go', async () => {
    await work.run(SHORT);
    await work.run(SHORT);
    expect((await work.egress(['vacuum'])).status).toBe(2);
    expect((await work.egress(['vacuum', '--older-than', '90'])).status).toBe(2);
    expect((await work.egress(['vacuum', '--older-than', '90d', '--yes'])).stdout).toContain('Nothing to remove');
    expect(segments()).toHaveLength(2);
  });

  it('passes --strict with a head that was kept after it', async () => {
    await work.run(SHORT);
    await work.run(SHORT);
    await work.egress(['vacuum', '--max-size', '1B', '--yes']);
    const head = (await work.egress(['head'])).stdout.trim();
    expect((await work.egress(['verify', '--strict'])).status).toBe(1);
    expect((await work.egress(['verify', '--strict', '--expect-head', head])).status).toBe(0);
  });

  it('is not for who has not the keys', async () => {
    await work.run(SHORT);
    await work.run(SHORT);
    const outcome = await work.egress(['vacuum', '--max-size', '1B', '--yes'], {
      env: { EGRESS_KEYS: path.join(work.folder, 'other') },
    });
    expect(outcome).toMatchObject({ status: 3 });
    expect(outcome.stderr).toContain('KEY_MISSING');
    expect(segments()).toHaveLength(2);
  });
});
