/**
 * A thread that seals bodies, in the order in which they come: encrypting one takes milliseconds of processor time, and a
 * disk may take longer to hold it, while rows cannot wait.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemCode } from '../core/error.js';
import { fileSystem } from '../keys/file-system.js';
import type { SealOrder, SealReply } from './bodies/body-sealer.js';
import { BodyVault, type BodyPlace } from './bodies/body-vault.js';

const vault = new BodyVault(fileSystem, workerData as BodyPlace);

async function seal({ segment, recipients, body }: SealOrder): Promise<SealReply> {
  try {
    const store = await vault.store(segment, recipients);
    return { stored: await store.seal(body) };
  } catch (error) {
    // Disk full, a key that went away: this body is lost, and the next one is tried.
    return { failure: systemCode(error) ?? 'unknown' };
  }
}

let before = Promise.resolve();
parentPort?.on('message', (order: SealOrder) => {
  before = before.then(async () => {
    parentPort?.postMessage(await seal(order));
  });
});
