/** Proofs from a journal whose beginning a vacuum removed. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { EgressError } from '../../../src/core/error.js';
import { proveConsistency, proveRecord } from '../../../src/proof/prove.js';
import { exportTiles } from '../../../src/proof/tile-export.js';
import { ForgedJournal } from '../audit/forged-journal.js';
import { segmentPath } from '../audit/tampered-journal.js';
import { scratchFolder } from '../journal/scratch-journal.js';
import { check, headOf } from './scratch-proof.js';

// Seconds of work, and more where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

const by = { uid: 1_000, name: 'keeper' };

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof EgressError) return error.code;
    throw error;
  }
  return 'no error';
}

it('go on above the boundary, with the frontier in the place of what is gone', () => {
  // Boundaries of different shapes: 5 to 12 records.
  for (let extra = 0; extra < 8; extra += 1) {
    const journal = new ForgedJournal(scratchFolder()).epoch(1, 'genesis').begin();
    for (let at = 0; at < extra; at += 1) journal.add('gap', { gap: { reason: 'hook_error', count: at } });
    journal.seal('segment_full').head();
    const boundary = journal.size;
    const receipt = journal.receipt();
    journal.begin().add('vacuum', { vacuum: receipt, by }).seal('vacuum').head();
    const middle = journal.size;
    journal.add('gap', { gap: { reason: 'hook_error', count: 1 } }).close();
    rmSync(segmentPath(journal.directory, 1));
    const head = headOf(journal.directory);
    for (let seq = boundary + 1; seq <= journal.size; seq += 1) {
      expect(check(proveRecord(head, seq, true).bytes, journal.key).findings).toEqual([]);
    }
    for (const size of [0, boundary, middle, journal.size]) {
      expect(check(proveConsistency(head, { size }).bytes, journal.key).findings).toEqual([]);
    }
    expect(codeOf(() => proveRecord(head, boundary, true))).toBe('RECORD_NOT_FOUND');
    expect(codeOf(() => proveConsistency(head, { size: boundary - 1 }))).toBe('RECORD_NOT_FOUND');
    const log = path.join(scratchFolder(), 'log');
    expect(codeOf(() => exportTiles(head, log))).toBe('EXPORT_REFUSED');
  }
});
