/** Scans segments, in worker threads where that is worth it. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { statSync } from 'node:fs';
import { EgressError } from '../core/error.js';
import { scanSegment, type ScanTask, type SegmentScan } from './segments/segment-scan.js';

/** Below this many bytes, starting a thread takes longer than scanning. */
const PARALLEL_BYTES_MIN = 16 << 20;
const WORKERS_MAX = 8;

/** What a worker sends: how much it has read since, a scan, or why there is none. */
export type ScanReply =
  { readonly bytes: number } | { readonly at: number; readonly scan: SegmentScan } | { readonly failure: string };

/**
 * @param onProgress gets the share that is done
 * @throws JOURNAL_UNREADABLE
 */
export async function scanSegments(
  tasks: readonly ScanTask[],
  onProgress: (share: number) => void = () => undefined,
): Promise<readonly SegmentScan[]> {
  const bytes = tasks.reduce((sum, { file }) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  const workers = Math.min(availableParallelism(), WORKERS_MAX, tasks.length);
  let read = 0;
  const onRead = (count: number): void => {
    read += count;
    onProgress(Math.min(1, read / bytes));
  };
  if (workers < 2 || bytes < PARALLEL_BYTES_MIN) return tasks.map((task) => scanSegment(task, onRead));
  const scans: SegmentScan[] = [];
  let next = 0;
  const runWorker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('../audit/scan-worker.js', import.meta.url));
      const give = (): void => {
        const task = tasks[next];
        if (task === undefined) {
          void worker.terminate();
          resolve();
          return;
        }
        worker.postMessage({ at: next, task });
        next += 1;
      };
      worker.on('message', (reply: ScanReply) => {
        if ('bytes' in reply) {
          onRead(reply.bytes);
          return;
        }
        if ('failure' in reply) {
          void worker.terminate();
          reject(new EgressError('JOURNAL_UNREADABLE', reply.failure));
          return;
        }
        scans[reply.at] = reply.scan;
        give();
      });
      worker.on('error', reject);
      give();
    });
  await Promise.all(Array.from({ length: workers }, runWorker));
  return scans;
}
