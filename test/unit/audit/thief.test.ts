import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseHead, rootToBase64, signHead } from '../../../src/journal/heads/checkpoint.js';
import { parseEpoch, signEpoch } from '../../../src/journal/heads/epoch.js';
import { CompactRange } from '../../../src/journal/tree/merkle.js';
import { nodeHasher } from '../../../src/journal/tree/tree-hasher.js';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import type { Signer } from '../../../src/keys/ed25519.js';
import { signerFromSeed } from '../../../src/keys/signer.js';
import { verifierKey } from '../../../src/keys/verifier-key.js';
import type { ExpectedHead } from '../../../src/audit/heads/expected-head.js';
import { recordRun, runClose, scratchFolder, siteRecord, writerOptions } from '../journal/scratch-journal.js';
import { overwrite, segmentPath } from './tampered-journal.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { codesOf } from './verify-folder.js';

/**
 * A program of the same user: it reads and writes every file, but not the recorder's memory. The journal has one run of
 * two segments that has ended and one that is killed after an interval head.
 */
let options: WriterOptions;
/** What an auditor kept of the first run. */
let kept: ExpectedHead;

const epochFile = (number: number): string => path.join(options.directory, 'epochs', String(number));
const newestEpoch = (): number => Math.max(...readdirSync(path.join(options.directory, 'epochs')).map(Number));
const checkpoint = (): string => path.join(options.directory, 'checkpoint');

/** The one secret that signs and lies on disk. */
function stolenKey(): Signer {
  const journals = path.join(options.keyBase, 'journals');
  const folder = path.join(journals, readdirSync(journals)[0] ?? '');
  const names = readdirSync(folder).filter((name) => name.startsWith('resume-'));
  expect(names).toHaveLength(1);
  return signerFromSeed(Buffer.from(readFileSync(path.join(folder, names[0] ?? ''), 'latin1').trim(), 'hex'));
}

/** Appends a record to the open segment, chained as any would be: the chain needs no key. */
function append(kind: string, members: object): void {
  const segments = readdirSync(path.join(options.directory, 'segments')).length;
  const lines = readFileSync(segmentPath(options.directory, segments), 'utf8').split('\n').slice(0, -1);
  const before = lines.at(-1) ?? '';
  const { seq } = JSON.parse(before) as { seq: number };
  const prev = nodeHasher.leaf(Buffer.from(before));
  const record = { seq: seq + 1, prev, kind, time: '2026-10-20T12:00:00.000000Z', ...members };
  appendFileSync(segmentPath(options.directory, segments), `${JSON.stringify(record)}\n`);
}

/** Changes lines of the open segment and chains them anew. */
function rewriteLastSegment(change: (text: string) => string): void {
  const file = segmentPath(options.directory, 3);
  let prev = '';
  const lines = change(readFileSync(file, 'utf8')).split('\n').slice(0, -1);
  const chained = lines.map((text) => {
    const line = prev === '' ? text : text.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`);
    prev = nodeHasher.leaf(Buffer.from(line));
    return `${line}\n`;
  });
  overwrite(file, chained.join(''));
}

/** The tree over all lines as they lie there. */
function wholeTree(): CompactRange {
  const tree = new CompactRange(nodeHasher);
  for (const name of readdirSync(path.join(options.directory, 'segments')).sort()) {
    const text = readFileSync(path.join(options.directory, 'segments', name), 'utf8');
    for (const line of text.split('\n').slice(0, -1)) tree.append(nodeHasher.leaf(Buffer.from(line)));
  }
  return tree;
}

beforeEach(() => {
  options = writerOptions(scratchFolder(), { segmentBytesMax: 2_200, lock: () => ({ release: () => undefined }) });
  recordRun(options, 10);
  kept = parseHead(readFileSync(checkpoint()));
  const killed = JournalWriter.open(options);
  killed.beginRun();
  killed.append(siteRecord(1));
  killed.seal('interval');
  killed.append(siteRecord(2));
  killed.flush();
});

describe('who has read every file on disk', () => {
  it('can go on, and what was interrupted shows for ever', async () => {
    stolenKey();
    recordRun(options, 2);
    recordRun(options, 2);
    const result = await verifyByBoth(options.directory);
    expect(result.findings).toEqual([]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD', 'RECOVERED', 'INTERRUPTED']);
  });

  it('cannot give the killed run a clean end: its close is signed by a later key only', async () => {
    append('run.close', { run: { number: 2 }, exit: { code: 0 }, counts: runClose(2).counts });
    append('seal', { seal: { segment: 3, reason: 'run_close' } });
    recordRun(options, 2);
    const result = await verifyByBoth(options.directory);
    expect(result.findings).toEqual([]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD', 'RECOVERED', 'INTERRUPTED']);
  });

  it('cannot sign a head over it', async () => {
    append('run.close', { run: { number: 2 }, exit: { code: 0 }, counts: runClose(2).counts });
    append('seal', { seal: { segment: 3, reason: 'run_close' } });
    const tree = wholeTree();
    const { origin } = parseHead(readFileSync(checkpoint()));
    const key = stolenKey();
    const head = { origin, size: tree.end, root: tree.root() };
    overwrite(checkpoint(), signHead(head, verifierKey(origin, key.publicKey), key));
    expect(codesOf((await verifyByBoth(options.directory)).findings)).toEqual(['HEAD_WRONG_KEY']);
  });

  it('cannot rewrite a record that is signed and open the next epoch over it', async () => {
    rewriteLastSegment((text) => text.replace('src/app.js', 'src/bad.js'));
    const tree = wholeTree();
    const number = newestEpoch();
    const last = parseEpoch(readFileSync(epochFile(number)));
    const fresh = signerFromSeed(new Uint8Array(32).fill(9));
    const other = signerFromSeed(new Uint8Array(32).fill(8));
    const next = {
      origin: last.origin,
      number: number + 1,
      size: tree.end,
      root: tree.root(),
      runKey: verifierKey(last.origin, fresh.publicKey),
      resumeKey: verifierKey(last.origin, other.publicKey),
    };
    overwrite(epochFile(number + 1), signEpoch(next, last.resumeKey, stolenKey()));
    expect(codesOf((await verifyByBoth(options.directory)).findings)).toContain('HEAD_MISMATCH');
  });

  it('cannot open an epoch that another one was handed over to, nor go back behind the present one', async () => {
    const last = parseEpoch(readFileSync(epochFile(newestEpoch())));
    const key = stolenKey();
    overwrite(epochFile(2), signEpoch({ ...last, number: 2 }, last.resumeKey, key));
    expect(codesOf((await verifyByBoth(options.directory)).findings)).toContain('EPOCH_INVALID');
  });

  it('can cut off what the present epoch signed and go on; the epoch itself stays, and a head kept elsewhere shows what is gone', async () => {
    const copy = `${options.directory}-old`;
    cpSync(options.directory, copy, { recursive: true });
    const present = parseHead(readFileSync(checkpoint()));
    rmSync(segmentPath(options.directory, 3));
    overwrite(checkpoint(), readFileSync(path.join(options.directory, 'heads', String(kept.size))));
    recordRun(options, 9);
    const cut = await verifyByBoth(options.directory, { expected: kept });
    expect(cut.findings).toEqual([]);
    expect(codesOf(cut.limits)).toEqual(['EXPECTED_HEAD_OLDER', 'EPOCH_EMPTY']);
    const result = await verifyByBoth(options.directory, { expected: present });
    expect(codesOf(result.findings)).toEqual(['EXPECTED_HEAD_MISMATCH']);
    expect(rootToBase64(present.root)).not.toBe(rootToBase64(kept.root));
  });
});
