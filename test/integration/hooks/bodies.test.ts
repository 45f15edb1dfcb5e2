/** Bodies while capture is on: every byte of them, on each version of Node, and a program that does not notice. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BodyEnd, CallFrame, CaptureOrder, Frame } from '../../../src/event/frame.js';
import { webSocketMessages } from '../../../src/custody/websocket-messages.js';
import { Collector } from './collector.js';
import { nodes, start, type Outcome } from './program.js';

const MIB = 1024 * 1024;
const ALL: CaptureOrder = { bytesMax: MIB, hosts: [] };

interface Body {
  bytes: Buffer;
  end: BodyEnd | undefined;
}

/** Bodies of one connection by number; a hole in one is a mistake. */
function bodiesOf(frames: readonly Frame[]): Map<number, Body> {
  const bodies = new Map<number, Body>();
  for (const frame of frames) {
    if (frame.t !== 'body') continue;
    const body = bodies.get(frame.n) ?? { bytes: Buffer.alloc(0), end: undefined };
    expect(frame.at).toBe(body.bytes.length);
    expect(body.end).toBeUndefined();
    body.bytes = Buffer.concat([body.bytes, Buffer.from(frame.data ?? '', 'base64')]);
    body.end = frame.end;
    bodies.set(frame.n, body);
  }
  return bodies;
}

function captured(collector: Collector, part: 'req' | 'res', matching: Partial<CallFrame>): Body {
  const calls = collector.ends(matching);
  expect(calls, JSON.stringify(matching)).toHaveLength(1);
  const body = bodiesOf(collector.peers[0] ?? []).get(calls[0]?.[part] ?? 0);
  expect(body, `${part} of ${JSON.stringify(matching)}`).toBeDefined();
  return body as Body;
}

const digest = ({ bytes }: Body): string => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;

/** `type text`, or its length where it is long; every message and control frame of one direction. */
function messages(bytes: Buffer): string[] {
  return [...webSocketMessages(bytes)].map(({ type, code, isCut, isCompressed, bytes: content }) => {
    const text = content.length > 100 ? `${content.length} bytes` : Buffer.from(content).toString();
    const marks = [isCompressed === true ? 'deflated' : '', isCut === true ? 'cut' : ''].filter((mark) => mark !== '');
    return [type, ...(code === undefined ? [] : [code]), text, ...marks].join(' ');
  });
}

describe.each(nodes)('%s', (node) => {
  let collector: Collector;
  let outcome: Outcome;
  let unobserved: Outcome;
  beforeAll(async () => {
    collector = await Collector.open();
    outcome = await start('bodies.mjs', { node, socket: collector.socketPath, settings: { capture: ALL } }).outcome;
    await collector.drained();
    unobserved = await start('bodies.mjs', { node, socket: '' }).outcome;
  });
  afterAll(async () => {
    await collector.close();
  });

  test('the program says the same as without', () => {
    expect(unobserved).toMatchObject({ code: 0, stderr: '' });
    expect(outcome).toMatchObject({ code: 0, stderr: '', stdout: unobserved.stdout });
    expect(collector.of('gap')).toEqual([]);
    expect(collector.of('hello')[0]).not.toHaveProperty('disabled');
  });

  test('what it sent and got is what was captured, to the byte, from both sides', () => {
    const lines = outcome.stdout.split('\n').flatMap((line) => /^(\S+) (req|res) (\d+ [0-9a-f]{64})$/.exec(line) ?? []);
    const seen = lines.filter((_, i) => i % 4 === 1);
    expect(seen.length).toBeGreaterThan(15);
    for (let i = 0; i < lines.length; i += 4) {
      const [, path, part, expected] = lines.slice(i, i + 4) as [string, string, 'req' | 'res', string];
      if (path === '/gzip') continue;
      for (const dir of ['egress', 'ingress'] as const) {
        const body = captured(collector, part, { path, dir });
        expect([path, dir, part, digest(body), body.end]).toEqual([path, dir, part, expected, 'whole']);
      }
    }
  });

  test('compressed bodies are kept as they come over the wire', () => {
    for (const ch of ['http', 'fetch'] as const) {
      const { bytes, end } = captured(collector, 'res', { path: '/gzip', dir: 'egress', ch });
      expect([bytes.length, bytes[0], bytes[1], end]).toEqual([41, 0x1f, 0x8b, 'whole']);
    }
  });

  test('requests in a pipeline are told apart', () => {
    for (const [path, body] of [
      ['/first', 'one'],
      ['/last', 'two'],
    ] as const) {
      expect(captured(collector, 'req', { path, dir: 'ingress' })).toEqual({ bytes: Buffer.from(body), end: 'whole' });
      expect(captured(collector, 'res', { path, dir: 'ingress' }).bytes.toString()).toBe(
        Buffer.from(body).reverse().toString(),
      );
    }
  });

  test('a call without a body has none', () => {
    const [head] = collector.ends({ path: '/head', dir: 'egress' });
    expect(head).toBeDefined();
    expect(head).not.toHaveProperty('req');
    expect(head).not.toHaveProperty('res');
  });

  test('WebSocket: every message, as both ends tell it', () => {
    const said = (part: 'req' | 'res', dir: 'egress' | 'ingress', path: string): string[] => {
      const { bytes, end } = captured(collector, part, { path, dir, ch: 'ws' });
      // A connection that was closed in good order was seen to its end.
      expect([path, dir, part, end]).toEqual([path, dir, part, 'whole']);
      return messages(bytes);
    };
    for (const dir of ['egress', 'ingress'] as const) {
      const [hello, binary] = ['text hello', 'binary 70000 bytes'];
      expect(said('req', dir, '/ws')).toEqual([hello, binary, 'close ']);
      expect(said('res', dir, '/ws')).toEqual(['text welcome', hello, binary, 'close ']);
      const again = ['text again and again and again deflated', 'text again and again and again deflated'];
      const ping = 'ping still there?';
      const closing = 'close 4000 enough';
      expect(said('req', dir, '/deflated')).toEqual([...again, ping, `${binary} deflated`, closing]);
      const answers = said('res', dir, '/deflated');
      expect(answers).toEqual(expect.arrayContaining(['pong still there?']));
      const heard = answers.filter((message) => !message.startsWith('pong'));
      expect(heard).toEqual(['text welcome deflated', ...again, `${binary} deflated`, closing]);
      for (const path of ['/own', '/undici-ws']) {
        if (!outcome.stdout.includes(`${path} `)) continue;
        expect(said('req', dir, path)).toEqual(['text from Node', 'close 1000 done']);
        const mark = path === '/undici-ws' ? ' deflated' : '';
        expect(said('res', dir, path)).toEqual([`text welcome${mark}`, `text from Node${mark}`, 'close 1000 done']);
      }
    }
    expect(outcome.stdout).toContain('/undici-ws ');
  });

  test('what was cut off says so, and keeps what came', () => {
    for (const dir of ['egress', 'ingress'] as const) {
      for (const path of ['/cut', '/given-up']) {
        const { bytes, end } = captured(collector, 'res', { path, dir });
        expect([path, dir, bytes.toString(), end]).toEqual([path, dir, 'only this', 'aborted']);
      }
      expect(captured(collector, 'req', { path: '/cut', dir })).toEqual({ bytes: Buffer.from('all'), end: 'whole' });
    }
  });
});

test('100 MiB each way: the same bytes, held back the same way, and no more memory', async () => {
  const plain = await start('body-stream.mjs', { socket: '' }).outcome;
  const collector = await Collector.open();
  const { socketPath: socket } = collector;
  const seen = await start('body-stream.mjs', { socket, settings: { capture: ALL } }).outcome;
  await collector.drained();
  expect(plain.stdout).toMatch(/^104857600 [0-9a-f]{64} held back\n$/);
  expect(seen.stdout).toBe(plain.stdout);
  for (const part of ['req', 'res'] as const) {
    for (const dir of ['egress', 'ingress'] as const) {
      const { bytes, end } = captured(collector, part, { path: '/stream', dir });
      expect([bytes.length, end]).toEqual([MIB, 'size']);
    }
  }
  // Kilobytes; what stands ready for the recorder is bounded by 9 MiB.
  expect(Number(seen.stderr) - Number(plain.stderr)).toBeLessThan(64 * 1024);
  await collector.close();
});

test('capture is switched on and off while the program runs, and can be for some hosts only', async () => {
  const collector = await Collector.open();
  const program = start('body-loop.mjs', { socket: collector.socketPath, args: ['100', '100', '5'] });
  const count = (): number => collector.ends({ dir: 'egress' }).length;
  const bodies = (): CallFrame[] => collector.ends().filter(({ req }) => req !== undefined);
  await collector.until(() => count() > 20);
  expect(bodies()).toEqual([]);
  collector.order({ bytesMax: 10, hosts: ['local*'] });
  await collector.until(() => bodies().length > 10);
  collector.order(undefined);
  const atEnd = count();
  await collector.until(() => count() > atEnd + 20);
  const seen = bodies();
  await program.outcome;
  await collector.drained();
  expect(bodies()).toEqual(seen);
  expect(seen.length).toBeLessThan(count() / 2);
  for (const call of seen) expect(call).toMatchObject({ host: 'localhost', dir: 'egress' });
  expect(bodiesOf(collector.frames).get(seen[0]?.req ?? 0)).toEqual({
    bytes: Buffer.from('x'.repeat(10)),
    end: 'size',
  });
  await collector.close();
});

test('a recorder that does not keep up loses bodies, and says so, but no row', async () => {
  const collector = await Collector.open();
  collector.stall();
  const { socketPath: socket } = collector;
  const args = ['150', '65536', '0'];
  const program = start('body-loop.mjs', { socket, args, settings: { capture: ALL } });
  await new Promise((resolve) => program.child.stdout?.once('data', resolve));
  collector.resume();
  expect(await program.outcome).toMatchObject({ code: 0, stdout: 'done 150\n' });
  await collector.drained();
  expect(collector.ends({ dir: 'egress' })).toHaveLength(300);
  expect(collector.ends({ dir: 'ingress' })).toHaveLength(300);
  expect(collector.of('gap').map(({ why }) => why)).toContain('hook_body_lost');
  expect(collector.frames.at(-1)).toEqual({ t: 'flush' });
  await collector.close();
});

test('a body that had begun when capture was switched on is not passed off as a whole one', async () => {
  const collector = await Collector.open();
  const folder = mkdtempSync(path.join(tmpdir(), 'egress-bodies-'));
  const go = path.join(folder, 'go');
  const program = start('body-late.mjs', { socket: collector.socketPath, args: [go] });
  await new Promise((resolve) => program.child.stdout?.once('data', resolve));
  collector.order(ALL);
  // The order is there when the program has answered to what was sent after it.
  collector.requestFlush();
  await collector.until(() => collector.of('ack').length > 0);
  writeFileSync(go, '');
  expect(await program.outcome).toMatchObject({ code: 0 });
  await collector.drained();
  for (const dir of ['egress', 'ingress'] as const) {
    const [late] = collector.ends({ path: '/late', dir });
    expect([late?.req, late?.res]).toEqual([undefined, undefined]);
    expect(captured(collector, 'req', { path: '/next', dir })).toEqual({ bytes: Buffer.from('whole'), end: 'whole' });
  }
  rmSync(folder, { recursive: true });
  await collector.close();
});

test('what a mock is sent never left the process: the recorder is told to forget it', async () => {
  const collector = await Collector.open();
  await start('mocked.mjs', { socket: collector.socketPath, settings: { capture: ALL } }).outcome;
  await collector.drained();
  const named = new Set(collector.ends().flatMap(({ req, res }) => [req ?? 0, res ?? 0]));
  const mocked = [...bodiesOf(collector.frames)].filter(([n]) => !named.has(n));
  expect(mocked.length).toBeGreaterThan(0);
  for (const [, { end }] of mocked) expect(end).toBe('dropped');
  await collector.close();
});
