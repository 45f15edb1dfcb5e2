import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import { recordRun, scratchFolder, siteRecord, writerOptions } from '../journal/scratch-journal.js';
import { segmentPath } from './tampered-journal.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { codesOf } from './verify-folder.js';

/** Records a run that is killed: nothing is sealed at its end, and the lock is gone with its holder. */
function interruptedRun(options: WriterOptions, { interval }: { readonly interval: boolean }): void {
  const writer = JournalWriter.open({ ...options, lock: () => ({ release: () => undefined }) });
  writer.beginRun();
  writer.append(siteRecord(1));
  if (interval) writer.seal('interval');
  writer.append(siteRecord(2));
  writer.flush();
}

describe('after a crash', () => {
  it('names what was not signed while it was recorded, for ever', async () => {
    const options = writerOptions(scratchFolder());
    interruptedRun(options, { interval: true });
    recordRun(options, 2);
    recordRun(options, 2);
    const result = await verifyByBoth(options.directory);
    expect(result.findings).toEqual([]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD', 'RECOVERED', 'INTERRUPTED']);
    expect(result.ranges).toMatchObject({
      good: [
        [1, 5],
        [7, result.records],
      ],
      unproven: [[6, 6]],
    });
  });

  it('keeps the head that stood in checkpoint only', async () => {
    const options = writerOptions(scratchFolder());
    interruptedRun(options, { interval: true });
    const head = readFileSync(path.join(options.directory, 'checkpoint'));
    recordRun(options, 2);
    expect(readFileSync(path.join(options.directory, 'heads/5'))).toEqual(head);
    rmSync(path.join(options.directory, 'heads/5'));
    // Without it the first records would be unproven as well, which is not what the next run found.
    expect(codesOf((await verifyByBoth(options.directory)).findings)).toContain('RECOVERED_MISMATCH');
  });

  it.each([
    ['half a line', '{"seq":6,"prev":"00'],
    ['blocks of zeros', '\0'.repeat(8_192)],
    ['a broken line in the middle', `garbage\n{"seq":7,"prev":"${'0'.repeat(64)}","kind":"net"}\n`],
  ])('leaves %s as it is, and describes it', async (_name, torn) => {
    const options = writerOptions(scratchFolder());
    interruptedRun(options, { interval: false });
    appendFileSync(segmentPath(options.directory, 1), torn);
    const before = await verifyByBoth(options.directory);
    expect(before.findings).toEqual([]);
    expect(codesOf(before.limits)).toEqual(['NO_EXPECTED_HEAD', 'TORN_TAIL', 'UNSEALED', 'RUN_OPEN']);
    recordRun(options, 2);
    const result = await verifyByBoth(options.directory);
    expect(result.findings).toEqual([]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD', 'TORN_TAIL', 'RECOVERED', 'INTERRUPTED']);
    expect(readFileSync(segmentPath(options.directory, 1), 'utf8').endsWith(torn)).toBe(true);
    // Nobody can change it any more.
    const bytes = readFileSync(segmentPath(options.directory, 1));
    bytes[bytes.length - 2] = (bytes[bytes.length - 2] ?? 0) ^ 1;
    rmSync(segmentPath(options.directory, 1));
    writeFileSync(segmentPath(options.directory, 1), bytes);
    expect(codesOf((await verifyByBoth(options.directory)).findings)).toEqual(['RECOVERED_MISMATCH']);
  });

  it('explains several crashes in a row, one of them before the first record', async () => {
    const options = writerOptions(scratchFolder());
    interruptedRun(options, { interval: false });
    const writer = JournalWriter.open({ ...options, lock: () => ({ release: () => undefined }) });
    writer.beginRun();
    // As if the kill had come between the creation of the file and the first write.
    rmSync(segmentPath(options.directory, 2));
    writeFileSync(segmentPath(options.directory, 2), '');
    recordRun(options, 2);
    const result = await verifyByBoth(options.directory);
    expect(result.findings).toEqual([]);
    expect(result.ranges.unproven).toEqual([[1, 5]]);
  });
});
