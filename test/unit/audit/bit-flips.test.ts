import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { overwrite, TamperedJournal } from './tampered-journal.js';
import { memoised, verifyFolder } from './verify-folder.js';

/** Every file whose content a verdict rests on. */
function filesOf(directory: string): string[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(path.join(directory, folder)).map((name) => path.join(folder, name));
  return ['journal.json', 'checkpoint', ...inFolder('heads'), ...inFolder('epochs'), ...inFolder('segments')];
}

/** A sequence that looks random and is the same each time (a multiplicative congruential generator). */
function* sequence(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state;
  }
}

const SAMPLE = 1_500;

it(
  'no bit of a finished journal can be flipped unseen',
  async () => {
    const journal = new TamperedJournal();
    const verify = memoised(verifySignature);
    const copy = journal.copy(() => undefined);
    const { key } = journal;
    expect((await verifyFolder(copy, { key, verify })).findings).toEqual([]);
    const flips = filesOf(copy).flatMap((file) => {
      const bits = readFileSync(path.join(copy, file)).length * 8;
      return Array.from({ length: bits }, (_, bit) => [file, bit] as const);
    });
    const random = sequence(20_261_124);
    const chosen =
      process.env['SLOW'] === '1'
        ? flips
        : Array.from({ length: SAMPLE }, () => flips[Number(random.next().value) % flips.length]);
    const unseen: string[] = [];
    for (const flip of chosen) {
      if (flip === undefined) continue;
      const [file, bit] = flip;
      const bytes = readFileSync(path.join(copy, file));
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      overwrite(path.join(copy, file), bytes);
      const { verdict, obstacle } = await verifyFolder(copy, { key, verify });
      // A flip of the version's digit makes a format that nobody knows yet; that is seen as well.
      const isSeen = verdict === 'NOT_VERIFIED' || obstacle?.code === 'UNKNOWN_FORMAT';
      if (!isSeen) unseen.push(`${file} bit ${bit}: ${verdict}`);
      cpSync(path.join(journal.directory, file), path.join(copy, file), { force: true });
    }
    expect(unseen).toEqual([]);
  },
  process.env['SLOW'] === '1' ? 1_800_000 : 60_000,
);
