/**
 * What stands for records that are not shown: the hashes of the complete subtrees that cover them, from left to right.
 * With the lines that are shown they give the root of the whole tree, so that each shown line is proven, and that the
 * others are there, while nothing of what those say is told: 32 bytes for each gap and level of the tree.
 */
import { decodeDecimal } from '../../core/bytes.js';
import type { FileSystem } from '../../keys/file-system.js';
import { bundleInvalid } from './bundle.js';
import { decodeRoot, rootToBase64 } from '../heads/checkpoint.js';
import type { Hash } from '../tree/tree-hasher.js';

const TITLE = 'egress-undisclosed/v1';
/** 44 characters of base64 and a newline. */
const HASH_LINE_BYTES = 45;
const HEADER_BYTES_MAX = 1_024;
/** Lines that are read at once. */
const BATCH = 4_096;

export interface UndisclosedHeader {
  readonly origin: string;
  /** Records under the head. */
  readonly size: number;
  /** The last record that a vacuum had removed; 0 where none had. */
  readonly removed: number;
}

export function formatUndisclosedHeader({ origin, size, removed }: UndisclosedHeader): string {
  return `${[TITLE, origin, size, removed, ''].join('\n')}\n`;
}

export function formatUndisclosedHash(hash: Hash): string {
  return `${rootToBase64(hash)}\n`;
}

/**
 * Where hashes are cut although no record is shown there: at each signed root, so that the shown records are known to
 * be under each of them, and where a vacuum ended.
 * @param sizes of the heads and epochs that come with the records
 * @returns ascending; none above `size`, or inside what was removed
 */
export function splitPoints(sizes: Iterable<number>, { size, removed }: UndisclosedHeader): number[] {
  const points = [...sizes, removed].filter((one) => one > 0 && one >= removed && one <= size);
  return [...new Set(points)].sort((a, b) => a - b);
}

/** Takes the hashes one after the other, with a buffer of fixed size. */
export class UndisclosedReader {
  readonly header: UndisclosedHeader;
  readonly #fs: FileSystem;
  readonly #fd: number;
  #offset: number;
  #buffer = Buffer.alloc(0);
  #at = 0;

  /** @throws BUNDLE_INVALID */
  constructor(fs: FileSystem, fd: number) {
    this.#fs = fs;
    this.#fd = fd;
    const start = Buffer.alloc(HEADER_BYTES_MAX);
    const text = start.toString('latin1', 0, fs.readSync(fd, start, 0, start.length, 0));
    const end = text.indexOf('\n\n');
    const [title, origin = '', sizeText = '', removedText = '', ...more] = text.slice(0, Math.max(0, end)).split('\n');
    const [size, removed] = [decodeDecimal(sizeText), decodeDecimal(removedText)];
    if (title !== TITLE || origin === '' || size === undefined || removed === undefined || more.length > 0) {
      throw bundleInvalid('its list of hashes does not begin as it should');
    }
    this.header = { origin, size, removed };
    this.#offset = end + 2;
  }

  /** @returns undefined at the end @throws BUNDLE_INVALID */
  next(): Hash | undefined {
    if (this.#at >= this.#buffer.length && !this.#fill()) return undefined;
    const line = this.#buffer.subarray(this.#at, this.#at + HASH_LINE_BYTES);
    this.#at += HASH_LINE_BYTES;
    const text = line.toString('latin1');
    const hash = text.endsWith('\n') ? decodeRoot(text.slice(0, -1)) : undefined;
    if (hash === undefined) throw bundleInvalid('a line in its list of hashes is none');
    return hash;
  }

  #fill(): boolean {
    const buffer = Buffer.alloc(BATCH * HASH_LINE_BYTES);
    let filled = 0;
    while (filled < buffer.length) {
      const count = this.#fs.readSync(this.#fd, buffer, filled, buffer.length - filled, this.#offset + filled);
      if (count === 0) break;
      filled += count;
    }
    this.#offset += filled;
    this.#buffer = buffer.subarray(0, filled);
    this.#at = 0;
    return filled > 0;
  }
}
