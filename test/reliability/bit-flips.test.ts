import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { verifySignature } from '../../src/keys/ed25519.js';
import { hasPython, secondOpinion } from '../fixtures/second-verifier.js';
import { overwrite, TamperedJournal } from '../unit/audit/tampered-journal.js';
import { memoised, verifyFolder } from '../unit/audit/verify-folder.js';
import { isFull, sample, Tally, timeoutMs } from './tally.js';

const tally = new Tally('bit-flips', { records: false });

/** Every file whose content a verdict rests on. */
function filesOf(directory: string): string[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(path.join(directory, folder)).map((name) => path.join(folder, name));
  return [
    'journal.json',
    'checkpoint',
    ...inFolder('heads'),
    ...inFolder('epochs'),
    ...inFolder('policies'),
    ...inFolder('segments'),
  ];
}

const SAMPLE = 1_500;
/** The second verifier is asked about each of so many. */
const SECOND_EVERY = isFull ? 10 : 5;

it(
  'no bit of a finished journal can be flipped unseen',
  async () => {
    const journal = new TamperedJournal();
    const verify = memoised(verifySignature);
    const copy = journal.copy(() => undefined);
    const { key } = journal;
    expect((await verifyFolder(copy, { key, verify })).findings).toEqual([]);
    const files = filesOf(copy);
    expect(files.filter((file) => file.startsWith('segments/')).length).toBeGreaterThanOrEqual(3);
    expect(files.filter((file) => file.startsWith('epochs/')).length).toBeGreaterThanOrEqual(2);
    const flips = files.flatMap((file) => {
      const original = readFileSync(path.join(copy, file));
      // Writable, so that a flip is one write.
      overwrite(path.join(copy, file), original);
      return Array.from({ length: original.length * 8 }, (_, bit) => ({ file, bit, original }));
    });
    for (const [at, { file, bit, original }] of sample(flips, SAMPLE, 20_261_124).entries()) {
      tally.try();
      const bytes = Buffer.from(original);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path.join(copy, file), bytes);
      const { verdict, obstacle } = await verifyFolder(copy, { key, verify });
      // A flip of the version's digit makes a format that nobody knows yet; that is seen as well.
      const isSeen = verdict === 'NOT_VERIFIED' || obstacle?.code === 'UNKNOWN_FORMAT';
      const second = hasPython && at % SECOND_EVERY === 0 ? await secondOpinion(copy, { key }) : undefined;
      if (!isSeen) tally.undetected.push(`${file} bit ${bit}: ${verdict}`);
      if (second !== undefined && second.verdict !== verdict)
        tally.undetected.push(`${file} bit ${bit}: ${verdict}, but ${second.verdict} to the second verifier`);
      writeFileSync(path.join(copy, file), original);
    }
    expect(tally.undetected).toEqual([]);
  },
  timeoutMs,
);
