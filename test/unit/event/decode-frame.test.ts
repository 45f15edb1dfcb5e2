import { describe, expect, test } from 'vitest';
import { FRAME_BYTES_MAX } from '../../../src/core/limits.js';
import { decodeFrame } from '../../../src/event/decode-frame.js';

const END = {
  ...{ t: 'end', id: 1, dir: 'egress', ch: 'https', at: 1, dur: 1, proto: 'h2', host: 'h', port: 443, ip: '::1' },
  ...{ pport: 1, lport: 1, scheme: 'https', method: 'GET', path: '/', status: 200, sent: 1, received: 1 },
  ...{ phases: [1, -1, 0, 2], hdr: 1, site: 1, outcome: 'success', err: 'E', reused: true, body: 'a'.repeat(64) },
  ...{ q: 'h', qt: 'A', claimed: '127.0.0.1', req: 1, res: 2 },
};
const HELLO = {
  ...{ t: 'hello', v: 2, token: 't', pid: 1, ppid: 1, thread: 0, node: '20', executable: '/n', argv0: 'n', cwd: '/' },
  disabled: [['http', 'code']],
};
const FRAMES: Readonly<Record<string, object>> = {
  end: END,
  begin: { ...END, t: 'begin' },
  hello: HELLO,
  site: { t: 'site', n: 1, frames: [['/a.js', 1, 2, 'f']] },
  headers: { t: 'headers', n: 1, request: [['a', 'b']], response: [] },
  gap: { t: 'gap', why: 'hook_error', count: 1, from: 1, to: 2 },
  child: { t: 'child', pid: 1, file: 'sh', why: 'permission_model' },
  body: { t: 'body', n: 1, at: 0, data: 'AP8B', end: 'whole' },
  flush: { t: 'flush' },
  ack: { t: 'ack' },
  shape: { t: 'shape', n: 7, dir: 'ingress', ch: 'http', method: 'GET', path: '/a', status: 200, reused: true },
};
/** No member of a frame takes any of these. */
const WRONG = [null, false, {}, [1], -2, 1.5, 1e16, [['x']], [[1, 2]]];

describe.each(Object.entries(FRAMES))('%s', (_name, frame) => {
  test('comes back as it was sent', () => {
    expect(decodeFrame(JSON.stringify(frame))).toEqual(frame);
  });

  const members = Object.keys(frame).filter((name) => name !== 't');
  test.each(members)('is refused with a wrong %s', (name) => {
    for (const wrong of WRONG) expect(decodeFrame(JSON.stringify({ ...frame, [name]: wrong }))).toBeUndefined();
  });
});

test.each([
  ['a port beyond 65535', { ...END, port: 65_536 }],
  ['a channel that is none', { ...END, ch: 'carrier-pigeon' }],
  ['an address with a space', { ...END, ip: '127.0.0.1 x' }],
  ['a body hash that is cut', { ...END, body: 'abc' }],
  ['three phases', { ...END, phases: [1, 2, 3] }],
  ['an outcome that is none', { ...END, outcome: 'perhaps' }],
  ['no id', { ...END, id: undefined }],
  ['another version', { ...HELLO, v: 3 }],
  ['33 disabled channels', { ...HELLO, disabled: Array.from({ length: 33 }, () => ['a', 'b']) }],
  ['51 stack frames', { t: 'site', n: 1, frames: Array.from({ length: 51 }, () => ['/a', 1, 1, '']) }],
  ['a long file', { t: 'site', n: 1, frames: [['/'.repeat(1_025), 1, 1, '']] }],
  ['257 headers', { t: 'headers', n: 1, request: Array.from({ length: 257 }, () => ['a', 'b']), response: [] }],
  ['an unknown kind', { t: 'end ' }],
])('refuses %s', (_name, frame) => {
  expect(decodeFrame(JSON.stringify(frame))).toBeUndefined();
});

test('refuses a frame that is too long, however it is made up', () => {
  const frame = JSON.stringify({ t: 'ack', pad: 'x'.repeat(FRAME_BYTES_MAX) });
  expect(decodeFrame(frame)).toBeUndefined();
  expect(decodeFrame(`{"t":"ack"}${' '.repeat(FRAME_BYTES_MAX)}`)).toBeUndefined();
});

test.each(['AP8', 'AP8=B', 'AP8B ', 'A===', '====', 'ÄP8B', 'A'.repeat(32_004)])('%s is no data of a body', (data) => {
  expect(decodeFrame(JSON.stringify({ t: 'body', n: 1, at: 0, data }))).toBeUndefined();
});
