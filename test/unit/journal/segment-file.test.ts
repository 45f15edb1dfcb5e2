/** Durability `batch`: what was written is synced at once after a pause, and under load not all the time. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SegmentFile } from '../../../src/journal/folder/segment-file.js';
import { fileSystem, type FileSystem } from '../../../src/keys/file-system.js';
import { scratchFolder } from './scratch-journal.js';

test('background syncs pause, and none is left out', async () => {
  let syncs = 0;
  const fdatasync: Pick<typeof fileSystem, 'fdatasync'>['fdatasync'] = Object.assign(
    (...args: Parameters<typeof fileSystem.fdatasync>) => {
      syncs += 1;
      fileSystem.fdatasync(...args);
    },
    { __promisify__: fileSystem.fdatasync.__promisify__ },
  );
  const fs: FileSystem = { ...fileSystem, fdatasync };
  const file = path.join(scratchFolder(), 'segment');
  const segment = new SegmentFile(fs, file);
  const failures: unknown[] = [];
  const write = (): void => {
    segment.write(Buffer.from('line\n'));
    segment.syncSoon((error) => failures.push(error));
  };
  write();
  expect(syncs).toBe(1);
  const began = performance.now();
  for (let i = 0; i < 20; i += 1) {
    write();
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  // On a machine that stands still meanwhile, more than the first may have been due.
  const bound = 2 + Math.floor((performance.now() - began) / 100);
  expect(syncs).toBeLessThanOrEqual(bound);
  const soFar = syncs;
  write();
  const deadline = Date.now() + 5_000;
  while (syncs === soFar && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(syncs).toBe(soFar + 1);
  segment.finish();
  expect(failures).toEqual([]);
  expect(readFileSync(file, 'utf8')).toBe('line\n'.repeat(22));
});
