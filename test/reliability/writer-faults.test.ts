/**
 * A fault at any file-system call of the writer: opening, recording, interval heads, hand-overs at a segment's end, a
 * hold, closing. Afterwards the journal is verified as it lies there, recorded to once more, and verified again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EgressError } from '../../src/core/error.js';
import { JournalWriter, type WriterOptions } from '../../src/journal/writer.js';
import { verifySignature } from '../../src/keys/ed25519.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';
import { codesOf, memoised, verifyFolder } from '../unit/audit/verify-folder.js';
import { CHANGING, Crash, FaultyFileSystem, type Call, type Fault } from '../unit/journal/faulty-file-system.js';
import { recordRun, runClose, scratchFolder, siteRecord, writerOptions } from '../unit/journal/scratch-journal.js';
import { maxSize, segmentsOf, vacuum } from '../unit/journal/vacuumed-journal.js';
import { sample, Tally, timeoutMs } from './tally.js';

const tally = new Tally('writer-faults', { records: true });
const verify = memoised(verifySignature);
const RECORDS = 14;
/** Faults of each kind in a sample. */
const SAMPLE = 4;

type Durability = WriterOptions['durability'];

interface Attempt {
  /** All lines up to the newest head that the writer reported, and up to its newest flush that succeeded. */
  readonly covered: string;
  readonly flushed: string;
  /** Number of records under that head. */
  readonly size: number;
  readonly stage: 'opening' | 'recording' | 'closing' | 'closed';
  readonly failure: unknown;
}

/** All lines that lie in the segments, whole or not. */
function allText(directory: string): string {
  const folder = path.join(directory, 'segments');
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(path.join(folder, name), 'latin1'))
    .join('');
}

/** Records a run of several segments with an interval head, and notes what the writer acknowledged on the way. */
async function attempt(options: WriterOptions): Promise<Attempt> {
  let [covered, flushed, size] = ['', '', 0];
  let stage: Attempt['stage'] = 'opening';
  try {
    const writer = JournalWriter.open(options);
    const note = (): void => {
      if (writer.failure !== undefined) return;
      flushed = allText(options.directory);
      if (writer.head === undefined || writer.head.size === size) return;
      size = writer.head.size;
      // Heads stand at segments' ends; what the next segment begins with was not yet written.
      covered = flushed;
    };
    const run = writer.beginRun();
    stage = 'recording';
    for (let i = 1; i <= RECORDS; i += 1) {
      if (writer.prepare()) note();
      writer.append(siteRecord(i));
      if (i === 3) writer.seal('interval');
      else if (i === 5) writer.seal('hold');
      else writer.flush();
      note();
      // A background fdatasync reports its failure in between.
      if (options.durability === 'batch') await new Promise(setImmediate);
    }
    stage = 'closing';
    writer.close(runClose(run));
    note();
    return { covered, flushed, size, stage: 'closed', failure: writer.failure };
  } catch (error) {
    return { covered, flushed, size, stage, failure: error };
  }
}

afterEach(() => {
  expect(tally.lost).toEqual([]);
  expect(tally.undetected).toEqual([]);
});

/** No real lock: after a simulated crash its holder, which is this process, still lives. */
const settings = (durability: Durability): Partial<WriterOptions> => {
  return { lock: () => ({ release: () => undefined }), segmentBytesMax: 2_200, durability };
};

/** Calls of a faultless second run in a journal. */
async function callsOfSecondRun(durability: Durability): Promise<Call[]> {
  const options = writerOptions(scratchFolder(), settings(durability));
  recordRun(options, 3);
  const counting = new FaultyFileSystem();
  expect((await attempt({ ...options, fs: counting.fs })).failure).toBeUndefined();
  return counting.calls;
}

const length = (ranges: readonly (readonly [number, number])[]): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);

async function inject(at: Call, fault: Fault, durability: Durability): Promise<void> {
  tally.try();
  const options = writerOptions(scratchFolder(), settings(durability));
  recordRun(options, 3);
  const before = allText(options.directory);
  const { covered, flushed, size, stage, failure } = await attempt({
    ...options,
    fs: new FaultyFileSystem(at, fault).fs,
  });
  const what = `${fault} at ${at.name} ${at.nth}, durability ${durability}`;
  const isEnd = fault === 'crash' || fault === 'power';
  if (failure !== undefined && !isEnd && !(failure instanceof EgressError))
    tally.undetected.push(`${what}: ${(failure as Error).message}, without a code`);
  if (fault === 'short' || (fault === 'EINTR' && at.name === 'writeSync')) expect(failure, what).toBeUndefined();

  // A kill takes nothing that was written; a power cut nothing that was made durable.
  const promised = fault === 'power' && durability !== 'always' ? covered : flushed;
  const text = allText(options.directory);
  if (!text.startsWith(promised) || !text.startsWith(before)) tally.lost.push(what);

  // As it lies there after the fault, and after another run has gone on from there.
  const look = isEnd ? verifyByBoth : verifyFolder;
  const left = await look(options.directory, { verify });
  if (left.findings.length > 0) tally.undetected.push(`${what}: ${codesOf(left.findings).join()}`);
  recordRun(options, 3);
  const result = await look(options.directory, { verify });
  if (result.findings.length > 0) tally.undetected.push(`${what}, next run: ${codesOf(result.findings).join()}`);
  if (!allText(options.directory).startsWith(text)) tally.lost.push(`${what}, next run`);
  expect(length(result.ranges.good) + length(result.ranges.unproven), what).toBe(result.records);
  // What was acknowledged by a head is never unproven; and a run that was broken off is said to be.
  for (const [first] of result.ranges.unproven) if (first <= size) tally.lost.push(`${what}: #${first} unproven`);
  if (isEnd && stage === 'recording') expect(codesOf(result.limits), what).toContain('INTERRUPTED');
}

describe.each(['none', 'batch', 'always'] as const)(
  'with durability %s, a fault',
  { timeout: timeoutMs },
  (durability) => {
    const seed = { none: 1, batch: 2, always: 3 }[durability];

    it.each(['crash', 'power'] as const)('that ends the process (%s) loses nothing acknowledged', async (fault) => {
      const calls = await callsOfSecondRun(durability);
      const changing = calls.filter(({ name }) => CHANGING.has(name));
      for (const call of sample(changing, SAMPLE, seed)) await inject(call, fault, durability);
    });

    it.each(['EIO', 'ENOSPC', 'EINTR'] as const)('of the system (%s) ends recording with a code', async (fault) => {
      const calls = await callsOfSecondRun(durability);
      for (const call of sample(calls, SAMPLE, seed + 3)) await inject(call, fault, durability);
    });

    it('that cuts a write short changes nothing', async () => {
      const calls = await callsOfSecondRun(durability);
      const writes = calls.filter(({ name }) => name === 'writeSync');
      for (const call of sample(writes, SAMPLE, seed + 6)) await inject(call, 'short', durability);
    });
  },
);

describe('a crash while the journal is created', { timeout: timeoutMs }, () => {
  it.each(['crash', 'power'] as const)('(%s) leaves a folder in which the next run creates it', async (fault) => {
    const counting = new FaultyFileSystem();
    const first = await attempt({ ...writerOptions(scratchFolder(), settings('none')), fs: counting.fs });
    expect(first.failure).toBeUndefined();
    const changing = counting.calls.filter(({ name }) => CHANGING.has(name));
    for (const call of sample(changing, 2 * SAMPLE, 10)) {
      tally.try();
      const options = writerOptions(scratchFolder(), settings('none'));
      await attempt({ ...options, fs: new FaultyFileSystem(call, fault).fs });
      recordRun(options, 2);
      const { findings } = await verifyByBoth(options.directory, { verify });
      if (findings.length > 0) tally.undetected.push(`creation, ${fault} at ${call.name} ${call.nth}`);
    }
  });
});

describe('a vacuum', { timeout: timeoutMs }, () => {
  /** Three runs of several segments, of which a vacuum leaves the newest. */
  const vacuumed = async (fault?: FaultyFileSystem): Promise<[options: WriterOptions, failure: unknown]> => {
    const options = writerOptions(scratchFolder(), settings('none'));
    for (let run = 1; run <= 3; run += 1) recordRun(options, 9);
    const fs = fault === undefined ? {} : { fs: fault.fs };
    try {
      await vacuum({ ...options, ...fs }, maxSize(5_000));
      return [options, undefined];
    } catch (error) {
      return [options, error];
    }
  };

  it.each(['crash', 'power', 'EIO', 'ENOSPC', 'EINTR'] as const)(
    'with a fault (%s) is finished by the next',
    async (fault) => {
      const counting = new FaultyFileSystem();
      expect((await vacuumed(counting))[1]).toBeUndefined();
      const isEnd = fault === 'crash' || fault === 'power';
      const calls = counting.calls.filter(({ name }) => !isEnd || CHANGING.has(name));
      for (const call of sample(calls, SAMPLE, 20)) {
        tally.try();
        const what = `vacuum, ${fault} at ${call.name} ${call.nth}`;
        const [options, failure] = await vacuumed(new FaultyFileSystem(call, fault));
        if (failure !== undefined && !isEnd && !(failure instanceof EgressError))
          tally.undetected.push(`${what}: ${failure instanceof Error ? failure.stack : ''}, without a code`);
        const left = await verifyByBoth(options.directory, { verify });
        if (left.findings.length > 0) tally.undetected.push(`${what}: ${codesOf(left.findings).join()}`);
        // Records are gone only where a receipt stands for them.
        if (segmentsOf(options)[0] !== 1 && !codesOf(left.limits).includes('VACUUMED')) tally.lost.push(what);
        const text = allText(options.directory);
        recordRun(options, 1);
        if (!allText(options.directory).startsWith(text)) tally.lost.push(`${what}, next run`);
        await vacuum(options, maxSize(5_000));
        const after = await verifyByBoth(options.directory, { verify });
        if (after.findings.length > 0) tally.undetected.push(`${what}, next: ${codesOf(after.findings).join()}`);
        expect(codesOf(after.limits), what).toContain('VACUUMED');
        expect(codesOf(after.limits), what).not.toContain('VACUUM_UNFINISHED');
      }
    },
  );
});

it('names a full disk', async () => {
  const options = writerOptions(scratchFolder(), settings('none'));
  recordRun(options, 1);
  const calls = (await callsOfSecondRun('none')).filter(({ name }) => name === 'writeSync');
  const { failure } = await attempt({ ...options, fs: new FaultyFileSystem(calls.at(-4), 'ENOSPC').fs });
  expect(failure).toMatchObject({ code: 'DISK_FULL' });
  expect(failure).not.toBeInstanceOf(Crash);
});
