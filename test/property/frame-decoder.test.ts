/** A compact line says what the frame as JSON says, and no other bytes pass for one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SHAPE_BYTES_MAX } from '../../src/core/limits.js';
import { COMPACT_CHARS_MAX, compactEnd, idInText, isCompact, writeCompact } from '../../src/event/compact-call.js';
import type { OwnMembers } from '../../src/event/compact-call.js';
import { decodeFrame } from '../../src/event/decode-frame.js';
import { FrameDecoder, shapeOf } from '../../src/event/frame-decoder.js';
import type { CallFrame, Frame } from '../../src/event/frame.js';
import { plainFrame } from '../fixtures/plain-frame.js';

const plain = (frame: Frame | undefined): Frame | undefined => (frame === undefined ? undefined : plainFrame(frame));

function decode(decoder: FrameDecoder, line: string | Uint8Array): Frame | undefined {
  const bytes = Buffer.concat([Buffer.from('before\n'), Buffer.from(line), Buffer.from('\nafter')]);
  return decoder.decode(bytes, 7, bytes.length - 6);
}

function compact(shape: number, own: OwnMembers): Uint8Array {
  const bytes = new Uint8Array(COMPACT_CHARS_MAX + 3);
  const end = writeCompact(bytes, 2, shape, own);
  expect(end).toBeLessThanOrEqual(2 + COMPACT_CHARS_MAX);
  return bytes.slice(2, end);
}

const MEMBERS = { dir: 'egress', ch: 'https', host: 'é.example', port: 443, path: '/a b', status: 200, reused: true };
const declare = (n: number, members: object = MEMBERS): string => JSON.stringify({ t: 'shape', n, ...members });

const NUMBER_MAX = 2 ** 36 - 1;
const number = fc.oneof(
  fc.nat(2_000),
  fc.integer({ min: 0, max: NUMBER_MAX }),
  fc.constantFrom(0, 63, 64, 2 ** 18 - 1, 2 ** 18, NUMBER_MAX),
);
const known = fc.option(number, { nil: undefined });
const port = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 65_535 }));
const phase = fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: NUMBER_MAX - 1 }));
const own = fc.record({
  id: number,
  at: fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER)),
  dur: number,
  sent: known,
  received: known,
  pport: port,
  lport: port,
  phases: fc.option(fc.tuple(phase, phase, phase, phase), { nil: undefined }),
  body: fc.option(
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => Buffer.from(hash).toString('hex')),
    { nil: undefined },
  ),
  req: number,
  res: number,
});
const shapeNumber = fc.nat(4_095);

test('it is the frame', () => {
  fc.assert(
    fc.property(shapeNumber, own, (n, members) => {
      expect(isCompact(members)).toBe(true);
      const decoder = new FrameDecoder();
      expect(decode(decoder, declare(n))).toMatchObject({ t: 'shape', n });
      const line = compact(n, members);
      const ports = { pport: members.pport || undefined, lport: members.lport || undefined };
      const bodies = { req: members.req || undefined, res: members.res || undefined };
      const json = JSON.stringify({ t: 'end', ...members, ...ports, ...bodies, ...MEMBERS });
      expect(plain(decode(decoder, line))).toEqual(plain(decodeFrame(json)));
      expect(Buffer.from(line).toString('latin1')).toMatch(/^![0-o]+$/);
      expect(idInText(`x\n${Buffer.from(line).toString('latin1')}`, 2)).toBe(members.id);
    }),
    { numRuns: 2_000 },
  );
});

test('a number too large for its place is not written', () => {
  const fits: OwnMembers = {
    id: 1,
    at: 1,
    dur: 1,
    sent: 1,
    received: 1,
    pport: 1,
    lport: 1,
    phases: [1, 1, 1, 1],
    body: undefined,
    req: 1,
    res: 1,
  };
  for (const name of ['id', 'dur', 'sent', 'received', 'req', 'res'] as const) {
    for (const value of [NUMBER_MAX + 1, -1, NaN]) expect(isCompact({ ...fits, [name]: value }), name).toBe(false);
  }
  for (const at of [2 ** 53, -1, NaN]) expect(isCompact({ ...fits, at })).toBe(false);
  for (let i = 0; i < 4; i += 1) {
    const phases = [1, 1, 1, 1].map((value, j) => (i === j ? NUMBER_MAX : value)) as [number, number, number, number];
    expect(isCompact({ ...fits, phases })).toBe(false);
  }
});

test('with bytes changed, it is the frame of what it says now, or none', () => {
  const decoder = new FrameDecoder();
  for (let n = 0; n < 4_096; n += 1) decode(decoder, declare(n));
  fc.assert(
    fc.property(own, fc.nat(), fc.uint8Array({ maxLength: 3 }), (members, where, change) => {
      const line = compact(7, members);
      const at = where % line.length;
      const changed = Buffer.concat([line.slice(0, at), change, line.slice(at + 1)]).filter((byte) => byte !== 0x0a);
      const frame = decode(decoder, changed) as CallFrame | undefined;
      if (frame === undefined) return;
      // Whatever is taken is what the hooks would write for it.
      const shape = (Number(changed[2]) - 48) * 64 + Number(changed[3]) - 48;
      const { id, at: time, dur = 0, sent, received, pport = 0, lport = 0, phases, body, req = 0, res = 0 } = frame;
      const again = compact(shape, { id, at: time, dur, sent, received, pport, lport, phases, body, req, res });
      const flags = Number(changed[1]) - 48;
      // Only a part that says nothing may stand there for nothing.
      if ((pport > 0 || lport > 0) === ((flags & 4) !== 0) && (req > 0 || res > 0) === ((flags & 32) !== 0)) {
        expect(Buffer.from(again)).toEqual(Buffer.from(changed));
      }
    }),
    { numRuns: 5_000 },
  );
});

test('a line that is cut short has no end', () => {
  fc.assert(
    fc.property(own, fc.nat(), (members, where) => {
      const line = compact(7, members);
      expect(compactEnd(line.slice(0, where % (line.length + 1)), 0)).toBe(-1);
      expect(compactEnd(Uint8Array.of(...line, 0x0a), 0)).toBe(line.length);
    }),
  );
});

test('shapes belong to their connection, can be replaced, and are the frame of nothing else', () => {
  const decoder = new FrameDecoder();
  const members: OwnMembers = {
    id: 1,
    at: 2,
    dur: 3,
    sent: undefined,
    received: undefined,
    pport: 0,
    lport: 0,
    phases: undefined,
    body: undefined,
    req: 0,
    res: 0,
  };
  const line = compact(5, members);
  expect(decode(decoder, line)).toBeUndefined();
  decode(decoder, declare(5));
  const first = shapeOf(decode(decoder, line) as CallFrame);
  expect(first).toBeDefined();
  expect(shapeOf(decode(decoder, compact(5, { ...members, id: 9, sent: 900 })) as CallFrame)).toBe(first);
  expect(decode(new FrameDecoder(), line)).toBeUndefined();
  decode(decoder, declare(5, { ...MEMBERS, path: '/q' }));
  expect(decode(decoder, line)).toMatchObject({ path: '/q' });
  expect(shapeOf(decode(decoder, line) as CallFrame)).not.toBe(first);
  // What is refused leaves the one that was there.
  for (const text of [
    declare(4_096),
    declare(-1),
    declare(5, { ...MEMBERS, at: 1 }),
    declare(5, { ...MEMBERS, host: 7 }),
    declare(5, { ...MEMBERS, path: 'x'.repeat(SHAPE_BYTES_MAX) }),
    declare(5, { ch: 'https' }),
  ]) {
    expect(decode(decoder, text), text).toBeUndefined();
    expect(decode(decoder, line)).toMatchObject({ path: '/q' });
  }
  // A program cannot name the shape of a frame that it writes out.
  expect(
    shapeOf(decodeFrame(JSON.stringify({ t: 'end', id: 1, at: 1, ...MEMBERS, shape: MEMBERS })) as CallFrame),
  ).toBeUndefined();
});
