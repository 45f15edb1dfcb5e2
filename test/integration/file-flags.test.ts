import { chmodSync, closeSync, openSync, readdirSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JournalWriter } from '../../src/journal/writer.js';
import { guardedSegments } from '../../src/recorder/upkeep/guarded-segments.js';
import { clearFileFlags, fileFlag, setFileFlag } from '../../src/system/file-flags.js';
import { verifyFolder } from '../unit/audit/verify-folder.js';
import { recordRun, runClose, scratchFolder, siteRecord, writerOptions } from '../unit/journal/scratch-journal.js';
import { maxSize, segmentsOf, vacuum } from '../unit/journal/vacuumed-journal.js';

/** Whether flags can be set in the folder for temporary files, by this user. */
function canSetFlags(): boolean {
  const file = path.join('/tmp', `egress-flags-${process.pid}`);
  writeFileSync(file, '');
  const fd = openSync(file, 'a');
  const reason = setFileFlag(fd, 'append');
  setFileFlag(fd, 'none');
  closeSync(fd);
  rmSync(file);
  return reason === undefined;
}

describe.skipIf(!canSetFlags())('segments with file flags (needs root and a file system that knows them)', () => {
  function guarded(): ReturnType<typeof writerOptions> {
    const folder = scratchFolder();
    const options = writerOptions(folder, {
      segmentBytesMax: 2_200,
      guard: (fd, flag) => {
        expect(setFileFlag(fd, flag)).toBeUndefined();
      },
    });
    // Otherwise the folder could not be removed.
    onTestFinished(() => {
      for (const number of segmentsOf(options)) clearFileFlags(segment(options.directory, number));
    });
    return options;
  }
  const segment = (directory: string, number: number): string =>
    path.join(directory, 'segments', `${String(number).padStart(8, '0')}.jsonl`);

  it('take lines at their end and nothing else, and nothing once they are sealed', async () => {
    const options = guarded();
    const writer = JournalWriter.open(options);
    const run = writer.beginRun();
    const open = segment(options.directory, 1);
    for (const change of [
      truncateSync,
      unlinkSync,
      (file: string) => {
        writeFileSync(file, 'x');
      },
    ]) {
      expect(() => {
        change(open);
      }).toThrow(/EPERM/);
    }
    writer.append(siteRecord(1));
    writer.close(runClose(run));
    expect(writer.failure).toBeUndefined();
    for (const change of [
      truncateSync,
      unlinkSync,
      (file: string) => {
        chmodSync(file, 0o600);
      },
      (file: string) => {
        writeFileSync(file, 'x', { flag: 'a' });
      },
    ]) {
      expect(() => {
        change(open);
      }).toThrow(/EPERM/);
    }
    expect((await verifyFolder(options.directory)).findings).toEqual([]);
    expect(guardedSegments(options.directory)).toEqual({ segments: 1, immutable: 1, appendOnly: 0 });
  });

  it('stay append-only after a crash, and the next run goes on', async () => {
    const options = { ...guarded(), lock: () => ({ release: () => undefined }) };
    const writer = JournalWriter.open(options);
    writer.beginRun();
    writer.append(siteRecord(1));
    writer.flush();
    recordRun(options, 1);
    expect(guardedSegments(options.directory)).toEqual({ segments: 2, immutable: 1, appendOnly: 1 });
    expect((await verifyFolder(options.directory)).findings).toEqual([]);
  });

  it('are removed by a vacuum', async () => {
    const options = guarded();
    for (let run = 1; run <= 3; run += 1) recordRun(options, 9);
    await vacuum(options, maxSize(4_000));
    expect(segmentsOf(options)[0]).toBeGreaterThan(2);
    expect((await verifyFolder(options.directory)).findings).toEqual([]);
    expect(readdirSync(path.join(options.directory, 'segments'))).toHaveLength(segmentsOf(options).length);
  });
});

it('where flags cannot be set says why, and does no harm', () => {
  const fd = openSync('/proc/self/status', 'r');
  expect(setFileFlag(fd, 'append')).toMatch(/^E[A-Z]+$|platform/);
  expect(fileFlag(fd)).toBeUndefined();
  closeSync(fd);
});
