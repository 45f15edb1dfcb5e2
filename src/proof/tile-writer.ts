/**
 * The tree as C2SP tlog-tiles has it: files of up to 256 hashes, level by level, and of the entries themselves. Memory
 * is one file of each level.
 */
import path from 'node:path';
import type { SubtreeVisitor } from '../journal/tree/merkle.js';
import type { Hash } from '../journal/tree/tree-hasher.js';

const TILE_WIDTH = 256;
const TILE_HEIGHT = 8;
const HASH_BYTES = 32;

/** `x001/x234/067` for 1234067. */
export function tilePath(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
}

/** Fills files of up to 256 items one after the other. */
class TileRow {
  readonly #folder: string;
  readonly #write: (file: string, bytes: Uint8Array) => void;
  #items: Uint8Array[] = [];
  #index = 0;

  constructor(folder: string, write: (file: string, bytes: Uint8Array) => void) {
    this.#folder = folder;
    this.#write = write;
  }

  add(item: Uint8Array): void {
    this.#items.push(item);
    if (this.#items.length === TILE_WIDTH) this.#put('');
  }

  /** The last file, if it is not full. */
  end(): void {
    if (this.#items.length > 0) this.#put(`.p/${this.#items.length}`);
  }

  #put(suffix: string): void {
    this.#write(path.join(this.#folder, `${tilePath(this.#index)}${suffix}`), Buffer.concat(this.#items));
    this.#items = [];
    this.#index += 1;
  }
}

export class TileWriter {
  readonly #rows: TileRow[] = [];
  readonly #entries: TileRow;
  readonly #write: (file: string, bytes: Uint8Array) => void;

  /** @param write puts a file, named relative to the log, in place */
  constructor(write: (file: string, bytes: Uint8Array) => void) {
    this.#write = write;
    this.#entries = new TileRow('tile/entries', write);
  }

  /** Level 0 holds the leaves, each level above the roots of full tiles of the one below. */
  readonly visit: SubtreeVisitor = (level, _index, hash: Hash) => {
    if (level % TILE_HEIGHT !== 0) return;
    const row = level / TILE_HEIGHT;
    this.#rows[row] ??= new TileRow(`tile/${row}`, this.#write);
    this.#rows[row].add(Buffer.from(hash, 'hex').subarray(0, HASH_BYTES));
  };

  /** An entry is its length in two bytes, and its bytes. */
  entry(line: Uint8Array): void {
    const item = Buffer.alloc(2 + line.length);
    item.writeUInt16BE(line.length);
    item.set(line, 2);
    this.#entries.add(item);
  }

  end(): void {
    for (const row of [...this.#rows, this.#entries]) row.end();
  }
}
