/** What is remembered of frames never changes what they say: the decoder gives what decoding each as a whole gives. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFrame } from '../../src/event/decode-frame.js';
import type { CallFrame, Frame } from '../../src/event/frame.js';
import { FrameDecoder, shapeOf } from '../../src/event/frame-decoder.js';

const MEMBERS = [
  ...['id', 'at', 'dur', 'sent', 'received', 'phases', 'body', 'dir', 'ch', 'proto', 'host', 'port', 'ip', 'pport'],
  ...['lport', 'tried', 'scheme', 'method', 'path', 'status', 'hdr', 'site', 'outcome', 'err', 'reused', 'q', 'qt'],
  ...['claimed', 'req', 'res'],
] as const satisfies readonly (keyof CallFrame)[];

/** The members as plain JSON: a frame with a shape has most of them from there. */
function plain(frame: Frame | undefined): unknown {
  if (frame?.t !== 'end') return frame;
  return JSON.parse(JSON.stringify(Object.fromEntries(['t' as const, ...MEMBERS].map((name) => [name, frame[name]]))));
}

const decoder = new FrameDecoder();

function expectSame(line: string): void {
  const bytes = Buffer.from(`before\n${line}\nafter`);
  const start = 7;
  const end = bytes.length - 6;
  // What was learnt from the first must not change the second.
  for (let round = 0; round < 2; round += 1) {
    expect(plain(decoder.decode(bytes, start, end)), line).toEqual(plain(decodeFrame(line)));
  }
}

const count = fc.oneof(
  fc.nat(2_000).map(String),
  fc.constantFrom(
    '0',
    '65535',
    '65536',
    '00',
    '01',
    '-1',
    '-0',
    '1.5',
    '1e3',
    '',
    '9007199254740991',
    '9007199254740992',
    '"7"',
    'null',
  ),
);
const phases = fc.array(fc.oneof(count, fc.constant('-1')), { minLength: 3, maxLength: 5 });
const hash = fc.constantFrom('a'.repeat(64), 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(63)}"`, '');
const own = fc.tuple(
  count,
  count,
  ...['dur', 'sent', 'received', 'pport', 'lport'].map((name) =>
    fc.option(
      count.map((text) => `,"${name}":${text}`),
      { nil: '' },
    ),
  ),
  fc.option(
    phases.map((texts) => `,"phases":[${texts.join()}]`),
    { nil: '' },
  ),
  fc.option(
    hash.map((text) => `,"body":"${text}"`),
    { nil: '' },
  ),
);
const shape = fc.tuple(
  fc.constantFrom(',"dir":"egress"', ',"dir":"ingress"', ',"dir":"x"', '"dir":"egress"'),
  fc.constantFrom(',"ch":"http"', ',"ch":"dns"', ',"ch":1', ''),
  // Twice the same member, members of the first part, and ones that nobody knows.
  fc.array(
    fc.constantFrom(
      ...[
        ',"host":"a.example"',
        ',"host":"é\u{1f511}"',
        ',"host":7',
        ',"port":443',
        ',"port":70000',
        ',"lport":4',
        ',"site":3',
      ],
      ...[
        ',"id":5',
        ',"at":9',
        ',"dur":4',
        ',"t":"begin"',
        ',"req":1',
        ',"__proto__":{"id":5}',
        ',"shape":{}',
        ',"x":[]',
      ],
      ...[',"path":"/a b"', ',"status":200', ',"reused":true', ',"outcome":"success"', ',"err":"E"', ' ', '}', ',}'],
    ),
    { maxLength: 5 },
  ),
);

test('in whatever way a call is written', () => {
  fc.assert(
    fc.property(own, shape, ([id, at, ...more], [dir, ch, rest]) => {
      expectSame(`{"t":"end","id":${id},"at":${at}${more.join('')}${dir}${ch}${rest.join('')}}`);
    }),
    { numRuns: 4_000 },
  );
});

const line =
  '{"t":"end","id":7,"at":1795536081123456,"dur":12,"sent":1,"received":2,"pport":80,"lport":4000,"phases":[-1,-1,3,4]' +
  `,"body":"${'0f'.repeat(32)}","dir":"egress","ch":"http","host":"h","port":80,"path":"/p","reused":true}`;

test('with a character changed', () => {
  expectSame(line);
  fc.assert(
    fc.property(fc.nat(line.length - 1), fc.string({ unit: 'binary', maxLength: 2 }), (at, change) => {
      const text = line.slice(0, at) + change.replaceAll('\n', '') + line.slice(at + 1);
      if (text.isWellFormed()) expectSame(text);
    }),
    { numRuns: 3_000 },
  );
});

test('frames that differ in their own members alone share a shape, which a program cannot name', () => {
  const decode = (text: string): CallFrame => {
    const bytes = Buffer.from(text);
    return decoder.decode(bytes, 0, bytes.length) as CallFrame;
  };
  const first = shapeOf(decode(line));
  expect(first).toBeDefined();
  expect(shapeOf(decode(line.replace('"id":7', '"id":8').replace('"sent":1', '"sent":900')))).toBe(first);
  expect(shapeOf(decode(line.replace('"path":"/p"', '"path":"/q"')))).not.toBe(first);
  expect(shapeOf(decodeFrame(line.replace('"reused"', '"shape":{"dir":"x"},"reused"')) as CallFrame)).toBeUndefined();
});
