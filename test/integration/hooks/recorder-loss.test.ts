/** A recorder that is not there, dies or stalls is no trouble of the program's. */
import { describe, expect, test } from 'vitest';
import { Collector } from './collector.js';
import { nodes, start } from './program.js';

function lostCalls(collector: Collector): number {
  return collector.of('gap').reduce((sum, { why, count }) => sum + (why === 'hook_queue_full' ? count : 0), 0);
}

describe.each(nodes)('%s', (node) => {
  test.each([
    ['nobody listens', '/tmp/egress-hooks-nobody.sock'],
    ['the path is too long for a socket', `/tmp/${'x'.repeat(200)}`],
  ])('%s', async (_name, socket) => {
    const outcome = await start('load.cjs', { node, socket, args: ['50'] }).outcome;
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/done 50/);
  });

  test('outside of a run nothing is patched', async () => {
    const outcome = await start('joined.cjs', { node, socket: '' }).outcome;
    expect(outcome).toMatchObject({ code: 0, stdout: 'false ' });
  });

  test('the recorder dies in the middle', async () => {
    const collector = await Collector.open();
    const program = start('load.cjs', { node, socket: collector.socketPath, args: ['2000'] });
    await collector.until(() => collector.ends().length > 100);
    collector.die();
    const outcome = await program.outcome;
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/done 2000/);
    await collector.close();
  });

  test('a recorder that stalls to the end: the program goes on, ends in a bounded time, and leaves a count', async () => {
    const collector = await Collector.open();
    collector.stall();
    const outcome = await start('load.cjs', { node, socket: collector.socketPath, args: ['3000'] }).outcome;
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const [, count, , ms] = /done (\d+) (\d+) (\d+)/.exec(outcome.stdout) ?? [];
    expect(count).toBe('3000');
    expect(outcome.ms - Number(ms)).toBeLessThan(3_000);
    collector.resume();
    await collector.drained();
    const lost = lostCalls(collector);
    expect(lost).toBeGreaterThan(3_000);
    expect(collector.ends().length + lost).toBe(2 * 3_000);
    expect(collector.peers.at(-1)?.at(-1)).toEqual({ t: 'flush' });
    await collector.close();
  });

  test('what a stalled recorder made the thread drop is counted: ends and gaps add up', async () => {
    const collector = await Collector.open();
    collector.stall();
    const count = 12_000;
    const program = start('load.cjs', { node, socket: collector.socketPath, args: [String(count)] });
    let stdout = '';
    program.child.stdout?.on('data', (text: string) => (stdout += text));
    while (!stdout.includes('done')) await new Promise((resolve) => setTimeout(resolve, 1));
    collector.resume();
    const outcome = await program.outcome;
    await collector.drained();
    const lost = lostCalls(collector);
    expect(lost).toBeGreaterThan(0);
    expect(collector.ends().length + lost).toBe(2 * count);
    expect(outcome.code).toBe(0);
    expect(Number(/done \d+ (\d+)/.exec(outcome.stdout)?.[1])).toBeLessThan(60_000_000);
    await collector.close();
  });
});
