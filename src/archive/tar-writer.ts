/** Packs files into a .tar.gz. One chunk is in memory at a time. */
import { closeSync, createWriteStream, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { EgressError } from '../core/error.js';
import { BLOCK_BYTES, encodeHeader } from './tar-header.js';

const CHUNK_BYTES = 1 << 18;
/** Archives end with two empty blocks. */
const END_BLOCKS = 2;

export interface PackOptions {
  /** Folder that the names are relative to. */
  readonly folder: string;
  readonly names: readonly string[];
  /** Folder in the archive that holds all files. */
  readonly top: string;
  /** Time that all entries get, in seconds since 1970. */
  readonly seconds: number;
}

/** Writes the archive; the same files give the same bytes. @throws what the system throws */
export async function packFiles(archive: string, options: PackOptions): Promise<void> {
  await pipeline(tarBlocks(options), createGzip(), createWriteStream(archive, { flags: 'wx' }));
}

function* tarBlocks({ folder, names, top, seconds }: PackOptions): Generator<Buffer> {
  for (const name of names) yield* fileBlocks(path.join(folder, name), `${top}/${name}`, seconds);
  yield Buffer.alloc(END_BLOCKS * BLOCK_BYTES);
}

function* fileBlocks(file: string, name: string, seconds: number): Generator<Buffer> {
  const fd = openSync(file, 'r');
  try {
    const bytes = fstatSync(fd).size;
    yield encodeHeader(name, bytes, seconds);
    let left = bytes;
    while (left > 0) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, left));
      const count = readSync(fd, chunk);
      // The header is out: a file that shrank would make every later entry unreadable.
      if (count === 0) throw new EgressError('EXPORT_REFUSED', `${file} became shorter while it was packed`);
      left -= count;
      yield chunk.subarray(0, count);
    }
    yield Buffer.alloc((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
  } finally {
    closeSync(fd);
  }
}
