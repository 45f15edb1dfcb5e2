/** A thread that scans one segment after the other. */
import { parentPort } from 'node:worker_threads';
import type { ScanReply } from './scan-pool.js';
import { scanSegment, type ScanTask } from './segment-scan.js';

parentPort?.on('message', ({ at, task }: { readonly at: number; readonly task: ScanTask }) => {
  let reply: ScanReply;
  try {
    reply = { at, scan: scanSegment(task) };
  } catch (error) {
    reply = { at, error };
  }
  parentPort?.postMessage(reply);
});
