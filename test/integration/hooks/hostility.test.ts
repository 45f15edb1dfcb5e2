/** Programs that pull the world away from under the hooks, and programs that the hooks must not change. */
import { describe, expect, test } from 'vitest';
import { Collector } from './collector.js';
import { nodes, start } from './program.js';
import type { ProgramOptions, Outcome } from './program.js';

async function record(
  fixture: string,
  options: Omit<ProgramOptions, 'socket'>,
): Promise<{ outcome: Outcome; collector: Collector }> {
  const collector = await Collector.open();
  const outcome = await start(fixture, { ...options, socket: collector.socketPath }).outcome;
  await collector.drained();
  await collector.close();
  return { outcome, collector };
}

describe.each(nodes)('%s', (node) => {
  test('globals that are deleted or faked', async () => {
    const { outcome, collector } = await record('hostile.cjs', { node, args: ['globals'] });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [after] = collector.ends({ dir: 'egress', path: '/after' });
    expect(after?.outcome).toBe('success');
    expect(Math.abs((after?.at ?? 0) / 1000 - Date.now())).toBeLessThan(60_000);
    expect(collector.of('gap')).toEqual([]);
  });

  test('a frozen Error: recorded, without a call site', async () => {
    const { outcome, collector } = await record('hostile.cjs', { node, args: ['frozen-error'] });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [after] = collector.ends({ dir: 'egress', path: '/after' });
    expect(after?.outcome).toBe('success');
    expect(after).not.toHaveProperty('site');
  });

  test('a program that takes our descriptor gets nothing of ours in its file', async () => {
    const { outcome, collector } = await record('hostile.cjs', { node, args: ['descriptors'] });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^taken [1-9]\d* 0\n$/);
    expect(collector.of('hello').length).toBe(2);
    expect(collector.of('gap').map(({ why }) => why)).toEqual(['hook_channel_reused']);
  });

  test('children and workers with an environment of their own join', async () => {
    const { outcome, collector } = await record('children.mjs', { node });
    expect(outcome).toMatchObject({ code: 0, stderr: '', stdout: 'true '.repeat(9) });
    const pids = new Set(collector.of('hello').map(({ pid }) => pid));
    const children = collector.of('child').filter(({ pid }) => pid !== undefined);
    expect(children).toHaveLength(5);
    expect(children.filter(({ pid = 0 }) => pids.has(pid))).toHaveLength(4);
    expect(children.filter(({ file }) => file === 'true')).toHaveLength(1);
    expect(collector.of('hello').filter(({ thread }) => thread > 0)).toHaveLength(5);
  });

  test('a call that nock or msw answers is none', async () => {
    const { outcome, collector } = await record('mocked.mjs', { node });
    expect(outcome.code).toBe(0);
    // What msw lets through leaves at least the row of its socket; its swapped handle is never seen to close.
    const real = [...collector.of('begin'), ...collector.ends()].filter(({ dir }) => dir === 'egress');
    expect(new Set(real.map(({ id }) => id)).size).toBe(1);
    expect(real.at(-1)).toMatchObject({ host: '127.0.0.1', ip: '127.0.0.1' });
    expect(JSON.stringify(collector.frames)).not.toContain('mocked.example');
  });

  test('3 MB both ways under backpressure arrive unchanged', async () => {
    const { outcome, collector } = await record('pipe.cjs', { node, settings: { fingerprintBytesMax: 4_000_000 } });
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [call] = collector.ends({ dir: 'egress', path: '/pipe' });
    expect(call?.body).toBe(outcome.stdout);
    expect(call?.sent).toBeGreaterThan(3_000_000);
    expect(call?.received).toBeGreaterThan(3_000_000);
  });

  test('a body beyond the limit has no fingerprint', async () => {
    const { collector } = await record('pipe.cjs', { node });
    expect(collector.ends({ dir: 'egress', path: '/pipe' })[0]).not.toHaveProperty('body');
  });

  test('--frozen-intrinsics', async () => {
    const { outcome, collector } = await record('load.cjs', { node, nodeArgs: ['--frozen-intrinsics'], args: ['20'] });
    expect(outcome.code).toBe(0);
    expect(collector.ends({ dir: 'egress' })).toHaveLength(20);
  });

  test('a channel that is switched off is not recorded, and nothing beneath it comes up instead', async () => {
    const { collector } = await record('load.cjs', { node, args: ['5'], settings: { disabled: ['http'] } });
    expect(collector.ends()).toEqual([]);
  });
});
