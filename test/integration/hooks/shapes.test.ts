/** Calls that the hooks hand over as numbers of a shape are the calls that were made, whatever numbers shapes get. */
import { expect, test } from 'vitest';
import { SHAPES_PER_THREAD_MAX } from '../../../src/core/limits.js';
import { Collector } from './collector.js';
import { start } from './program.js';

test('a program with more shapes than have a number at a time', async () => {
  const collector = await Collector.open();
  // Each path has a shape as it leaves and one as it arrives.
  const paths = SHAPES_PER_THREAD_MAX / 2 + 20;
  const outcome = await start('shapes.cjs', { socket: collector.socketPath, args: [String(paths)] }).outcome;
  await collector.drained();
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const shapes = collector.of('shape');
  expect(shapes.length).toBeGreaterThan(2 * paths - 4);
  expect(Math.max(...shapes.map(({ n }) => n))).toBe(SHAPES_PER_THREAD_MAX - 1);
  const calls = new Map<string, number>();
  for (const { dir, path, status, reused } of collector.ends()) {
    const call = `${dir} ${path} ${status}`;
    calls.set(call, (calls.get(call) ?? 0) + 1);
    if (path !== '/p0') expect(reused, call).toBe(true);
  }
  for (let i = 0; i < paths; i += 1) {
    for (const dir of ['egress', 'ingress']) expect(calls.get(`${dir} /p${i} 200`), `/p${i}`).toBe(i < 10 ? 4 : 3);
  }
  expect(collector.ends()).toHaveLength(2 * (3 * paths + 10));
  expect(collector.of('gap')).toEqual([]);
  await collector.close();
});
