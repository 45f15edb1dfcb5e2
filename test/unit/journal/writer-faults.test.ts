import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EgressError } from '../../../src/core/error.js';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { memoised, verifyFolder } from '../audit/verify-folder.js';
import { Crash, FaultyFileSystem, type Call, type Fault } from './faulty-file-system.js';
import { recordRun, runClose, scratchFolder, siteRecord, writerOptions } from './scratch-journal.js';

const verify = memoised(verifySignature);
const RECORDS = 14;

/** Records a run of two segments and an interval head. Returns the records that a durable head acknowledged. */
function attempt(options: WriterOptions): { acknowledged: number; failure: unknown } {
  let acknowledged = 0;
  try {
    const writer = JournalWriter.open(options);
    const run = writer.beginRun();
    for (let i = 1; i <= RECORDS; i += 1) {
      writer.prepare();
      writer.append(siteRecord(i));
      writer.flush();
      if (i === 3) writer.seal('interval');
      if (writer.failure === undefined) acknowledged = writer.head?.size ?? 0;
    }
    writer.close(runClose(run));
    if (writer.failure === undefined) acknowledged = writer.head?.size ?? 0;
    return { acknowledged, failure: writer.failure };
  } catch (error) {
    return { acknowledged, failure: error };
  }
}

/** All lines that lie in the segments, whole or not. */
function allText(directory: string): string {
  const folder = path.join(directory, 'segments');
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(path.join(folder, name), 'latin1'))
    .join('');
}

/** No real lock: after a simulated crash its holder, which is this process, still lives. */
const unlocked = { lock: () => ({ release: () => undefined }), segmentBytesMax: 2_200 };

/** Calls of a faultless second run in a journal. */
function callsOfSecondRun(): Call[] {
  const options = writerOptions(scratchFolder(), unlocked);
  recordRun(options, 3);
  const counting = new FaultyFileSystem();
  expect(attempt({ ...options, fs: counting.fs }).failure).toBeUndefined();
  return counting.calls;
}

async function inject(at: Call, fault: Fault): Promise<void> {
  const options = writerOptions(scratchFolder(), unlocked);
  recordRun(options, 3);
  const before = (await verifyFolder(options.directory, { verify })).records;
  const faulty = new FaultyFileSystem(at, fault);
  const { acknowledged, failure } = attempt({ ...options, fs: faulty.fs });
  const what = `${fault} at ${at.name} ${at.nth}`;
  if (failure !== undefined && fault !== 'crash') expect(failure, what).toBeInstanceOf(EgressError);
  if (fault === 'short' || (fault === 'EINTR' && at.name === 'writeSync')) expect(failure, what).toBeUndefined();

  // As it lies there after the fault, and after another run has gone on from there.
  const left = await verifyFolder(options.directory, { verify });
  expect(left.findings, what).toEqual([]);
  const text = allText(options.directory);
  recordRun(options, 3);
  const result = await verifyFolder(options.directory, { verify });
  expect(result.findings, what).toEqual([]);
  expect(allText(options.directory).startsWith(text), what).toBe(true);
  expect(result.records, what).toBeGreaterThan(Math.max(before, acknowledged));
  const proven = result.ranges.good.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const unproven = result.ranges.unproven.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  expect(proven + unproven, what).toBe(result.records);
  // What was acknowledged is never unproven.
  for (const [first] of result.ranges.unproven) expect(first, what).toBeGreaterThan(acknowledged);
}

/** All calls with SLOW=1, else every seventh, and not always the same ones for each fault. */
function chosen(calls: readonly Call[], offset: number): readonly Call[] {
  return process.env['SLOW'] === '1' ? calls : calls.filter((_, at) => at % 7 === offset);
}

describe('a fault at any call that writes', { timeout: 120_000 }, () => {
  const calls = callsOfSecondRunOnce();
  it('is a crash: nothing acknowledged is lost, nothing torn is hidden', async () => {
    for (const call of chosen(calls(), 0)) await inject(call, 'crash');
  });
  it('is an error: recording ends with a code, and the next run goes on', async () => {
    for (const call of chosen(calls(), 3)) await inject(call, call.name === 'writeSync' ? 'ENOSPC' : 'EIO');
  });
  it('is an interruption or a short write: nothing happens', async () => {
    const writes = calls().filter(({ name }) => name === 'writeSync');
    for (const call of chosen(writes, 1)) await inject(call, 'EINTR');
    for (const call of chosen(writes, 2)) await inject(call, 'short');
  });
});

/** Counted once, and inside a test, since a scratch folder belongs to one. */
function callsOfSecondRunOnce(): () => Call[] {
  let calls: Call[] | undefined;
  return () => (calls ??= callsOfSecondRun());
}

describe('a crash while the journal is created', { timeout: 60_000 }, () => {
  it('leaves a folder in which the next run creates it', async () => {
    const counting = new FaultyFileSystem();
    expect(attempt({ ...writerOptions(scratchFolder(), unlocked), fs: counting.fs }).failure).toBeUndefined();
    for (const call of counting.calls) {
      const options = writerOptions(scratchFolder(), unlocked);
      attempt({ ...options, fs: new FaultyFileSystem(call, 'crash').fs });
      recordRun(options, 2);
      const result = await verifyFolder(options.directory, { verify });
      expect(result.findings, `${call.name} ${call.nth}`).toEqual([]);
    }
  });
});

it('names a full disk', () => {
  const options = writerOptions(scratchFolder(), unlocked);
  recordRun(options, 1);
  const calls = callsOfSecondRun().filter(({ name }) => name === 'writeSync');
  const last = calls.at(-4);
  const { failure } = attempt({ ...options, fs: new FaultyFileSystem(last, 'ENOSPC').fs });
  expect(failure).toMatchObject({ code: 'DISK_FULL' });
  expect(failure).not.toBeInstanceOf(Crash);
});
