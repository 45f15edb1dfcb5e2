/** However a program ends by itself, everything that it did is handed over, and it is neither held up nor kept alive. */
import { describe, expect, test } from 'vitest';
import { Collector } from './collector.js';
import { nodes, start } from './program.js';

async function withCollector(run: (collector: Collector) => Promise<void>): Promise<void> {
  const collector = await Collector.open();
  try {
    await run(collector);
  } finally {
    await collector.close();
  }
}

describe.each(nodes)('%s', (node) => {
  test.each([
    ['natural', 0],
    ['exit', 7],
    ['exit-without-listeners', 7],
    ['abort-in-exit', 7],
    ['throw', 1],
    ['reject', 1],
  ])('%s: 200 of 200 calls', async (way, code) => {
    await withCollector(async (collector) => {
      const outcome = await start('ending.cjs', { node, socket: collector.socketPath, args: [way] }).outcome;
      expect(outcome.code).toBe(code);
      await collector.drained();
      expect(collector.ends({ dir: 'egress' })).toHaveLength(200);
      expect(collector.ends({ dir: 'ingress' })).toHaveLength(200);
      expect(collector.frames.at(-1)).toEqual({ t: 'flush' });
    });
  });

  test('a call that is open at the end is told as begun', async () => {
    await withCollector(async (collector) => {
      await start('ending.cjs', { node, socket: collector.socketPath, args: ['open'] }).outcome;
      await collector.drained();
      const begun = collector.of('begin').find((call) => call.path === '/never' && call.dir === 'egress');
      expect(begun).toMatchObject({ ch: 'http', host: '127.0.0.1', method: 'GET' });
      expect(collector.frames.at(-1)).toEqual({ t: 'flush' });
    });
  });

  test.each([
    ['refused', { err: 'ECONNREFUSED', host: '127.0.0.1', ip: '127.0.0.1' }],
    ['unknown-host', { err: 'ENOTFOUND', host: 'nowhere.test', port: 1 }],
  ])('%s: the error of a socket that ends the process is in its row', async (way, failure) => {
    await withCollector(async (collector) => {
      const outcome = await start('ending.cjs', { node, socket: collector.socketPath, args: [way] }).outcome;
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain(failure.err);
      await collector.drained();
      const last = [...collector.of('begin'), ...collector.ends()].filter(({ ch }) => ch === 'tcp').at(-1);
      expect(last).toMatchObject({ ...failure, outcome: 'failure' });
      expect(collector.frames.at(-1)).toEqual({ t: 'flush' });
    });
  });

  test('SIGKILL loses nothing that is older than some milliseconds', async () => {
    await withCollector(async (collector) => {
      const outcome = await start('ending.cjs', { node, socket: collector.socketPath, args: ['kill'] }).outcome;
      expect(outcome.signal).toBe('SIGKILL');
      await collector.drained();
      expect(collector.ends({ dir: 'egress' })).toHaveLength(200);
      expect(collector.of('begin').some(({ path }) => path === '/never')).toBe(true);
    });
  });

  test('asked to hand over, a thread answers with an ack after everything else', async () => {
    await withCollector(async (collector) => {
      const program = start('ending.cjs', { node, socket: collector.socketPath, args: ['wait'] });
      await collector.until(() => collector.of('begin').some(({ path }) => path === '/never'));
      collector.requestFlush();
      await collector.until(() => collector.of('ack').length === 1, 1_000);
      const before = collector.frames.slice(
        0,
        collector.frames.findIndex(({ t }) => t === 'ack'),
      );
      expect(before.filter(({ t }) => t === 'end')).toHaveLength(400);
      expect(before.at(-1)).toEqual({ t: 'flush' });
      program.child.kill('SIGTERM');
      expect((await program.outcome).signal).toBe('SIGTERM');
    });
  });

  test('workers hand over on their own connections, however they end', async () => {
    await withCollector(async (collector) => {
      const outcome = await start('worker-calls.mjs', { node, socket: collector.socketPath }).outcome;
      expect(outcome).toMatchObject({ code: 0, stderr: '' });
      await collector.drained();
      const threads = collector.peers.filter((frames) => frames[0]?.t === 'hello' && frames[0].thread > 0);
      expect(threads).toHaveLength(2);
      for (const frames of threads) {
        expect(frames.filter((frame) => frame.t === 'end' && frame.dir === 'egress')).toHaveLength(100);
        expect(frames.at(-1)).toEqual({ t: 'flush' });
      }
    });
  });
});
