/** Every parser of what a hostile hand may have written: a value or a coded error, in bounded time and memory. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpectedHead } from '../../src/audit/heads/expected-head.js';
import { parseKeyArgument } from '../../src/audit/heads/pinned-key.js';
import { EgressError } from '../../src/core/error.js';
import { webSocketMessages } from '../../src/custody/websocket-messages.js';
import { decodeFrame } from '../../src/event/decode-frame.js';
import { parseHead } from '../../src/journal/heads/checkpoint.js';
import { parseEpoch } from '../../src/journal/heads/epoch.js';
import { readFrontier } from '../../src/journal/frontier.js';
import { parseJournalFile } from '../../src/journal/folder/journal-file.js';
import { LineGrammar } from '../../src/journal/lines/line-grammar.js';
import { fileSystem } from '../../src/keys/file-system.js';
import { frontierFile, readPin } from '../../src/keys/key-directory.js';
import { readSecret } from '../../src/keys/key-file.js';
import { parseNote } from '../../src/keys/note.js';
import { parseVerifierKey } from '../../src/keys/verifier-key.js';
import { readConfigFile } from '../../src/settings/config-file.js';
import { scratchFolder } from '../unit/journal/scratch-journal.js';
import { isFull, Tally, timeoutMs } from './tally.js';

const tally = new Tally('parsers', { records: false });
const INPUTS = isFull ? 5_000 : 250;
const INPUT_BYTES_MAX = 65_536;
/** Generous, since machines are shared; what grows without bound is far beyond. */
const INPUT_MS_MAX = 5_000;
const HEAP_BYTES_MAX = 256 << 20;

const example = path.resolve(import.meta.dirname, '../fixtures/example-journal');
const read = (file: string): Buffer => fs.readFileSync(path.join(example, file));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const { key } = JSON.parse(text(read('journal.json'))) as { key: string };
const line = text(read('segments/00000001.jsonl')).split('\n')[3] ?? '';
const frame = JSON.stringify({
  ...{ t: 'end', id: 7, dir: 'egress', ch: 'http', at: 1, host: 'api.example', phases: [1, 2, 3, 4] },
});
const config = 'head_interval: 5s\nsafe_headers: [accept, content-type]\nsegment_size: 1MiB\n';
/** Masked `hello`, an empty ping, and `hello` deflated, as RFC 7692 (7.2.3.1) gives it. */
const webSocketFrames = Buffer.from('818537fa213d7f9f4d51588900c107f248cdc9c90700', 'hex');
const grammar = new LineGrammar();

/** Bytes that parsers trip over: deep and long things, large numbers, half characters, what quotes and escapes. */
const NASTY = [
  '[',
  '{"a":',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '1e308',
  '-0',
  '99999999999999999999',
  'null',
  '\n',
  '\n\n',
]
  .concat(['\u2014 ', '\ufeff', '\0', '&a *a', '? ', '!!js/function ', '<<: ', '%YAML 1.1\n---\n', '+', '=', ':'])
  .map((nasty) => Buffer.from(nasty))
  .concat([Buffer.from([0xff]), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xc0, 0x80])]);

/** One to six changes: bytes put, cut, doubled many times, flipped. */
const change = fc.record({
  at: fc.nat(),
  cut: fc.nat(8),
  put: fc.oneof(fc.constantFrom(...NASTY), fc.uint8Array({ maxLength: 8 })),
  times: fc.oneof(fc.constant(1), fc.nat(3), fc.constantFrom(100, 10_000)),
});
function mutate(
  good: Uint8Array,
  changes: readonly { at: number; cut: number; put: Uint8Array; times: number }[],
): Buffer {
  let bytes = Buffer.from(good);
  for (const { at, cut, put, times } of changes) {
    const place = at % (bytes.length + 1);
    const filling = Buffer.alloc(put.length * times, put.length === 0 ? undefined : put);
    bytes = Buffer.concat([bytes.subarray(0, place), filling, bytes.subarray(place + cut)]);
  }
  return bytes.subarray(0, INPUT_BYTES_MAX);
}

type Parse = (bytes: Buffer) => unknown;

/** A parser of a file, with the file put in place. */
function ofFile(name: string, parse: (file: string, folder: string) => unknown): Parse {
  let folder: string | undefined;
  return (bytes) => {
    folder ??= scratchFolder();
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, name);
    writeFileSync(file, bytes, { mode: 0o600 });
    return parse(file, folder);
  };
}

const parsers: [name: string, parse: Parse, good: Uint8Array][] = [
  ['signed note', parseNote, read('checkpoint')],
  ['head', parseHead, read('checkpoint')],
  ['epoch', parseEpoch, read('epochs/2')],
  ['journal.json', parseJournalFile, read('journal.json')],
  ['verifier key', (bytes) => parseVerifierKey(text(bytes)), Buffer.from(key)],
  ['--key', ofFile('ops.pub', (file) => parseKeyArgument(file)), Buffer.from(`${key}\n`)],
  ['--expect-head SIZE:ROOT', (bytes) => parseExpectedHead(`7:${text(bytes)}`), Buffer.from('ab'.repeat(32))],
  ['--expect-head FILE', ofFile('head.txt', parseExpectedHead), read('checkpoint')],
  ['journal line', (bytes) => grammar.check(bytes, 0, bytes.length), Buffer.from(line)],
  ['hook frame', (bytes) => decodeFrame(text(bytes)), Buffer.from(frame)],
  ['WebSocket', (bytes) => [...webSocketMessages(bytes)], webSocketFrames],
  ['config file', ofFile('egress.yaml', (file) => readConfigFile(file, fs)), Buffer.from(config)],
  ['pin.json', ofFile('pin.json', (_file, folder) => readPin(fileSystem, folder)), pin()],
  [
    'resume key',
    ofFile('resume-1.key', (file) => readSecret(fileSystem, file, undefined)),
    Buffer.from(`${'a'.repeat(64)}\n`),
  ],
  [
    'frontier.json',
    ofFile(path.basename(frontierFile('.')), (_file, folder) => readFrontier(fileSystem, folder)),
    Buffer.from(
      `{"size":1,"nodes":["${'0'.repeat(64)}"],"lastHash":"${'0'.repeat(64)}","segment":1,"run":1,` +
        '"state":{"capture":"off","officers":[],"holds":[],"grants":[]},"time":"2026-10-20T12:04:05.000000Z"}\n',
    ),
  ],
];

function pin(): Buffer {
  return Buffer.from(JSON.stringify({ origin: 'o', path: '/j', key, created: 'c', replaced: [] }));
}

describe('any bytes are taken tamely by the parser of', { timeout: timeoutMs }, () => {
  it.each(parsers)('a %s', async (name, parse, good) => {
    const before = process.memoryUsage().heapUsed;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        tally.try();
        const bytes = mutate(good, changes);
        const start = performance.now();
        try {
          await parse(bytes);
        } catch (error) {
          if (!(error instanceof EgressError)) tally.undetected.push(`${name}: ${String(error)}`);
          expect(error).toBeInstanceOf(EgressError);
          expect((error as EgressError).code).not.toBe('INTERNAL');
        }
        expect(performance.now() - start).toBeLessThan(INPUT_MS_MAX);
      }),
      { numRuns: INPUTS, seed: 20_261_124, endOnFailure: true },
    );
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(HEAP_BYTES_MAX);
  });

  it('a good one first, or the others would show little', async () => {
    for (const [name, parse, good] of parsers) {
      const value = await parse(Buffer.from(good));
      expect(value, name).toBeTruthy();
    }
  });
});
