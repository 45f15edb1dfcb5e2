/** Whoever has the hook socket may send anything: the recorder lives, stays small, and counts what it could not take. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LINE_BYTES_MAX, PEERS_MAX } from '../../src/core/limits.js';
import type { HelloFrame } from '../../src/event/frame.js';
import { call, finish, hello as helloOf, open as openTo, write } from '../fixtures/hook-peer.js';
import { type Outcome, type Started, Workspace } from '../fixtures/recorded-run.js';

const SECRET = 'hunter2-sekrit';
/** Above what the recorder takes when nothing is sent (about 90 MB), and far below what is sent in some tests. */
const RESIDENT_KIB_MAX = 300 * 1024;
const PRINT = 'console.log(JSON.stringify({ ...process.env, PID: process.pid })); setInterval(() => undefined, 1000)';

let workspace: Workspace;
let started: Started;
let socketPath: string;
let token: string;
let programPid: number;

beforeEach(async () => {
  workspace = new Workspace();
  // The hooks alone: where the kernel is observed too, a process that never joins has no gap.
  started = workspace.start(['run', '--kernel=off', '--wait', '0', '--', process.execPath, '-e', PRINT]);
  const env = JSON.parse(await started.said('\n')) as Record<'EGRESS_SOCKET' | 'EGRESS_TOKEN', string> & {
    PID: number;
  };
  socketPath = env.EGRESS_SOCKET;
  token = env.EGRESS_TOKEN;
  programPid = env.PID;
});

afterEach(async () => {
  // A test that failed has left both; the program would outlive its recorder, and keep the streams open.
  if (started.child.exitCode === null) {
    started.child.kill('SIGKILL');
    process.kill(programPid, 'SIGKILL');
  }
  await started.ended;
  workspace.remove();
});

const hello = (fields: Partial<HelloFrame> = {}): HelloFrame => helloOf(token, fields);
const open = (): Promise<Socket> => openTo(socketPath);

async function whenClosed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close');
}

async function send(...parts: readonly (object | string | Uint8Array)[]): Promise<void> {
  const socket = await open();
  await write(socket, ...parts);
  await finish(socket);
}

function peakResidentKib(): number {
  const status = readFileSync(`/proc/${started.child.pid ?? 0}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
}

/** Ends the run: the recorder has to have lived until here, and to have left a journal that verifies. */
async function end(): Promise<Outcome> {
  if (process.platform === 'linux') expect(peakResidentKib()).toBeLessThan(RESIDENT_KIB_MAX);
  started.child.kill('SIGTERM');
  const outcome = await started.ended;
  expect(outcome.status).toBe(143);
  expect(outcome.stderr).not.toContain('RECORDING STOPPED');
  const { status, stdout } = await workspace.egress(['verify']);
  expect(stdout).toContain('VERIFIED');
  expect(status).toBe(0);
  const lines = workspace.lines();
  expect(lines.join('')).not.toContain(SECRET);
  expect(lines.filter((line) => Buffer.byteLength(line) > LINE_BYTES_MAX + 1)).toEqual([]);
  return outcome;
}

/** How often each reason was counted. */
function lost(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason, count } of workspace.gaps()) counts[reason] = (counts[reason] ?? 0) + count;
  return counts;
}

test('a peer that does as it should is recorded, and is not a gap', async () => {
  await send(hello(), call(1, { host: 'api.example', port: 443, path: '/v1' }));
  await end();
  expect(workspace.calls('/v1')).toMatchObject([{ server: { address: 'api.example', port: 443 } }]);
  expect(lost()).toEqual({});
});

describe('refused', () => {
  test.each([
    ['with a wrong token', () => [hello({ token: '0'.repeat(32) })]],
    ['with an empty token', () => [hello({ token: '' })]],
    ['without a greeting', () => [call(1)]],
    ['with a greeting of another version', () => [{ ...hello(), v: 3 }]],
    ['with binary junk', () => [Buffer.from([0, 0xff, 0xfe, 0x0a, 0x80, 0x0a])]],
  ])('%s', async (_name, parts) => {
    const socket = await open();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await write(socket, ...parts(), call(2, { path: '/smuggled' }));
    await closed;
    await end();
    expect(workspace.calls('/smuggled')).toEqual([]);
    expect(lost()).toEqual({ peer_refused: 1 });
  });
});

describe('counted', () => {
  test('a line of 1 MiB; what comes after it is taken', async () => {
    await send(hello(), `${'x'.repeat(1 << 20)}\n`, call(1, { path: '/after' }));
    await end();
    expect(workspace.calls('/after')).toHaveLength(1);
    expect(lost()).toEqual({ frame_too_large: 1 });
  });

  test('a line that never ends', async () => {
    const socket = await open();
    await write(socket, hello());
    const piece = 'x'.repeat(1 << 20);
    for (let i = 0; i < 256; i += 1) await write(socket, piece);
    socket.destroy();
    await end();
    expect(lost()).toEqual({ frame_too_large: 1, peer_vanished: 1 });
  });

  test('lines that are no frames', async () => {
    const junk = ['null', '[]', '{}', '{"t":"x"}', '{"t":"end"}', '{"t":"end","id":-1}', '"', '', '\u0000', '[[[['];
    const deep = '['.repeat(30_000);
    await send(
      hello(),
      ...[...junk, deep].map((line) => `${line}\n`),
      hello(),
      Buffer.from('fffe0a', 'hex'),
      call(1, { path: '/after' }),
    );
    await end();
    expect(workspace.calls('/after')).toHaveLength(1);
    expect(lost()).toEqual({ frame_invalid: junk.length + 3 });
  });

  test('6 000 call sites of the largest size; each call still has its row', async () => {
    const frames = Array.from({ length: 30 }, (_, i) => [`/app/${'f'.repeat(1_000)}${i}.js`, 1, 1, 'name']);
    const socket = await open();
    await write(socket, hello());
    for (let n = 1; n <= 6_000; n += 1) {
      await write(socket, { t: 'site', n, frames: [[`/app/${n}.js`, n, 1, ''], ...frames] });
    }
    await write(socket, call(1, { site: 1, path: '/known' }), call(2, { site: 6_000, path: '/beyond' }));
    await finish(socket);
    await end();
    expect(workspace.calls('/known')).toMatchObject([{ egress: { site: 1 } }]);
    expect(workspace.calls('/beyond')).toHaveLength(1);
    expect(lost()).toEqual({ sites_full: 6_000 - 4_096 });
  });

  test('a peer that vanishes within a frame', async () => {
    const socket = await open();
    await write(socket, hello(), call(1, { path: '/whole' }), '{"t":"end","id":2');
    await delay(100);
    socket.destroy();
    await end();
    expect(workspace.calls('/whole')).toHaveLength(1);
    expect(lost()).toEqual({ peer_vanished: 1 });
  });

  test('a peer that outlives the run', async () => {
    const socket = await open();
    await write(socket, hello(), call(1, { path: '/alive' }), { t: 'flush' });
    await delay(100);
    await end();
    socket.destroy();
    expect(workspace.calls('/alive')).toHaveLength(1);
    expect(lost()).toEqual({ peer_outlived_run: 1 });
  });

  test('a flood of children that never join', async () => {
    const children = Array.from({ length: 20_000 }, (_, i) => ({ t: 'child', pid: 1e7 + i, file: `f${i}` }));
    await send(hello(), ...children);
    await end();
    expect(lost()).toEqual({ child_not_joined: 20_000 });
    // Not a flood of records.
    expect(workspace.gaps().length).toBeLessThanOrEqual(1_100);
  });
});

test('more connections than may stand are closed and counted; those that stand go on, and one that ends makes room', async () => {
  const first = await open();
  await write(first, hello(), call(1, { path: '/before' }));
  const crowd: Socket[] = [];
  for (let i = 0; i < PEERS_MAX + 50; i += 1) crowd.push((await open()).resume());
  await Promise.all(crowd.slice(-50).map(whenClosed));
  await write(first, call(2, { path: '/during' }));
  // The program under observation and the first peer were there before.
  expect(crowd.filter((socket) => socket.closed)).toHaveLength(52);
  await Promise.all(crowd.map((socket) => whenClosed(socket.destroy())));
  await finish(first);
  await send(hello(), call(1, { path: '/after' }));
  await end();
  for (const path of ['/before', '/during', '/after']) expect(workspace.calls(path)).toHaveLength(1);
  expect(lost()).toMatchObject({ too_many_peers: 52 });
});

describe('taken, but not believed', () => {
  test.each([0, 1, Number.MAX_SAFE_INTEGER])('a call at %i µs since 1970 is put at its arrival', async (at) => {
    await send(hello(), call(1, { at, path: '/lied' }));
    await end();
    const [row] = workspace.calls('/lied');
    expect(Math.abs(Date.parse(row?.time ?? '') - Date.now())).toBeLessThan(60_000);
  });

  test('gaps with times and reasons of its own making', async () => {
    await send(
      hello(),
      { t: 'gap', why: 'hook_error', count: 3, from: 9e15, to: 0 },
      { t: 'gap', why: 'peer_refused', count: 2, from: 0, to: 0 },
    );
    await end();
    expect(lost()).toEqual({ hook_error: 3, frame_invalid: 2 });
    for (const { from } of workspace.gaps()) {
      expect(Math.abs(Date.parse(from) - Date.now())).toBeLessThan(60_000);
    }
  });

  test('a gap that counts more than a number can hold', async () => {
    const gap = { t: 'gap', why: 'hook_queue_full', count: Number.MAX_SAFE_INTEGER, from: 0, to: 0 };
    await send(hello(), gap, gap, gap, call(1, { path: '/after' }));
    await end();
    expect(workspace.calls('/after')).toHaveLength(1);
    for (const { count } of workspace.gaps()) expect(Number.isSafeInteger(count)).toBe(true);
  });

  test('secrets in queries, headers, paths, codes and methods do not reach the file', async () => {
    await send(
      hello(),
      {
        t: 'headers',
        n: 1,
        request: [
          ['Authorization', `Bearer ${SECRET}`],
          ['X-Api-Key', SECRET],
        ],
        response: [['Set-Cookie', `s=${SECRET}`]],
      },
      call(1, { hdr: 1, path: `/pay?key=${SECRET}` }),
      call(2, { path: `/pay#${SECRET}` }),
      call(3, { path: `/pay;jsessionid=${SECRET}` }),
      call(4, { path: '/pay', err: `failed with ${SECRET}`, method: `GET ${SECRET}` }),
    );
    await end();
    expect(workspace.recordsOf('net')).toHaveLength(4);
    expect(workspace.recordsOf('headers')).toMatchObject([
      {
        headers: {
          request: [
            ['authorization', '***'],
            ['x-api-key', '***'],
          ],
        },
      },
    ]);
  });

  test('a header list of the largest size, in characters of four bytes', async () => {
    const wide = (length: number): string => '\u{1f511}'.repeat(length);
    const list = Array.from({ length: 60 }, (_, i) => [`${i}${wide(28)}`, wide(30)]);
    const safe = Array.from({ length: 120 }, () => ['content-type', wide(28)]);
    await send(
      hello(),
      { t: 'headers', n: 1, request: list, response: list },
      { t: 'headers', n: 2, request: safe, response: safe },
      call(1, { hdr: 1, path: '/one' }),
      call(2, { hdr: 2, path: '/two' }),
    );
    await end();
    expect(workspace.calls('/one')).toMatchObject([{ egress: { headers: 1 } }]);
    expect(workspace.calls('/two')).toMatchObject([{ egress: { headers: 2 } }]);
    expect(lost()).toEqual({});
  });

  test('texts of the largest size, with lone surrogates and control characters, in a row', async () => {
    for (const wild of ['\u0001'.repeat(600), '\ud800x'.repeat(600), '\u{1f511}'.repeat(350), '"\\'.repeat(600)]) {
      const texts = { host: wild, path: `/${wild}`, scheme: wild, proto: wild, q: wild, qt: wild, claimed: wild };
      await send(hello({ argv0: wild, executable: wild, node: wild }), call(1, texts));
    }
    await end();
    expect(workspace.recordsOf('net')).toHaveLength(4);
    expect(lost()).toEqual({});
  });
});

test('50 000 calls in one go: each is a row or is counted', async () => {
  const socket = await open();
  await write(socket, hello());
  for (let batch = 0; batch < 50; batch += 1) {
    let text = '';
    for (let i = 1; i <= 1_000; i += 1) text += `${JSON.stringify(call(batch * 1_000 + i, { host: 'h.example' }))}\n`;
    await write(socket, text);
  }
  await finish(socket);
  await end();
  const total = Object.values(lost()).reduce((sum, count) => sum + count, 0);
  expect(workspace.recordsOf('net').length + total).toBe(50_000);
});
