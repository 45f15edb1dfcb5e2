/** A row is text that no serialiser made: it has to be what JSON.stringify would write, whatever the program said. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeFrame } from '../../src/event/decode-frame.js';
import { CHANNELS, DIRECTIONS, type CallFrame } from '../../src/event/frame.js';
import { FrameDecoder, shapeOf } from '../../src/event/frame-decoder.js';
import { encodeLine } from '../../src/journal/lines/line.js';
import { LineGrammar } from '../../src/journal/lines/line-grammar.js';
import { NO_HASH } from '../../src/journal/tree/tree-hasher.js';
import { netEndRow, netRow, type CallContext } from '../../src/recorder/rows/net-row.js';

const text = fc.oneof(
  { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 3 },
  // As JSON.parse gives them: lone surrogates too.
  { arbitrary: fc.array(fc.nat(0xffff), { maxLength: 30 }).map((units) => String.fromCharCode(...units)), weight: 2 },
  fc.constantFrom('"', '\\', '"},"x":{"', '\u0000', '\u007f', '\u2028', '\ud800', 'a"b', '…', '\n', '__proto__'),
  fc.constantFrom('x', '"', '\u{1f511}', '\u0001').map((unit) => unit.repeat(1_100)),
);
const count = fc.oneof(fc.maxSafeInteger().map(Math.abs), fc.nat(70_000), fc.constant(-0));
const port = fc.nat(65_535);
const duration = fc.nat(2 ** 42);

const frames: fc.Arbitrary<CallFrame> = fc
  .record(
    {
      t: fc.constant('end' as const),
      id: count,
      at: fc.nat(4e15),
      dir: fc.constantFrom(...DIRECTIONS),
      ch: fc.constantFrom(...CHANNELS),
      ...{ proto: text, host: text, scheme: text, method: fc.oneof(text, fc.constant('GET')), path: text },
      ...{ err: fc.oneof(text, fc.constant('EPIPE')), q: text, qt: text, claimed: text },
      ...{ dur: duration, port, pport: port, lport: port, status: count, sent: count, received: count },
      ip: fc.oneof(fc.ipV4(), fc.ipV6()),
      phases: fc.tuple(...Array.from({ length: 4 }, () => fc.oneof(count, fc.constant(-1)))),
      outcome: fc.constantFrom('success', 'failure', 'unknown'),
      reused: fc.constant(true as const),
    },
    { requiredKeys: ['t', 'id', 'at', 'dir', 'ch'] },
  )
  // By the only way in, so that nothing comes here that could not come from a program.
  .map((fields) => decodeFrame(JSON.stringify(fields)) as CallFrame)
  .filter((frame) => (frame as CallFrame | undefined) !== undefined);

const contexts: fc.Arbitrary<CallContext> = fc.record({
  at: fc.nat(4e15),
  proc: fc.nat(),
  site: fc.option(fc.nat(), { nil: undefined }),
  headers: fc.option(fc.nat(), { nil: undefined }),
  packageName: fc.option(text, { nil: undefined }),
  fingerprint: fc.option(fc.base64String({ maxLength: 22 }), { nil: undefined }),
  open: fc.boolean(),
  strict: fc.boolean(),
  observer: fc.constantFrom('hooks', 'both'),
  reason: fc.constantFrom(undefined, 'no_connection', 'lookup'),
});

const grammar = new LineGrammar();
const buffer = Buffer.alloc(1 << 20);

function expectLine(json: string): void {
  expect(JSON.stringify(JSON.parse(json))).toBe(json);
  const end = encodeLine(buffer, 1, 7, NO_HASH, json);
  expect(end).toBeGreaterThan(0);
  expect(grammar.check(buffer, 1, end), `${grammar.fault}: ${json}`).toBe(true);
}

it('writes for any call what JSON.stringify would, and what a verifier accepts', () => {
  fc.assert(
    fc.property(frames, contexts, fc.nat(), (frame, context, seq) => {
      expectLine(netRow(frame, context));
      expectLine(netEndRow(frame, seq, frame.at));
    }),
    { numRuns: 3_000 },
  );
});

const decoder = new FrameDecoder();

/** As the hooks order the members, so that the decoder remembers what calls share. */
function shaped(call: CallFrame): CallFrame | undefined {
  const { t, id, at, dur, sent, received, pport, lport, phases, body, dir, ...rest } = call;
  const own = { t, id, at, dur, sent, received, pport, lport, phases, body };
  const bytes = Buffer.from(JSON.stringify({ ...own, dir, ...rest }));
  const frame = decoder.decode(bytes, 0, bytes.length);
  return frame?.t === 'end' && shapeOf(frame) !== undefined ? frame : undefined;
}

it('writes the same for a frame whose shape is known, each time and whatever the settings', () => {
  let known = 0;
  fc.assert(
    fc.property(frames, contexts, fc.boolean(), (frame, context, strict) => {
      const same = shaped(frame);
      if (same === undefined) return;
      known += 1;
      expect(netRow(same, context)).toBe(netRow(frame, context));
      expect(netRow(same, { ...context, strict })).toBe(netRow(frame, { ...context, strict }));
      expect(netEndRow(same, 3, frame.at)).toBe(netEndRow(frame, 3, frame.at));
    }),
    { numRuns: 500 },
  );
  expect(known).toBeGreaterThan(100);
});
