/** Parts of journals: whatever is chosen is proven, and nothing in the files can change unseen. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExpectedHead } from '../../../src/audit/heads/expected-head.js';
import type { PartVerification } from '../../../src/audit/parts/part-verification.js';
import { verifyPart } from '../../../src/audit/verify-part.js';
import { writePart } from '../../../src/bundle/part-writer.js';
import { EgressError } from '../../../src/core/error.js';
import { parseHead } from '../../../src/journal/heads/checkpoint.js';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { parseVerifierKey } from '../../../src/keys/verifier-key.js';
import { ForgedJournal } from '../audit/forged-journal.js';
import { segmentPath, TamperedJournal } from '../audit/tampered-journal.js';
import { codesOf, memoised } from '../audit/verify-folder.js';
import { scratchFolder } from '../journal/scratch-journal.js';
import { headOf } from '../proof/scratch-proof.js';

const verify = memoised(verifySignature);
const none = { hosts: [], packages: [], channels: [], gaps: false };

type Ranges = readonly (readonly [number, number])[];

/** Writes the part of these records, and gives its folder. */
function part(directory: string, ranges: Ranges | undefined, more: { hosts?: string[]; alone?: boolean } = {}): string {
  const folder = path.join(scratchFolder(), 'part');
  const { hosts = [], alone = false } = more;
  writePart(headOf(directory), { filter: { ...none, hosts }, ranges, alone }, folder);
  return folder;
}

function check(folder: string, key: string, expected?: ExpectedHead): PartVerification {
  const pinned = parseVerifierKey(key);
  return verifyPart({ directory: folder, path: 'part', key: pinned, expected, witnesses: [], verify });
}

const seqsOf = ({ shown }: PartVerification): number[] => shown.records.map(({ seq }) => seq);
const linesOf = (folder: string): string[] =>
  readFileSync(path.join(folder, 'records.jsonl'), 'utf8').split('\n').slice(0, -1);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof EgressError) return error.code;
    throw error;
  }
  return 'no error';
}

const net = (host: string, site: number, more: object = {}): object => ({
  network: { direction: 'egress' },
  server: { address: host, port: 443 },
  event: { outcome: 'success' },
  egress: { channel: 'https', observer: 'hooks', proc: 1, site },
  ...more,
});

/** Two segments with the same numbers in each; rows #7 and #8, #15 and #16 refer to the same numbers. */
function twoSegments(): ForgedJournal {
  const journal = new ForgedJournal(scratchFolder()).epoch(1, 'genesis');
  for (let segment = 1; segment <= 2; segment += 1) {
    journal.begin();
    journal.add('process', { process: { number: 1, pid: segment } });
    journal.add('site', { site: { number: 1, frames: [['a.js', segment, 'f']] } });
    journal.add('site', { site: { number: 2, frames: [['b.js', segment, 'g']] } });
    journal.add('net', net('one.example', 1)).add('net', net('two.example', 2));
    if (segment === 2) journal.close();
    else journal.seal('segment_full').head();
  }
  return journal;
}

describe('a part', () => {
  it('proves any choice of records, each head and the number of the others', () => {
    const journal = new TamperedJournal();
    const { size } = headOf(journal.directory).head;
    const head = parseHead(readFileSync(path.join(journal.directory, 'checkpoint')));
    const kept = readdirSync(path.join(journal.directory, 'heads')).map(Number);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: size }), { minLength: 1, maxLength: size }), (seqs) => {
        const chosen = seqs.sort((a, b) => a - b).map((seq) => [seq, seq] as const);
        const folder = path.join(scratchFolder(), 'part');
        writePart(headOf(journal.directory), { filter: none, ranges: chosen, alone: true }, folder);
        const result = check(folder, journal.key, head);
        expect(result.findings).toEqual([]);
        expect(seqsOf(result)).toEqual(seqs);
        expect(result.withheld.count).toBe(size - seqs.length);
        expect(codesOf(result.limits)).toEqual(seqs.length === size ? [] : ['PARTLY_DISCLOSED']);
        // Also by a head that somebody kept before the end.
        for (const older of kept) {
          const note = parseHead(readFileSync(path.join(journal.directory, 'heads', String(older))));
          expect(check(folder, journal.key, note).findings).toEqual([]);
          const other = { ...note, root: 'ab'.repeat(32) };
          expect(codesOf(check(folder, journal.key, other).findings)).toEqual(['EXPECTED_HEAD_MISMATCH']);
        }
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 30 },
    );
  });

  it('shows the lines that a row needs, of its own segment, and none of the other calls', () => {
    const journal = twoSegments();
    const folder = part(journal.directory, undefined, { hosts: ['two.example'] });
    const result = check(folder, journal.key);
    expect(result.findings).toEqual([]);
    expect(result.shown.kinds).toEqual({ 'segment.open': 2, process: 2, site: 2, net: 2, seal: 1 });
    expect(linesOf(folder).join('\n')).not.toContain('one.example');
    expect(linesOf(folder).join('\n')).not.toContain('a.js');
    expect(result.notShown.join()).not.toContain('call site');
    const alone = check(part(journal.directory, undefined, { hosts: ['two.example'], alone: true }), journal.key);
    expect(alone.shown.kinds).toEqual({ net: 2 });
    expect(alone.notShown.join()).toContain('call site or headers 2 of the records refer to');
  });

  it('does not take a line of another segment for one that a row refers to', () => {
    const journal = twoSegments();
    // The row of segment 2 with the lines of segment 1: all under the head, but not what the row means.
    const result = check(
      part(
        journal.directory,
        [
          [1, 1],
          [4, 6],
          [15, 15],
        ],
        { alone: true },
      ),
      journal.key,
    );
    expect(result.findings).toEqual([]);
    expect(result.notShown.join()).toContain('call site or headers 1 of the records refer to');
  });

  it('shows what was said about a chosen row later', () => {
    const journal = new ForgedJournal(scratchFolder()).epoch(1, 'genesis').begin();
    journal
      .add('net', net('a.example', 1))
      .add('net', net('b.example', 1))
      .add('reconcile', { rows: [5], what: 'destination_changed' });
    journal.add('net.end', { ends: 4, event: { outcome: 'success' } }).close();
    const of = (host: string): string[] => linesOf(part(journal.directory, undefined, { hosts: [host], alone: true }));
    expect(of('a.example').map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(['net', 'net.end']);
    expect(of('b.example').map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual(['net', 'reconcile']);
  });

  it('says which records were not signed while they were recorded', () => {
    const journal = new ForgedJournal(scratchFolder()).epoch(1, 'genesis').begin().seal('interval').head();
    journal.add('net', net('late.example', 1));
    journal.epoch(2, 'resume1');
    journal
      .begin({ run: 2, epoch: 2, key: journal.pair('run2').key.text })
      .seal('run_close')
      .head('run2');
    const result = check(part(journal.directory, undefined, { hosts: ['late.example'], alone: true }), journal.key);
    expect(codesOf(result.limits)).toContain('RECOVERED');
  });

  it('begins where a vacuum ended, and the receipt shows that it did', () => {
    const journal = new ForgedJournal(scratchFolder())
      .epoch(1, 'genesis')
      .begin()
      .add('gap')
      .seal('segment_full')
      .head();
    const receipt = journal.receipt();
    journal
      .begin()
      .add('vacuum', { vacuum: receipt, by: { uid: 1 } })
      .seal('vacuum')
      .head();
    journal.add('net', net('a.example', 1)).close();
    rmSync(segmentPath(journal.directory, 1));
    const folder = part(journal.directory, undefined, { hosts: ['a.example'], alone: true });
    const result = check(folder, journal.key);
    expect(result.findings).toEqual([]);
    expect(result.removed).toEqual([1, 5]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD', 'VACUUMED', 'PARTLY_DISCLOSED']);
    expect(codeOf(() => part(journal.directory, [[2, 2]]))).toBe('RECORD_NOT_FOUND');
    // Whoever hides records by calling them removed has no receipt for that.
    const header = path.join(folder, 'undisclosed');
    const text = readFileSync(header, 'utf8');
    writeFileSync(header, text.replace('\n5\n\n', '\n0\n\n'));
    expect(check(folder, journal.key).verdict).toBe('NOT_VERIFIED');
    writeFileSync(header, text.replace('\n5\n\n', '\n8\n\n'));
    expect(check(folder, journal.key).verdict).toBe('NOT_VERIFIED');
  });

  it('is not made of records that no head covers, or that are not as they were signed', () => {
    const journal = twoSegments();
    expect(codeOf(() => part(journal.directory, [[99, 120]]))).toBe('RECORD_NOT_FOUND');
    const file = segmentPath(journal.directory, 1);
    writeFileSync(file, readFileSync(file, 'utf8').replace('one.example', 'two.example'));
    expect(codeOf(() => part(journal.directory, [[1, 3]]))).toBe('JOURNAL_DAMAGED');
  });
});

describe('a changed part', () => {
  const filesOf = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));

  it('is NOT VERIFIED, whichever bit it is', () => {
    const journal = twoSegments();
    const folder = part(journal.directory, [
      [7, 7],
      [15, 15],
    ]);
    expect(check(folder, journal.key).findings).toEqual([]);
    const unseen: string[] = [];
    for (const file of filesOf(folder)) {
      const original = readFileSync(file);
      // A prime step walks through all bytes and all bits of a byte.
      for (let bit = 3; bit < original.length * 8; bit += 37) {
        const bytes = Buffer.from(original);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        writeFileSync(file, bytes);
        const { verdict, obstacle } = check(folder, journal.key);
        const isSeen = verdict === 'NOT_VERIFIED' || obstacle?.code === 'UNKNOWN_FORMAT';
        if (!isSeen) unseen.push(`${file} bit ${bit}: ${verdict}`);
      }
      writeFileSync(file, original);
    }
    expect(unseen).toEqual([]);
  }, 30_000);

  const edits: [name: string, file: string, edit: (lines: string[]) => string[]][] = [
    ['a line less', 'records.jsonl', (lines) => lines.slice(1)],
    ['a line twice', 'records.jsonl', (lines) => [...lines.slice(0, 1), ...lines]],
    ['lines in another order', 'records.jsonl', (lines) => lines.toReversed()],
    ['an empty line', 'records.jsonl', (lines) => ['', ...lines]],
    ['a line that is too long', 'records.jsonl', (lines) => ['x'.repeat(70_000), ...lines]],
    ['a hash less', 'undisclosed', (lines) => lines.slice(0, -1)],
    ['a hash twice', 'undisclosed', (lines) => [...lines, lines.at(-1) ?? '']],
    ['no hashes', 'undisclosed', () => []],
    ['a smaller tree', 'undisclosed', (lines) => lines.map((line, at) => (at === 2 ? '10' : line))],
    ['a larger tree', 'undisclosed', (lines) => lines.map((line, at) => (at === 2 ? '9007199254740991' : line))],
    ['another origin', 'undisclosed', (lines) => lines.map((line, at) => (at === 1 ? 'other' : line))],
  ];
  it.each(edits)('is NOT VERIFIED with %s', (_name, name, edit) => {
    const journal = twoSegments();
    const folder = part(journal.directory, [
      [7, 7],
      [15, 15],
    ]);
    const file = path.join(folder, name);
    const lines = edit(readFileSync(file, 'utf8').split('\n').slice(0, -1));
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    expect(check(folder, journal.key).verdict).toBe('NOT_VERIFIED');
  });

  it.each(['heads/18', 'epochs/1'])('is NOT VERIFIED without %s', (name) => {
    const journal = twoSegments();
    const folder = part(journal.directory, [[7, 7]]);
    rmSync(path.join(folder, name));
    expect(check(folder, journal.key).verdict).toBe('NOT_VERIFIED');
  });
});
