/** The suites that try to break the journal. docs/RELIABILITY.md has a row for each, with what its last full run counted. */
export const SUITES = {
  'bit-flips': {
    tries: 'single bits flipped in a finished journal, in every file that a verdict rests on',
    unit: 'flips',
  },
  'proof-flips': {
    tries: 'single bits flipped in cosigned proofs of records and heads, and in a cosignature beside its journal',
    unit: 'flips',
  },
  'structural-attacks': {
    tries: 'lines and files deleted, added, moved, replaced, signed anew; put before both verifiers',
    unit: 'attacks',
  },
  'writer-faults': {
    tries: 'EIO, ENOSPC, EINTR, short writes, kills and power cuts at each file-system call of the writer',
    unit: 'faults',
  },
  'killed-writer': { tries: 'a real writer killed at each system call that makes something durable', unit: 'kills' },
  'killed-reading': {
    tries:
      'reading a stored body: killed at each system call that changes a file, on full disks, on a journal of no writes',
    unit: 'faults',
  },
  'running-recorder': {
    tries: 'recorder or program killed or stopped under load; two recorders at once',
    unit: 'faults',
  },
  parsers: { tries: 'mutated bytes given to each parser of files and messages', unit: 'inputs' },
} as const;

export type Suite = keyof typeof SUITES;

/** What one full run of a suite counted. */
export interface Counts {
  readonly suite: Suite;
  readonly tries: string;
  readonly unit: string;
  /** Flips, attacks, faults, inputs, as the suite's unit says. */
  readonly tried: number;
  /** What went by unseen, or without a coded error. */
  readonly undetected: number;
  /** Records that were acknowledged and are not there, or are changed; absent where nothing is recorded. */
  readonly lost?: number;
}
