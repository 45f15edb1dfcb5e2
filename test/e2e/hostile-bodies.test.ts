/** A program whose bodies are captured, and that hands over what it likes: what comes of it is bounded, sealed, and its own. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BodyFrame } from '../../src/event/frame.js';
import { call, finish, hello, open, write } from '../fixtures/hook-peer.js';
import { OfficerWorkspace, why } from '../fixtures/officer-workspace.js';
import type { Started } from '../fixtures/recorded-run.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';

const PRINT = 'console.log(JSON.stringify(process.env)); setInterval(() => undefined, 1000)';
/** Above what the recorder takes of itself (about 90 MB), and below that with what is sent. */
const RESIDENT_KIB_MAX = 220 * 1024;
const MIB = 1024 * 1024;

let workspace: OfficerWorkspace;
let started: Started;
let socketPath = '';
let token = '';

beforeAll(async () => {
  workspace = await OfficerWorkspace.open();
  started = workspace.start(['run', '--kernel=off', '--wait', '0', '--', process.execPath, '-e', PRINT]);
  const env = JSON.parse(await started.said('\n')) as Record<'EGRESS_SOCKET' | 'EGRESS_TOKEN', string>;
  [socketPath, token] = [env.EGRESS_SOCKET, env.EGRESS_TOKEN];
});
afterAll(async () => {
  started.child.kill('SIGTERM');
  await started.ended;
  workspace.remove();
});

/** In as many frames as it takes. */
function bodyFrames(n: number, bytes: Uint8Array): BodyFrame[] {
  const frames: BodyFrame[] = [];
  for (let at = 0; at < bytes.length; at += 24_000) {
    frames.push({ t: 'body', n, at, data: Buffer.from(bytes.subarray(at, at + 24_000)).toString('base64') });
  }
  return [...frames, { t: 'body', n, at: bytes.length, end: 'whole' }];
}

async function send(...frames: readonly (object | string)[]): Promise<void> {
  const socket = await open(socketPath);
  await write(socket, hello(token), ...frames);
  await finish(socket);
}

/** Those of the calls with this path, once there are so many. */
async function stored(urlPath: string, count: number): Promise<{ seq: number; bytes: number; truncated: boolean }[]> {
  const until = Date.now() + 10_000;
  for (;;) {
    const nets = new Set(
      workspace.records().flatMap((one) => (one.kind === 'net' && one.url?.path === urlPath ? one.seq : [])),
    );
    const bodies = workspace.recordsOf('body.stored').filter(({ body }) => nets.has(body.net));
    if (bodies.length >= count || Date.now() > until) {
      return bodies.map(({ seq, body: { bytes, truncated } }) => ({ seq, bytes, truncated }));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const read = async (seq: number | undefined): Promise<string> =>
  (await workspace.officer(['forensics', 'read', String(seq), ...why])).stdout;

test('records that are sent as frames are no records', async () => {
  const inner = '0'.repeat(64);
  const forged = { kind: 'body.stored', body: { net: 1, part: 'request', segment: 1, inner, outer: inner } };
  const disguised = { t: 'body', n: 1, at: 0, end: 'whole', ...forged };
  await send(forged, { t: 'body.stored', ...forged.body }, disguised, { t: 'forensics.expired', enabled: 10 });
  expect(workspace.recordsOf('body.stored')).toEqual([]);
  expect(workspace.recordsOf('forensics.expired')).toEqual([]);
});

test('a body belongs to the call that named it first, and to a call of the same thread', async () => {
  await send(
    ...bodyFrames(1, Buffer.from('mine')),
    call(1, { path: '/first', req: 1 }),
    call(2, { path: '/second', req: 1, res: 1 }),
  );
  // Another thread names the number of a body that is not its own.
  await send(call(1, { path: '/third', req: 1, res: 999 }));
  const [body, ...more] = await stored('/first', 1);
  expect(more).toEqual([]);
  expect(await read(body?.seq)).toBe('mine');
  expect([await stored('/second', 0), await stored('/third', 0)]).toEqual([[], []]);
});

test('paths and hosts name calls, and never files', async () => {
  const wild = '../../../../tmp/x\u001b]0;owned\u0007';
  await send(...bodyFrames(1, Buffer.from('kept')), call(1, { path: `/${wild}`, host: wild, req: 1 }));
  await expect.poll(() => workspace.lines().join('').includes('owned')).toBe(true);
  const folders = readdirSync(path.join(workspace.journal, 'bodies'), { recursive: true, encoding: 'utf8' });
  for (const name of folders) expect(name).toMatch(/^\d{8}(\/([0-9a-f]{64}|age1[0-9a-z]{58}\.key))?$/);
  const { stdout } = await workspace.egress(['log']);
  expect([stdout.includes('owned'), stdout.includes('\u001b')]).toEqual([true, false]);
});

test('a bomb is stored as small as it came, and goes off nowhere', async () => {
  // 80 MiB of nothing in 80 kB, as one compressed message of a WebSocket.
  const bomb = deflateRawSync(Buffer.alloc(80 * MIB));
  const head = Buffer.from([0xc2, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeBigUInt64BE(BigInt(bomb.length), 2);
  const bytes = Buffer.concat([head, bomb]);
  await send(...bodyFrames(1, bytes), call(1, { ch: 'ws', path: '/bomb', status: 101, res: 1 }));
  const [body] = await stored('/bomb', 1);
  expect(body?.bytes).toBe(bytes.length);
  const line = JSON.parse(await read(body?.seq)) as Record<string, string>;
  expect(line).toMatchObject({ at: 0, from: 'server', type: 'rest', why: 'inflates_beyond_bound' });
  expect(Buffer.from(line['base64'] ?? '', 'base64').equals(bytes)).toBe(true);
}, 30_000);

test('a hundred MiB and more are cut, and the recorder stays small', async () => {
  const frames = bodyFrames(1, Buffer.alloc(20 * MIB, 'x'));
  const huge = (n: number): object[] => [
    ...frames.map((frame) => ({ ...frame, n })),
    call(n, { path: '/huge', req: n }),
  ];
  await send(...[1, 2, 3, 4, 5, 6].flatMap(huge));
  const cut = { bytes: MIB, truncated: true };
  expect(await stored('/huge', 6)).toMatchObject([cut, cut, cut, cut, cut, cut]);
  const status = readFileSync(`/proc/${started.child.pid ?? 0}/status`, 'utf8');
  expect(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1])).toBeLessThan(RESIDENT_KIB_MAX);
}, 30_000);

test('what is left verifies, with every body that has a record', async () => {
  started.child.kill('SIGTERM');
  await started.ended;
  const lost = workspace.gaps().map(({ reason }) => reason);
  expect(lost).toContain('frame_invalid');
  const { findings } = await verifyByBoth(workspace.journal, { key: workspace.key });
  expect(findings).toEqual([]);
}, 30_000);
