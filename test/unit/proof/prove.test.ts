import { cpSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExpectedHead } from '../../../src/audit/heads/expected-head.js';
import { EgressError } from '../../../src/core/error.js';
import { formatRecordProof, parseRecordProof } from '../../../src/journal/evidence/record-proof.js';
import { proveConsistency, proveRecord } from '../../../src/proof/prove.js';
import { ForgedJournal } from '../audit/forged-journal.js';
import { memoised } from '../audit/verify-folder.js';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { editLines } from '../audit/tampered-journal.js';
import { scratchFolder } from '../journal/scratch-journal.js';
import { check, headOf } from './scratch-proof.js';

const EXAMPLE = path.resolve(import.meta.dirname, '../../fixtures/example-journal');
const KEY = (JSON.parse(readFileSync(path.join(EXAMPLE, 'journal.json'), 'utf8')) as { key: string }).key;
const codes = (items: readonly { readonly code: string }[]): string[] => items.map(({ code }) => code);
const lines = ['00000001', '00000002'].flatMap((name) =>
  readFileSync(path.join(EXAMPLE, `segments/${name}.jsonl`), 'utf8')
    .trim()
    .split('\n'),
);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof EgressError) return error.code;
    throw error;
  }
  return 'no error';
}

/** All bits with SLOW=1, a sample otherwise. */
const SLOW = process.env['SLOW'] === '1';

/** How many of the proofs with one changed bit pass; `step` bits lie between two that are changed. */
function flips(bytes: Uint8Array, step: number): number {
  const verify = memoised(verifySignature);
  let passed = 0;
  for (let bit = 0; bit < bytes.length * 8; bit += step) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    try {
      if (check(changed, KEY, { verify }).verdict.startsWith('VERIFIED')) passed += 1;
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
    }
  }
  return passed;
}

describe('the proof of a record', () => {
  it('is good for each record, under each head that covers it', () => {
    for (const size of [12, 23]) {
      for (let seq = 1; seq <= size; seq += 1) {
        const { bytes, disclosed } = proveRecord(headOf(EXAMPLE, size), seq, true);
        const result = check(bytes, KEY);
        expect(result).toMatchObject({ verdict: 'VERIFIED_WITH_LIMIT', findings: [], head: { size } });
        expect(result.records.map((record) => record.line)).toEqual(disclosed.map((one) => lines[one.seq - 1]));
      }
    }
  });

  it('discloses the record and what it refers to, and no text of another line', () => {
    const { bytes, disclosed } = proveRecord(headOf(EXAMPLE), 8, true);
    expect(disclosed.map(({ seq }) => seq)).toEqual([8, 1, 5, 6, 7, 13]);
    const text = Buffer.from(bytes).toString('utf8');
    const whole = text + Buffer.from(/^extra (.*)$/m.exec(text)?.[1] ?? '', 'base64').toString('utf8');
    const shown = new Set(disclosed.map(({ seq }) => seq));
    for (const [at, line] of lines.entries()) {
      // Long values that stand in no disclosed line: paths, hosts, times, names, hashes.
      const own = (line.match(/"[^"]{8,}"/g) ?? []).filter(
        (value) => !disclosed.some(({ seq }) => lines[seq - 1]?.includes(value)),
      );
      if (shown.has(at + 1)) expect(whole).toContain(JSON.stringify(line).slice(1, -1));
      else for (const value of own) expect(whole).not.toContain(value);
    }
  });

  it('holds the record alone if asked to', () => {
    const { bytes, disclosed } = proveRecord(headOf(EXAMPLE), 8, false);
    expect(disclosed).toEqual([{ seq: 8, kind: 'net' }]);
    expect(check(bytes, KEY).records).toHaveLength(1);
  });

  it('is VERIFIED with a head from elsewhere, and refused with another', () => {
    const { bytes } = proveRecord(headOf(EXAMPLE), 8, true);
    const head = headOf(EXAMPLE);
    const expected = parseExpectedHead(`${head.head.size}:${head.head.root}`);
    expect(check(bytes, KEY, { expected }).verdict).toBe('VERIFIED');
    const other = { ...expected, root: '0'.repeat(64) };
    expect(codes(check(bytes, KEY, { expected: other }).findings)).toEqual(['EXPECTED_HEAD_MISMATCH']);
    const apart = { ...expected, size: 12 };
    expect(codes(check(bytes, KEY, { expected: apart }).limits)).toEqual(['EXPECTED_HEAD_APART']);
  });

  it('is NOT CHECKED without a key and NOT VERIFIED by another', () => {
    const { bytes } = proveRecord(headOf(EXAMPLE), 8, true);
    expect(check(bytes, undefined)).toMatchObject({ verdict: 'NOT_CHECKED', obstacle: { code: 'NO_KEY' } });
    const other = new ForgedJournal(scratchFolder()).key;
    expect(check(bytes, other).verdict).toBe('NOT_VERIFIED');
  });

  it('does not survive a changed bit anywhere', { timeout: 600_000 }, () => {
    const { bytes } = proveRecord(headOf(EXAMPLE), 8, true);
    expect(flips(bytes, SLOW ? 1 : 41)).toBe(0);
  });

  it('cannot borrow a line of another segment that has the right number', () => {
    const journal = new ForgedJournal(scratchFolder()).epoch(1, 'genesis');
    journal
      .begin()
      .add('site', { site: { number: 1 }, package: { name: 'innocent' } })
      .seal('segment_full')
      .head();
    journal.begin().add('site', { site: { number: 1 }, package: { name: 'culprit' } });
    journal.add('net', { egress: { site: 1 } }).close();
    const head = headOf(journal.directory);
    const net = journal.size - 2;
    const honest = proveRecord(head, net, true);
    expect(check(honest.bytes, journal.key)).toMatchObject({ findings: [] });
    const innocent = parseRecordProof(proveRecord(head, 4, false).bytes).record;
    const proof = parseRecordProof(honest.bytes);
    const [open, , end] = proof.references;
    if (open === undefined || end === undefined) throw new Error('no references');
    const swapped = formatRecordProof({ ...proof, references: [open, innocent, end] });
    expect(codes(check(swapped, journal.key).findings)).toEqual(['PROOF_MISMATCH']);
    const first = parseRecordProof(proveRecord(head, 1, false).bytes).record;
    const wider = formatRecordProof({ ...proof, references: [first, innocent, end] });
    expect(codes(check(wider, journal.key).findings)).toEqual(['PROOF_MISMATCH']);
  });

  /** Breaks the line of one record in a copy. */
  const damaged = (seq: number, damage: (line: string) => string[]): string => {
    const copy = path.join(scratchFolder(), 'copy');
    cpSync(EXAMPLE, copy, { recursive: true });
    const [segment, first] = seq > 12 ? [2, 13] : [1, 1];
    editLines(copy, segment, (all) => all.flatMap((line, at) => (at === seq - first ? damage(line) : [line])));
    return copy;
  };

  it.each<[string, (line: string) => string[]]>([
    ['edited', (line) => [line.replace('2026', '2025')]],
    ['edited so that its number fits no more', (line) => [line.replace('{', '{ ')]],
    ['no record any more', () => ['garbage']],
    ['numbered anew', (line) => [line.replace(/[0-9]+/, '907')]],
    ['missing', () => []],
    ['followed by another of its number', (line) => [line, line.replace('2026', '2025')]],
    ['behind another of its number', (line) => [line.replace('2026', '2025'), line]],
  ])('is good for each record but one that is %s, whose hash the next line states', (_what, damage) => {
    const verify = memoised(verifySignature);
    for (let seq = 1; seq <= 22; seq += 1) {
      const head = headOf(damaged(seq, damage));
      // All, or the neighbours, the ends and the middle.
      const near = new Set([seq - 1, seq + 1, 1, 12, 13, 23]);
      for (let other = 1; other <= 23; other += 1) {
        if (other === seq || !(SLOW || near.has(other))) continue;
        const proof = proveRecord(head, other, false);
        expect(check(proof.bytes, KEY, { verify }).findings, `#${other} with #${seq}`).toEqual([]);
        if (damage('2026').length < 2) expect(proof.damaged).toEqual([seq]);
      }
      expect(check(proveConsistency(head, { size: 12 }).bytes, KEY, { verify }).findings).toEqual([]);
    }
  });

  const edit = (line: string): string[] => [line.replace('2026', '2025')];

  it('is not made of a damaged record, nor with one that it refers to, and says so', () => {
    expect(() => proveRecord(headOf(damaged(8, edit)), 8, true)).toThrow('record #8 is damaged');
    for (const seq of [1, 5, 6, 7]) {
      const head = headOf(damaged(seq, edit));
      expect(() => proveRecord(head, 8, true)).toThrow(`not with #${seq}, which is damaged`);
      expect(check(proveRecord(head, 8, false).bytes, KEY).findings).toEqual([]);
    }
    for (const seq of [1, 6, 13]) {
      const head = headOf(damaged(seq, () => ['garbage']));
      expect(() => proveRecord(head, 8, true)).toThrow('is damaged');
      expect(check(proveRecord(head, 8, false).bytes, KEY).findings).toEqual([]);
    }
  });

  it('is not made where a hash that it needs is known to nobody, and says whose', () => {
    expect(() => proveRecord(headOf(damaged(23, () => ['x'])), 8, true)).toThrow('#23 is damaged or missing');
    expect(() => proveRecord(headOf(damaged(23, edit)), 8, true)).toThrow('not those that its head signed');
    const copy = damaged(1, (line) => [line]);
    rmSync(path.join(copy, 'segments/00000002.jsonl'));
    expect(() => proveRecord(headOf(copy), 8, true)).toThrow('#13 is damaged or missing');
    // Rewritten from a record on, with numbers and links that fit: the root is another.
    const { directory } = new ForgedJournal(scratchFolder()).epoch(1, 'genesis').begin().close();
    const other = damaged(1, (line) => [line]);
    cpSync(path.join(directory, 'segments'), path.join(other, 'segments'), { recursive: true, force: true });
    expect(codeOf(() => proveRecord(headOf(other), 2, true))).toBe('JOURNAL_DAMAGED');
  });

  it('is not made of a record that is not there, or not under the head', () => {
    expect(codeOf(() => proveRecord(headOf(EXAMPLE), 24, true))).toBe('RECORD_NOT_FOUND');
    expect(codeOf(() => proveRecord(headOf(EXAMPLE, 12), 13, true))).toBe('RECORD_NOT_FOUND');
    expect(codeOf(() => headOf(EXAMPLE, 13))).toBe('HEAD_INVALID');
  });
});

describe('the proof of two heads', () => {
  const newest = headOf(EXAMPLE);
  const old = headOf(EXAMPLE, 12).head;

  it('is good from every size, and VERIFIED with either head', () => {
    for (let size = 0; size <= 23; size += 1) {
      expect(check(proveConsistency(newest, { size }).bytes, KEY)).toMatchObject({ findings: [], old: { size } });
    }
    const { bytes } = proveConsistency(newest, old);
    for (const expected of [old, newest.head]) expect(check(bytes, KEY, { expected }).verdict).toBe('VERIFIED');
  });

  it('is refused with another old head', () => {
    const { bytes } = proveConsistency(newest, old);
    const expected = { ...old, root: '0'.repeat(64) };
    expect(codes(check(bytes, KEY, { expected }).findings)).toEqual(['EXPECTED_HEAD_MISMATCH']);
  });

  it('is not made from a head of other records', () => {
    expect(codeOf(() => proveConsistency(newest, { ...old, root: '0'.repeat(64) }))).toBe('HEAD_MISMATCH');
    expect(codeOf(() => proveConsistency(newest, { size: 24 }))).toBe('HEAD_MISMATCH');
    expect(codeOf(() => proveConsistency(newest, { size: 12, origin: 'elsewhere' }))).toBe('HEAD_MISMATCH');
  });

  it('does not survive a changed bit anywhere', { timeout: 600_000 }, () => {
    const { bytes } = proveConsistency(newest, old);
    expect(flips(bytes, SLOW ? 1 : 11)).toBe(0);
  });
});
