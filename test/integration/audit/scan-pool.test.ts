/** Worker threads load compiled files, so this runs against dist. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { NetRecord } from '../../../src/event/net-record.js';
import { JournalWriter } from '../../../src/journal/writer.js';
import { runClose, scratchFolder, writerOptions } from '../../unit/journal/scratch-journal.js';
import type * as ScanPool from '../../../src/audit/scan-pool.js';
import { scanSegment, type ScanTask } from '../../../src/audit/segments/segment-scan.js';

const row: NetRecord = {
  kind: 'net',
  time: '2026-10-20T12:04:05.123004Z',
  network: { direction: 'egress', peer: { address: '127.0.7.1' }, local: { port: 50_112 } },
  server: { address: 'api.stripe.example', port: 443 },
  url: { path: '/v1/charges' },
  package: { name: 'stripe' },
  event: { outcome: 'success', duration: 183_402_000 },
  egress: { channel: 'https', observer: 'hooks', proc: 1, site: 17 },
};

it('threads find in large segments what one thread finds, a damaged one among them', async () => {
  const url = new URL('../../../dist/audit/scan-pool.js', import.meta.url);
  const { scanSegments } = (await import(url.href)) as typeof ScanPool;
  const options = writerOptions(scratchFolder(), { segmentBytesMax: 4 << 20 });
  const writer = JournalWriter.open(options);
  writer.beginRun();
  for (let i = 0; i < 48_000; i += 1) {
    writer.prepare();
    writer.append(i === 30_000 ? { ...row, package: { name: 'egress' } } : row);
    if (i % 500 === 0) writer.flush();
  }
  writer.close(runClose(1));
  const { segment } = writer;
  expect(segment).toBeGreaterThanOrEqual(4);
  const file = (number: number): string =>
    path.join(options.directory, 'segments', `${String(number).padStart(8, '0')}.jsonl`);
  const damaged = readFileSync(file(2));
  damaged[2_000_000] = (damaged[2_000_000] ?? 0) ^ 1;
  rmSync(file(2));
  writeFileSync(file(2), damaged);
  const tasks: ScanTask[] = Array.from({ length: segment }, (_, at) => {
    return { file: file(at + 1), segment: at + 1, tornBytes: 0, sizes: [5_000, 20_000, 33_333] };
  });
  const scans = await scanSegments(tasks);
  expect(scans).toEqual(tasks.map((task) => scanSegment(task)));
  expect(scans.filter(({ anomaly }) => anomaly !== undefined).map((scan) => scan.segment)).toEqual([2]);
  expect(scans.reduce((sum, { self }) => sum + self, 0)).toBe(1);
  await expect(scanSegments([...tasks, { file: file(99), segment: 99, tornBytes: 0, sizes: [] }])).rejects.toThrow(
    'ENOENT',
  );
});
