import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { RunCloseRecord } from '../../../src/event/record.js';
import type { SiteRecord } from '../../../src/event/reference-record.js';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import { fileSystem } from '../../../src/keys/file-system.js';
import { acquireLock } from '../../../src/system/lock.js';

/** Noon UTC of a day, in µs. */
const START_MICROS = 1_792_497_600_000_000;

/** A folder that goes away with the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'egress-journal-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Writer options for a journal in a scratch folder, with a clock that moves 1 ms each time it is read. */
export function writerOptions(folder: string, overrides: Partial<WriterOptions> = {}): WriterOptions {
  let micros = START_MICROS;
  let ms = 0;
  return {
    directory: path.join(folder, 'journal'),
    keyBase: path.join(folder, 'keys'),
    fs: fileSystem,
    lock: acquireLock,
    uid: process.getuid?.(),
    segmentBytesMax: 1 << 20,
    segmentAgeMsMax: 3_600_000,
    headIntervalMs: 1_000_000,
    durability: 'none',
    now: () => (micros += 1_000),
    monotonicMs: () => (ms += 1),
    ...overrides,
  };
}

/** A record of about 150 bytes. */
export function siteRecord(number: number): SiteRecord {
  const time = '2026-10-20T12:00:00.000000Z';
  return {
    kind: 'site',
    time,
    site: { number, confidence: 'none', chain: [], frames: [['src/app.js', number, 'call']] },
  };
}

export function runClose(run: number): RunCloseRecord {
  const none = { calls: 0, both: 0, hooks_only: 0, kernel_only: 0, gaps: 0, lost: 0, unattributed: 0, self: 0 };
  return {
    kind: 'run.close',
    time: '2026-10-20T12:00:01.000000Z',
    run: { number: run },
    exit: { code: 0 },
    counts: none,
  };
}

/** Records a whole run of `records` site records. */
export function recordRun(options: WriterOptions, records: number): void {
  const writer = JournalWriter.open(options);
  const run = writer.beginRun();
  for (let i = 1; i <= records; i += 1) {
    writer.prepare();
    writer.append(siteRecord(i));
    writer.flush();
  }
  writer.close(runClose(run));
  if (writer.failure !== undefined) throw writer.failure;
}
