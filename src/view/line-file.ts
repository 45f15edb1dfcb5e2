import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const BATCH_CHARS = 1 << 16;

/**
 * Writes lines to a new file, or to stdout; a batch of them is in memory at a time.
 * @throws what the system throws
 */
export async function writeLines(lines: Iterable<string>, file: string | undefined): Promise<void> {
  if (file === undefined) await printBatches(batches(lines));
  else await pipeline(Readable.from(batches(lines)), createWriteStream(file, { flags: 'wx' }));
}

/** A reader that went away is seen where every command sees it: at the stream itself. */
async function printBatches(parts: Iterable<Buffer>): Promise<void> {
  for (const part of parts) {
    if (!process.stdout.write(part)) await once(process.stdout, 'drain');
    // A synchronous stream reports its error only after the present task.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function* batches(lines: Iterable<string>): Generator<Buffer, void> {
  let batch = '';
  for (const line of lines) {
    batch += `${line}\n`;
    if (batch.length < BATCH_CHARS) continue;
    yield Buffer.from(batch);
    batch = '';
  }
  if (batch !== '') yield Buffer.from(batch);
}
