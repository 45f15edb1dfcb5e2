/** The journal that a page holds as a tar archive, so that another program can check it. */
import { BLOCK_BYTES, encodeHeader } from '../../archive/tar-header.js';
import type { EmbeddedFile } from '../about.js';
import { embeddedBytes } from '../embedded-file.js';

export function journalArchive(files: readonly EmbeddedFile[]): Blob {
  const parts = files.flatMap((file) => {
    const bytes = embeddedBytes(file);
    const padding = new Uint8Array((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES);
    return [new Uint8Array(encodeHeader(`journal/${file.path}`, bytes.length, 0)), bytes, padding];
  });
  // Two empty blocks end an archive.
  return new Blob([...parts, new Uint8Array(2 * BLOCK_BYTES)], { type: 'application/x-tar' });
}
