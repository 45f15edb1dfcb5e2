import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 18;

/** SHA-256 of a file, in hex, with a buffer of fixed size. @throws what the system throws */
export function fileDigest(file: string): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const sha256 = createHash('sha256');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const count = readSync(fd, chunk);
      if (count === 0) return sha256.digest('hex');
      sha256.update(chunk.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
}
