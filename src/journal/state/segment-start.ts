import type { JournalRecord } from '../../event/record.js';
import type { JournalBeginning } from '../../event/roles.js';
import { anchorOf, type JournalFile } from '../folder/journal-file.js';
import type { JournalState } from './journal-state.js';

/** What the first records of a segment say. */
export interface SegmentStart {
  readonly time: string;
  readonly number: number;
  readonly run: number;
  readonly epoch: number;
  /** Verifier key of the epoch's run key. */
  readonly key: string;
  readonly journal: JournalFile;
  readonly state: JournalState;
  /** Of a new journal. */
  readonly beginning: JournalBeginning | undefined;
  /** Digest of the run's policy. */
  readonly policy: string | undefined;
}

/** The records that every segment begins with, so that it can be read without the ones before it. */
export function segmentStart(start: SegmentStart): JournalRecord[] {
  const { time, number, run, epoch, key, journal, state, beginning, policy } = start;
  const segment = { number, run, epoch, key, journal: journal.digest };
  const records: JournalRecord[] = [
    { kind: 'segment.open', time, segment: policy === undefined ? segment : { ...segment, policy } },
    { kind: 'state', time, state },
  ];
  if (number === 1) {
    const { origin, created, key: genesis } = journal;
    const fields = { version: 1, origin, key: genesis.text, created, ...anchorOf(journal) } as const;
    records.push({ kind: 'journal.open', time, journal: fields, ...beginning });
  }
  return records;
}
