/** The journal that a page holds as a tar archive (POSIX ustar), so that another program can check it. */
import type { EmbeddedFile } from '../about.js';
import { embeddedBytes } from '../embedded-file.js';

const BLOCK = 512;

export function journalArchive(files: readonly EmbeddedFile[]): Blob {
  const parts = files.flatMap((file) => {
    const bytes = embeddedBytes(file);
    const padding = new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK);
    return [header(`journal/${file.path}`, bytes.length), bytes, padding];
  });
  // Two empty blocks end an archive.
  return new Blob([...parts, new Uint8Array(2 * BLOCK)], { type: 'application/x-tar' });
}

/** Names in a journal are ASCII and short. */
function header(name: string, size: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number): void => {
    block.set(new TextEncoder().encode(text), at);
  };
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  put(name, 0);
  put(octal(0o644, 7), 100);
  for (const owner of [108, 116]) put(octal(0, 7), owner);
  put(octal(size, 11), 124);
  put(octal(0, 11), 136);
  put('0', 156);
  put('ustar\u000000', 257);
  // The sum is taken with blanks in its own place.
  put(' '.repeat(8), 148);
  put(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\u0000 `,
    148,
  );
  return block;
}
