/** A row is text that no serialiser made: it has to be what JSON.stringify would write, whatever the program said. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { COMPACT_CHARS_MAX, writeCompact } from '../../src/event/compact-call.js';
import { decodeFrame } from '../../src/event/decode-frame.js';
import { CHANNELS, DIRECTIONS, type CallFrame } from '../../src/event/frame.js';
import { FrameDecoder, shapeOf } from '../../src/event/frame-decoder.js';
import type { RecordText } from '../../src/journal/lines/line-batch.js';
import { encodeLine } from '../../src/journal/lines/line.js';
import { LineGrammar } from '../../src/journal/lines/line-grammar.js';
import { HASH_BYTES } from '../../src/journal/tree/tree-hasher.js';
import { netEndRow, netRow, type CallContext } from '../../src/recorder/rows/net-row.js';

const PREV = new Uint8Array(HASH_BYTES);

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
      ...{
        proto: text,
        host: text,
        scheme: text,
        method: fc.oneof(text, fc.constant('GET')),
        path: fc.oneof(text, fc.constant('/carts/4711')),
      },
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
  program: fc.option(text, { nil: undefined }),
  fingerprint: fc.option(fc.base64String({ maxLength: 22 }), { nil: undefined, freq: 1 }),
  open: fc.boolean(),
  strict: fc.boolean(),
  observer: fc.constantFrom('hooks', 'both'),
  reason: fc.constantFrom(undefined, 'no_connection', 'lookup'),
});

const grammar = new LineGrammar();
const buffer = Buffer.alloc(1 << 20);

/** The line that a row becomes; empty if it cannot be one. */
function lineOf(row: RecordText): string {
  const end =
    typeof row === 'string' ? encodeLine(buffer, 1, 7, PREV, row) : row.form.encode(buffer, 1, 7, PREV, row.numbers);
  return end < 0 ? '' : buffer.toString('utf8', 1, end);
}

function expectLine(row: RecordText): void {
  const line = lineOf(row);
  expect(JSON.stringify(JSON.parse(line))).toBe(line);
  expect(grammar.check(buffer, 1, 1 + Buffer.byteLength(line)), `${grammar.fault}: ${line}`).toBe(true);
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
const line = Buffer.alloc(COMPACT_CHARS_MAX + 1);
let declared = '';

const short = (value: number | undefined): number | undefined => (value === undefined ? undefined : value % 2 ** 36);

/** The frame with numbers for which a compact line has room, and the same as it comes from one, if its shape can be declared. */
function compacted(frame: CallFrame): { readonly plain: CallFrame; readonly same: CallFrame } | undefined {
  const { t, id, at, dur = 0, sent, received, pport, lport, phases, body, ...shape } = frame;
  const ports = { pport: pport === 0 ? undefined : pport, lport: lport === 0 ? undefined : lport };
  const waits = phases?.map((value) => (value < 0 ? value : value % 1e9)) as unknown as CallFrame['phases'];
  const numbers = {
    id: id % 2 ** 36,
    at,
    dur: dur % 2 ** 36,
    sent: short(sent),
    received: short(received),
    phases: waits,
  };
  const text = JSON.stringify({ t: 'shape', n: 4_095, ...shape });
  if (text !== declared) {
    const bytes = Buffer.from(text);
    if (decoder.decode(bytes, 0, bytes.length) === undefined) return undefined;
    declared = text;
  }
  const own = { ...numbers, pport: ports.pport ?? 0, lport: ports.lport ?? 0, body, req: 0, res: 0 };
  const same = decoder.decode(line, 0, writeCompact(line, 0, 4_095, own));
  if (same?.t !== 'end' || shapeOf(same) === undefined) throw new Error('not taken');
  return { plain: { t, ...shape, ...numbers, ...ports, body } as CallFrame, same };
}

it('writes the same for a frame whose shape is known, each time and whatever the settings', () => {
  let forms = 0;
  const own = fc.record({ sent: count, received: count, lport: port, dur: duration }, { requiredKeys: [] });
  const others = fc.array(own, { maxLength: 3 });
  fc.assert(
    fc.property(frames, contexts, contexts, others, (frame, context, other, rest) => {
      // After a call come some with other numbers, or others of the numbers, or in a context that is another in one way.
      const ways = Object.entries(other).map(([name, value]) => ({ ...context, [name]: value as unknown }));
      for (const numbers of [{}, {}, ...rest, {}, ...rest, {}]) {
        const both = compacted({ ...frame, ...numbers });
        if (both === undefined) return;
        const { plain, same } = both;
        for (const settings of [context, context, ...ways.flatMap((way) => [way, context, context])]) {
          const row = netRow(same, settings);
          if (typeof row !== 'string') forms += 1;
          expect(lineOf(row)).toBe(lineOf(netRow(plain, settings)));
        }
        expect(netEndRow(same, 3, frame.at)).toBe(netEndRow(plain, 3, frame.at));
      }
    }),
    { numRuns: 500 },
  );
  expect(forms).toBeGreaterThan(5_000);
});

it('writes no row for a call that claims to have lasted longer than a record can say', () => {
  const call: CallFrame = { t: 'end', id: 1, at: 1, dir: 'egress', ch: 'tcp', dur: Number.MAX_SAFE_INTEGER };
  const context = { at: 1, proc: 1, open: false, strict: false, observer: 'hooks', reason: undefined } as const;
  const unknown = { site: undefined, headers: undefined, packageName: undefined, fingerprint: undefined };
  // A compact line has no room for such a number: it comes as JSON, without a shape.
  const row = netRow(decodeFrame(JSON.stringify(call)) as CallFrame, { ...context, ...unknown });
  if (typeof row !== 'string') throw new Error('a form');
  expect(grammar.check(buffer, 1, encodeLine(buffer, 1, 7, PREV, row))).toBe(false);
});
