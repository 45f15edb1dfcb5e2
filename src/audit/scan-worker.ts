/** A thread that scans one segment after the other. */
import { parentPort } from 'node:worker_threads';
import type { ScanReply } from './scan-pool.js';
import { scanSegment, type ScanTask } from './segments/segment-scan.js';

parentPort?.on('message', ({ at, task }: { readonly at: number; readonly task: ScanTask }) => {
  let reply: ScanReply;
  try {
    const scan = scanSegment(task, (bytes) => {
      parentPort?.postMessage({ bytes } satisfies ScanReply);
    });
    reply = { at, scan };
  } catch (error) {
    reply = { failure: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
});
