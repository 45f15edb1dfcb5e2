/** Frames come out the same however the stream is cut, and nobody without the token gets one in. */
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { FRAME_BYTES_MAX } from '../../../src/core/limits.js';
import { Peer } from '../../../src/recorder/channel/peer.js';

const TOKEN = 'ab'.repeat(16);
const hello = (token: string): string =>
  JSON.stringify({
    ...{ t: 'hello', v: 2, token, pid: 1, ppid: 1, thread: 0, node: '20', executable: '/n', argv0: 'n', cwd: '/é' },
  });

/** Sends the pieces to a peer over a stream in memory. @returns what its handlers were told, in order */
async function receive(pieces: Iterable<Uint8Array>): Promise<string[]> {
  const told: string[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const ended = new Promise<void>((resolve) => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- a peer needs the stream of a socket only
    new Peer(stream as Socket, undefined, TOKEN, {
      onHello: (_peer, { cwd }) => told.push(`hello ${cwd}`),
      onFrame: (_peer, frame) => told.push(frame.t),
      onLoss: (_peer, reason) => told.push(reason),
      onEnd: (peer) => {
        told.push(peer.handedOver ? 'end' : 'vanished');
        resolve();
      },
    });
  });
  for (const piece of pieces) stream.push(piece);
  stream.push(null);
  await ended;
  return told;
}

const gap = '{"t":"gap","why":"hook_error","count":1,"from":1,"to":1}';
const shape = '{"t":"shape","n":5,"dir":"egress","ch":"http"}';
// No parts but the fixed ones; of an undeclared shape; one character short, and one long.
const call = `!005${'0'.repeat(21)}`;
const lines = [
  hello(TOKEN),
  gap,
  call,
  shape,
  call,
  'junk',
  call.replace('5', '6'),
  call.slice(1),
  call.slice(0, -1),
  `${call}0`,
];
const stream = Buffer.from(`${[...lines, call, 'x'.repeat(FRAME_BYTES_MAX + 1), gap, '{"t":"flush"}'].join('\n')}\n`);
const invalid = Array.from({ length: 5 }, () => 'frame_invalid');
const expected = ['hello /é', 'gap', 'frame_invalid', 'end', ...invalid, 'end', 'frame_too_large', 'gap', 'end'];

test.each([1, 2, 3, 1_000, 65_536])('in pieces of %i bytes', async (size) => {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += size) pieces.push(stream.subarray(at, at + size));
  expect(await receive(pieces)).toEqual(expected);
});

test('a peer that ends within a frame, or after one that was not followed by a flush, has vanished', async () => {
  expect(await receive([stream.subarray(0, -1)])).toEqual([...expected.slice(0, -1), 'vanished']);
  expect(await receive([Buffer.from(`${hello(TOKEN)}\n{"t":"flush"}\n${gap}\n`)])).toEqual([
    'hello /é',
    'gap',
    'vanished',
  ]);
});

test.each([TOKEN.slice(1), `${TOKEN}a`, TOKEN.toUpperCase(), ''])(
  'token %j is refused, and so is all that follows',
  async (token) => {
    expect(await receive([Buffer.from(`${hello(token)}\n${hello(TOKEN)}\n${gap}\n`)])).toEqual([
      'peer_refused',
      'vanished',
    ]);
  },
);
