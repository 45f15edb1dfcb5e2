/**
 * Unpacks a .tar.gz, or .tar, that anybody may have made. It writes plain files with plain names into one folder that
 * nobody else has, and stops before more than a stated number of entries or bytes.
 */
import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import { EgressError, systemCode } from '../core/error.js';
import { isEntryName } from '../core/entry-name.js';
import { BLOCK_BYTES, decodeHeader, shown, tarInvalid, type TarEntry } from './tar-header.js';

const EMPTY_BLOCK = Buffer.alloc(BLOCK_BYTES);

/** Heads, epochs and segments of a journal with tens of thousands of runs. */
const ENTRIES_MAX = 200_000;

/**
 * Each record states a SHA-256 in 64 digits, which no compression takes below 32 bytes: rows of the usual size come
 * to a tenth at best. What unpacks to more than this many times its size is not a journal.
 */
const RATIO_MAX = 100;
/** Always allowed, however small the archive is. */
const UNPACKED_BYTES_MIN = 64 << 20;

function unpackedBytesMax(archiveBytes: number): number {
  return Math.max(UNPACKED_BYTES_MIN, archiveBytes * RATIO_MAX);
}

/** Takes the archive's bytes as they come, and writes the files. */
class TarUnpacker {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #names = new Set<string>();
  #entries = 0;
  #bytes = 0;
  #block = Buffer.alloc(0);
  /** Of the file that is being written; -1 between files. */
  #fd = -1;
  #left = 0;
  #padding = 0;
  #emptyBlocks = 0;

  constructor(folder: string, bytesMax: number) {
    this.#folder = folder;
    this.#bytesMax = bytesMax;
  }

  take(data: Buffer): void {
    this.#bytes += data.length;
    if (this.#bytes > this.#bytesMax) {
      throw tarInvalid(
        `its archive unpacks to more than ${this.#bytesMax} bytes, which no journal does`,
        'If you know better: unpack it yourself and verify the folder.',
      );
    }
    for (let at = 0; at < data.length;) at += this.#step(data.subarray(at));
  }

  /** @returns how many bytes were used */
  #step(data: Buffer): number {
    if (this.#left > 0) {
      const count = writeSync(this.#fd, data, 0, Math.min(this.#left, data.length));
      this.#left -= count;
      if (this.#left === 0) this.close();
      return count;
    }
    if (this.#padding > 0) {
      const count = Math.min(this.#padding, data.length);
      this.#padding -= count;
      return count;
    }
    const count = Math.min(BLOCK_BYTES - this.#block.length, data.length);
    this.#block = Buffer.concat([this.#block, data.subarray(0, count)]);
    if (this.#block.length === BLOCK_BYTES) {
      const block = this.#block;
      this.#block = Buffer.alloc(0);
      this.#header(block);
    }
    return count;
  }

  #header(block: Buffer): void {
    if (block.equals(EMPTY_BLOCK)) {
      this.#emptyBlocks += 1;
      return;
    }
    if (this.#emptyBlocks > 0) throw tarInvalid('something stands behind the end of its archive');
    const entry = decodeHeader(block);
    this.#entries += 1;
    if (this.#entries > ENTRIES_MAX) throw tarInvalid(`its archive has more than ${ENTRIES_MAX} entries`);
    this.#begin(entry);
  }

  #begin({ name: stored, bytes, type }: TarEntry): void {
    // `tar -C folder -c .` writes names that begin so, and ends those of folders so.
    const name = stored.replace(/^(\.\/)+/, '').replace(/\/$/, '');
    if (type === 'folder' && (name === '' || name === '.')) return;
    if (!isEntryName(name))
      throw tarInvalid(`its archive has an entry with a name that no bundle has: ${shown(stored)}`);
    if (type === 'folder') {
      mkdirSync(path.join(this.#folder, name), { recursive: true });
      return;
    }
    // Some file systems take names that differ in case for one.
    const key = name.toLowerCase();
    if (this.#names.has(key)) throw tarInvalid(`its archive holds a file twice: ${shown(stored)}`);
    this.#names.add(key);
    const target = path.join(this.#folder, name);
    mkdirSync(path.dirname(target), { recursive: true });
    this.#fd = openSync(target, 'wx', 0o600);
    this.#left = bytes;
    this.#padding = (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
    if (bytes === 0) this.close();
  }

  end(): void {
    if (this.#left > 0 || this.#block.length > 0 || this.#emptyBlocks < 2) {
      throw tarInvalid('its archive ends in the middle');
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}

/**
 * @param folder new and empty
 * @param archiveBytes size of the archive
 * @throws BUNDLE_INVALID for what is no archive of plain files, or unpacks to too much; JOURNAL_UNREADABLE where the
 * system refuses
 */
export async function unpackArchive(
  archive: string,
  folder: string,
  archiveBytes: number,
  isGzip: boolean,
): Promise<void> {
  const unpacker = new TarUnpacker(folder, unpackedBytesMax(archiveBytes));
  const file = createReadStream(archive);
  const source = isGzip ? file.pipe(createGunzip()) : file;
  // A pipe does not carry errors on.
  if (isGzip) file.once('error', (error) => source.destroy(error));
  try {
    for await (const chunk of source) unpacker.take(chunk as Buffer);
    unpacker.end();
  } catch (error) {
    throw explained(error, archive);
  } finally {
    unpacker.close();
    file.destroy();
    source.destroy();
  }
}

function explained(error: unknown, archive: string): unknown {
  const code = systemCode(error);
  if (error instanceof EgressError || code === undefined) return error;
  if (code.startsWith('Z_')) return tarInvalid(`its archive is damaged (${code})`);
  // A name that is a file and a folder as well.
  if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR') return tarInvalid('its archive holds a name twice');
  return new EgressError('JOURNAL_UNREADABLE', `cannot unpack ${archive}: ${code}`, { cause: error });
}
