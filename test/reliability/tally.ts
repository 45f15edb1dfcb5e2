import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { SUITES, type Counts, type Suite } from './suites.js';

/** Everything instead of a sample: minutes instead of seconds. */
export const isFull = process.env['SLOW'] === '1';

/** Bounds of a test that runs everything where it is asked to. */
export const timeoutMs = isFull ? 3_600_000 : 120_000;

/** Counts what a suite tries. A full run leaves its counts for docs/RELIABILITY.md (scripts/reliability.mjs). */
export class Tally {
  #tried = 0;
  readonly undetected: string[] = [];
  readonly lost: string[] = [];

  /** @param records whether the suite records, so that something could be lost */
  constructor(suite: Suite, { records }: { readonly records: boolean }) {
    let isGood = true;
    afterEach(({ task }) => {
      isGood &&= task.result?.state === 'pass';
    });
    afterAll(() => {
      if (!isFull || !isGood || this.#tried === 0) return;
      const counts: Counts = {
        suite,
        ...SUITES[suite],
        tried: this.#tried,
        undetected: this.undetected.length,
        ...(records ? { lost: this.lost.length } : {}),
      };
      const folder = path.join(import.meta.dirname, 'counts');
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, `${suite}.json`), `${JSON.stringify(counts)}\n`);
    });
  }

  try(): void {
    this.#tried += 1;
  }
}

/** A sequence that looks random and is the same each time (a multiplicative congruential generator). */
export function* sequence(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state;
  }
}

/** All of them in a full run, else `count` that the seed chooses, in their order. */
export function sample<T>(all: readonly T[], count: number, seed: number): readonly T[] {
  if (isFull || all.length <= count) return all;
  const random = sequence(seed);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.next().value % all.length);
  return all.filter((_, at) => chosen.has(at));
}
