/** What a hostile thread can do with frames of bodies: nothing is mixed up, everything has a bound, losses are counted. */
import { beforeEach, expect, test } from 'vitest';
import fc from 'fast-check';
import { BODY_ENDS, type BodyFrame } from '../../../src/event/frame.js';
import { BodyBudget } from '../../../src/recorder/bodies/body-budget.js';
import { PeerBodies, type FinishedBody } from '../../../src/recorder/bodies/peer-bodies.js';

let finished: FinishedBody[];
let lost: number;
let budget: BodyBudget;
let bodies: PeerBodies;

function open(heldBytesMax = 1_000, bytesMax = 100): void {
  finished = [];
  lost = 0;
  budget = new BodyBudget(heldBytesMax);
  bodies = new PeerBodies({
    budget,
    bytesMax: () => bytesMax,
    onFinished: (body) => {
      finished.push(body);
      budget.give(body.bytes.length);
    },
    onLost: (count) => (lost += count),
  });
}
beforeEach(() => {
  open();
});

const piece = (n: number, at: number, text: string, end?: BodyFrame['end']): BodyFrame => ({
  ...{ t: 'body', n, at, data: Buffer.from(text).toString('base64') },
  ...(end === undefined ? {} : { end }),
});
const row = (net: number): { net: number; part: 'request' } => ({ net, part: 'request' });
const texts = (): unknown[] =>
  finished.map(({ net, bytes, truncated }) => [net, Buffer.from(bytes).toString(), truncated]);

test('pieces and row come in any order', () => {
  bodies.take(piece(1, 0, 'one '), 0);
  bodies.take(piece(2, 0, 'other', 'whole'), 0);
  bodies.link(2, row(20), 0);
  bodies.link(1, row(10), 0);
  expect(texts()).toEqual([[20, 'other', false]]);
  bodies.take(piece(1, 4, 'two', 'whole'), 0);
  bodies.link(3, row(30), 0);
  bodies.take(piece(3, 0, 'late', 'whole'), 0);
  expect(texts().slice(1)).toEqual([
    [10, 'one two', false],
    [30, 'late', false],
  ]);
  expect([lost, budget.held, bodies.isEmpty]).toEqual([0, 0, true]);
});

test('a hole, a missing beginning, and an end without the rest show', () => {
  bodies.take(piece(1, 0, 'ab'), 0);
  bodies.take(piece(1, 3, 'd', 'whole'), 0);
  bodies.link(1, row(10), 0);
  bodies.take(piece(2, 5, 'x', 'whole'), 0);
  bodies.link(2, row(20), 0);
  bodies.take(piece(3, 0, 'half'), 0);
  bodies.link(3, row(30), 0);
  bodies.closeAll(true);
  expect(texts()).toEqual([
    [10, 'ab', true],
    [30, 'half', true],
  ]);
  expect([lost, budget.held]).toEqual([2, 0]);
});

test('of a call that was open, its end tells what was spoken; no other call gets the body', () => {
  bodies.take(piece(1, 0, 'frames'), 0);
  bodies.link(1, row(10), 0);
  bodies.link(1, { ...row(10), protocol: 'websocket' }, 0);
  bodies.link(1, row(20), 0);
  bodies.take(piece(1, 6, '', 'whole'), 0);
  expect(finished).toMatchObject([{ net: 10, part: 'request', protocol: 'websocket' }]);
});

test('no more is kept of a body than was ordered, and none of what nobody wants or no call has', () => {
  bodies.take(piece(1, 0, 'x'.repeat(150)), 0);
  bodies.take(piece(1, 150, 'y', 'whole'), 0);
  bodies.link(1, row(10), 0);
  expect(finished[0]).toMatchObject({ net: 10, truncated: true });
  expect(finished[0]?.bytes.length).toBe(100);
  bodies.take(piece(2, 0, 'unwanted'), 0);
  bodies.link(2, undefined, 0);
  bodies.take(piece(2, 8, ' more', 'whole'), 0);
  bodies.take(piece(3, 0, 'mocked'), 0);
  bodies.take({ t: 'body', n: 3, at: 6, end: 'dropped' }, 0);
  expect([finished.length, lost, budget.held, bodies.isEmpty]).toEqual([1, 0, 0, true]);
});

test('what all threads hold together is bounded, and what was held is given back', () => {
  open(120);
  bodies.take(piece(1, 0, 'a'.repeat(90)), 0);
  bodies.take(piece(2, 0, 'b'.repeat(40), 'whole'), 0);
  bodies.link(2, row(20), 0);
  expect([lost, finished.length, budget.held]).toEqual([1, 0, 90]);
  bodies.take(piece(1, 90, '', 'whole'), 0);
  bodies.sweep(59_000);
  expect(budget.held).toBe(90);
  bodies.sweep(61_000);
  expect([lost, budget.held, bodies.isEmpty]).toEqual([2, 0, true]);
});

test('a thread cannot begin bodies without end', () => {
  for (let n = 1; n <= 5_000; n += 1) bodies.take(piece(n, 0, ''), 0);
  expect(lost).toBe(5_000 - 4_096);
  bodies.closeAll(true);
  bodies.sweep(Infinity);
  expect(bodies.isEmpty).toBe(true);
});

test('whatever frames come, no byte is held for ever, and none is told twice', () => {
  const frame = fc.record({
    t: fc.constant('body' as const),
    n: fc.nat(3),
    at: fc.nat(6),
    data: fc.option(fc.base64String({ maxLength: 8 }), { nil: undefined }),
    end: fc.option(fc.constantFrom(...BODY_ENDS), { nil: undefined }),
  });
  const link = fc.record({ n: fc.nat(3), net: fc.option(fc.nat(9), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(fc.oneof(frame, link), { maxLength: 40 }), (steps) => {
      open(20, 5);
      for (const step of steps) {
        if ('t' in step) bodies.take(step as BodyFrame, 0);
        else bodies.link(step.n, step.net === undefined ? undefined : row(step.net), 0);
        expect(budget.held).toBeLessThanOrEqual(20);
        expect(budget.held).toBeGreaterThanOrEqual(0);
      }
      for (const { bytes } of finished) expect(bytes.length).toBeLessThanOrEqual(5);
      bodies.closeAll(true);
      bodies.sweep(Infinity);
      expect([budget.held, bodies.isEmpty]).toEqual([0, true]);
    }),
  );
});
