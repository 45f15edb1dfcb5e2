import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../journal/scratch-journal.js';
import { ForgedJournal } from './forged-journal.js';
import { segmentPath } from './tampered-journal.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { codesOf } from './verify-folder.js';

const by = { uid: 1_000, name: 'mallory' };

/** A segment that is sealed and signed, with five records. */
function sealed(): ForgedJournal {
  return new ForgedJournal(scratchFolder()).epoch(1, 'genesis').begin().seal('segment_full').head();
}

function gone(journal: ForgedJournal): void {
  rmSync(segmentPath(journal.directory, 1));
}

async function codes(journal: ForgedJournal): Promise<[string[], string[]]> {
  const { findings, limits } = await verifyByBoth(journal.directory, { key: journal.key });
  return [[...new Set(codesOf(findings))].sort(), codesOf(limits)];
}

describe('a receipt', () => {
  it('stands for what is gone, once it is signed', async () => {
    const journal = sealed();
    const receipt = journal.receipt();
    journal.begin().add('vacuum', { vacuum: receipt, by }).seal('vacuum').head().close();
    gone(journal);
    expect(await codes(journal)).toEqual([[], ['NO_EXPECTED_HEAD', 'VACUUMED']]);
  });

  it('counts for nothing while no head covers it', async () => {
    const journal = sealed();
    const receipt = journal.receipt();
    journal.begin().seal('interval').head().add('vacuum', { vacuum: receipt, by });
    gone(journal);
    expect((await codes(journal))[0]).toContain('SEGMENT_MISSING');
  });

  it('counts for nothing if only a later key signs it: after a crash anybody could have put it there', async () => {
    const journal = sealed();
    const receipt = journal.receipt();
    journal.begin().add('vacuum', { vacuum: receipt, by });
    const unproven = [journal.size - 2, journal.size];
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    journal.epoch(2, 'resume1').begin({ run: 2, epoch: 2, key: journal.pair('run2').key.text });
    journal.add('recovered', { recovered: { segment: 2, torn_bytes: 0, torn_sha256: empty, unproven } });
    journal
      .add('run.close', { run: { number: 2 } })
      .seal('run_close')
      .head('run2');
    expect((await codes(journal))[0]).toEqual([]);
    gone(journal);
    expect((await codes(journal))[0]).toContain('SEGMENT_MISSING');
  });

  it('of records that are held is told, though it is signed', async () => {
    const journal = new ForgedJournal(scratchFolder()).epoch(1, 'genesis').begin();
    journal
      .add('hold', { hold: { first: 2, last: 3, why: 'x' }, by })
      .seal('hold')
      .head()
      .seal('segment_full')
      .head();
    const receipt = journal.receipt();
    journal.begin({}, { holds: [{ seq: 4, first: 2, last: 3 }] });
    journal.add('vacuum', { vacuum: receipt, by }).seal('vacuum').head().close();
    gone(journal);
    // The head over the hold has no proof that leads from it, which our own vacuum would have left.
    expect((await codes(journal))[0]).toEqual(['BOUNDARY_PROOF_INVALID', 'HOLD_BROKEN']);
  });

  it.each([
    ['another number', { number: 2 }],
    ['another beginning', { first: 2 }],
    ['another boundary', { boundary: 3, frontier: ['a'.repeat(64), 'b'.repeat(64)] }],
    ['another frontier', { frontier: ['a'.repeat(64)] }],
    ['a frontier that is too short', { frontier: [] }],
  ])('is refused for %s', async (_name, changes) => {
    const journal = sealed();
    const receipt = journal.receipt(changes);
    journal.begin().add('vacuum', { vacuum: receipt, by }).seal('vacuum').head().close();
    gone(journal);
    expect((await codes(journal))[0]).not.toEqual([]);
  });
});
