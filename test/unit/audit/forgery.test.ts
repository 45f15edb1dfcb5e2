import { describe, expect, it } from 'vitest';
import { scratchFolder } from '../journal/scratch-journal.js';
import { ForgedJournal } from './forged-journal.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { codesOf } from './verify-folder.js';

const EMPTY = { run: 1, epoch: 2 };

async function findingsOf(forge: (journal: ForgedJournal) => unknown): Promise<string[]> {
  const journal = new ForgedJournal(scratchFolder());
  forge(journal);
  return [...new Set(codesOf((await verifyByBoth(journal.directory, { key: journal.key })).findings))];
}

/** What has to come with a hand-over by the run key. */
const handOver = (journal: ForgedJournal): ForgedJournal => {
  const [key, resume] = [journal.pair('run2').key.text, journal.pair('resume2').key.text];
  return journal
    .add('epoch.next', { epoch: { number: 2, key, resume } })
    .seal('segment_full')
    .head()
    .epoch(2, 'run1');
};
const secondKey = (journal: ForgedJournal): { key: string } => ({ key: journal.pair('run2').key.text });

describe('a journal by somebody who has all keys', () => {
  it('is good if it keeps the rules', async () => {
    expect(await findingsOf((journal) => journal.epoch(1, 'genesis').begin().close())).toEqual([]);
    const handed = await findingsOf((journal) => {
      handOver(journal.epoch(1, 'genesis').begin()).begin({ ...EMPTY, ...secondKey(journal) });
      journal
        .add('run.close', { run: { number: 1 } })
        .seal('run_close')
        .head('run2');
    });
    expect(handed).toEqual([]);
  });

  const cases: [name: string, forge: (journal: ForgedJournal) => unknown, codes: string[]][] = [
    [
      'a head over a record that is no seal',
      (j) => j.epoch(1, 'genesis').begin().add('run.close').head().close(),
      ['SEAL_MISSING'],
    ],
    ['a segment that ends without a seal', (j) => j.epoch(1, 'genesis').begin().begin().close(), ['SEGMENT_UNSEALED']],
    [
      'a segment that an interval seal ends',
      (j) => j.epoch(1, 'genesis').begin().seal('interval').head().begin().close(),
      ['SEGMENT_UNSEALED'],
    ],
    [
      'a segment that ends without a head',
      (j) => j.epoch(1, 'genesis').begin().seal('segment_full').begin().close(),
      ['HEAD_MISSING'],
    ],
    ['another segment number', (j) => j.epoch(1, 'genesis').begin({ number: 7 }).close(), ['SEGMENT_STRUCTURE']],
    [
      'another journal’s digest',
      (j) =>
        j
          .epoch(1, 'genesis')
          .begin({ journal: 'f'.repeat(64) })
          .close(),
      ['JOURNAL_FILE_DAMAGED'],
    ],
    ['another epoch in segment.open', (j) => j.epoch(1, 'genesis').begin({ epoch: 2 }).close(), ['SEGMENT_STRUCTURE']],
    ['another key in segment.open', (j) => j.epoch(1, 'genesis').begin(secondKey(j)).close(), ['SEGMENT_STRUCTURE']],
    ['a run that nobody began', (j) => j.epoch(1, 'genesis').begin({ run: 5 }).close(), ['SEGMENT_STRUCTURE']],
    [
      'a second segment.open',
      (j) => j.epoch(1, 'genesis').begin().add('segment.open', { segment: {} }).close(),
      ['SEGMENT_STRUCTURE'],
    ],
    [
      'officers that appear from nowhere',
      (j) =>
        j
          .epoch(1, 'genesis')
          .begin()
          .seal('segment_full')
          .head()
          .begin({}, { officers: ['mallory'] })
          .close(),
      ['STATE_CHANGED'],
    ],
    [
      'a hold that is gone without a release',
      (j) =>
        j
          .epoch(1, 'genesis')
          .begin()
          .add('hold', { hold: { first: 1, last: 2, why: 'x' }, by: {} })
          .seal('segment_full')
          .head()
          .begin()
          .close(),
      ['STATE_CHANGED'],
    ],
    [
      'a state that is none',
      (j) =>
        j
          .epoch(1, 'genesis')
          .begin({}, { holds: ['x'] })
          .close(),
      ['STATE_CHANGED'],
    ],
    [
      'a first epoch by another key',
      (j) => j.epoch(1, 'other').begin().close(),
      ['EPOCH_INVALID', 'HEAD_INVALID', 'SEGMENT_STRUCTURE'],
    ],
    [
      'a first epoch that does not begin empty',
      (j) => j.epoch(1, 'genesis', { size: 1 }).begin().close(),
      ['EPOCH_INVALID', 'HEAD_INVALID', 'SEGMENT_STRUCTURE'],
    ],
    [
      'an epoch over another history',
      (j) =>
        j
          .epoch(1, 'genesis')
          .begin()
          .close()
          .epoch(2, 'resume1', { root: 'a'.repeat(64) }),
      ['EPOCH_INVALID'],
    ],
    [
      'an epoch after the end',
      (j) => j.epoch(1, 'genesis').begin().close().epoch(2, 'resume1', { size: 99 }),
      ['TAIL_CUT'],
    ],
    [
      'an epoch by the epoch before the last',
      (j) => j.epoch(1, 'genesis').begin().close().epoch(2, 'resume1').epoch(3, 'resume1'),
      ['EPOCH_INVALID'],
    ],
    ['an epoch that is left out', (j) => j.epoch(1, 'genesis').begin().close().epoch(3, 'resume1'), ['EPOCH_INVALID']],
    [
      'a hand-over that no record names',
      (j) => j.epoch(1, 'genesis').begin().close().epoch(2, 'run1'),
      ['EPOCH_INVALID'],
    ],
    [
      'a segment that goes on into the next epoch',
      (j) => {
        j.epoch(1, 'genesis').begin().seal('interval').head().epoch(2, 'resume1');
        j.add('run.close', { run: { number: 1 } })
          .seal('run_close')
          .head('run2');
      },
      ['SEGMENT_STRUCTURE'],
    ],
    [
      'a head by the next epoch’s key',
      (j) => {
        j.epoch(1, 'genesis')
          .begin()
          .add('run.close', { run: { number: 1 } })
          .seal('run_close')
          .head('run2')
          .epoch(2, 'resume1');
      },
      ['HEAD_WRONG_KEY'],
    ],
    [
      'an epoch with a retired key',
      (j) => {
        j.epoch(1, 'genesis').begin().close().epoch(2, 'resume1', { runKey: 'run1' });
      },
      ['EPOCH_INVALID'],
    ],
    [
      'an epoch whose run key lies on disk',
      (j) => {
        j.epoch(1, 'genesis').begin().close().epoch(2, 'resume1', { runKey: 'resume2' });
      },
      ['EPOCH_INVALID'],
    ],
    [
      'recovered bytes that are not there',
      (j) => {
        j.epoch(1, 'genesis').begin().seal('run_close').head().begin();
        const recovered = { segment: 1, torn_bytes: 0, torn_sha256: 'b'.repeat(64) };
        j.add('recovered', { recovered }).close();
      },
      ['RECOVERED_MISMATCH'],
    ],
  ];
  it.each(cases)('is refused for %s', async (_name, forge, codes) => {
    expect((await findingsOf(forge)).sort()).toEqual(codes);
  });

  it('has a limit for kinds that this version does not know', async () => {
    const journal = new ForgedJournal(scratchFolder()).epoch(1, 'genesis').begin().add('weather', { net: 1 }).close();
    const result = await verifyByBoth(journal.directory, { key: journal.key });
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD', 'UNKNOWN_KINDS']);
  });
});
