import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EgressError } from '../../../src/core/error.js';
import { parseHead } from '../../../src/journal/heads/checkpoint.js';
import { CompactRange } from '../../../src/journal/tree/merkle.js';
import { nodeHasher } from '../../../src/journal/tree/tree-hasher.js';
import { exportTiles } from '../../../src/proof/tile-export.js';
import { TileWriter, tilePath } from '../../../src/proof/tile-writer.js';
import { recordRun, scratchFolder, writerOptions } from '../journal/scratch-journal.js';
import { headOf } from './scratch-proof.js';

const VECTORS = path.join(import.meta.dirname, '../../vectors/tlog-tessera/testdata/log');

/** Hashes of a tile row, by the rules of tlog-tiles for a tree of `size`: full tiles first, then the partial one. */
function rowOf(log: string, row: number, size: number): string[] {
  const width = Math.floor(size / 256 ** row);
  const hashes: string[] = [];
  for (let tile = 0; tile * 256 < width; tile += 1) {
    const items = Math.min(256, width - tile * 256);
    const file = path.join(log, `tile/${row}/${tilePath(tile)}${items < 256 ? `.p/${items}` : ''}`);
    const bytes = readFileSync(file);
    expect(bytes).toHaveLength(items * 32);
    for (let at = 0; at < bytes.length; at += 32) hashes.push(bytes.toString('hex', at, at + 32));
  }
  return hashes;
}

function rootOf(hashes: readonly string[]): string {
  const range = new CompactRange(nodeHasher);
  for (const hash of hashes) range.append(hash);
  return range.root();
}

function entriesOf(log: string, size: number): string[] {
  const lines: string[] = [];
  for (let tile = 0; tile * 256 < size; tile += 1) {
    const items = Math.min(256, size - tile * 256);
    const bytes = readFileSync(path.join(log, `tile/entries/${tilePath(tile)}${items < 256 ? `.p/${items}` : ''}`));
    for (let at = 0; at < bytes.length;) {
      const end = at + 2 + bytes.readUInt16BE(at);
      lines.push(bytes.toString('utf8', at + 2, end));
      at = end;
    }
  }
  return lines;
}

describe('a journal as a tlog-tiles log', () => {
  it('has tiles and entries that give the root of its checkpoint', () => {
    const options = writerOptions(scratchFolder(), { segmentBytesMax: 20_000 });
    recordRun(options, 700);
    const head = headOf(options.directory);
    const log = path.join(scratchFolder(), 'log');
    const { size } = exportTiles(head, log);
    const checkpoint = parseHead(readFileSync(path.join(log, 'checkpoint')));
    expect(checkpoint).toMatchObject({ size, root: head.head.root });
    expect(size).toBeGreaterThan(700);
    const leaves = rowOf(log, 0, size);
    expect(leaves).toHaveLength(size);
    expect(rootOf(leaves)).toBe(checkpoint.root);
    const roots = rowOf(log, 1, size);
    expect(roots).toEqual([0, 1].map((tile) => rootOf(leaves.slice(tile * 256, tile * 256 + 256))));
    const entries = entriesOf(log, size);
    expect(entries.map((line) => nodeHasher.leaf(Buffer.from(line)))).toEqual(leaves);
    expect(readdirSync(path.join(log, 'tile')).sort()).toEqual(['0', '1', 'entries']);
  });

  it('is not written into a folder with files, nor of a damaged journal', () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 3);
    const log = path.join(scratchFolder(), 'log');
    mkdirSync(path.join(log, 'mine'), { recursive: true });
    expect(() => exportTiles(headOf(options.directory), log)).toThrow(EgressError);
    expect(readdirSync(log)).toEqual(['mine']);
    rmSync(path.join(options.directory, 'segments/00000001.jsonl'), { force: true });
    const fresh = path.join(scratchFolder(), 'fresh');
    expect(() => exportTiles(headOf(options.directory), fresh)).toThrow(EgressError);
    expect(existsSync(path.join(fresh, 'checkpoint'))).toBe(false);
  });
});

describe('tiles', () => {
  it('of the entries of another log are the files that it wrote, byte for byte', () => {
    for (const size of [1, 5, 15]) {
      const files = new Map<string, Uint8Array>();
      const tiles = new TileWriter((file, bytes) => files.set(file, bytes));
      const tree = new CompactRange(nodeHasher, 0, 0, [], tiles.visit);
      const bundle = readFileSync(path.join(VECTORS, `tile/entries/000.p/${size}`));
      for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) {
        const entry = bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at));
        tiles.entry(entry);
        tree.append(nodeHasher.leaf(entry));
      }
      tiles.end();
      expect([...files.keys()].sort()).toEqual([`tile/0/000.p/${size}`, `tile/entries/000.p/${size}`]);
      for (const [file, bytes] of files) expect(Buffer.from(bytes)).toEqual(readFileSync(path.join(VECTORS, file)));
    }
  });

  it('have the names of the specification', () => {
    expect([0, 999, 1_000, 1_234_067].map(tilePath)).toEqual(['000', '999', 'x001/000', 'x001/x234/067']);
  });

  it('follow its example of a tree of 70 000', () => {
    const names: string[] = [];
    const tiles = new TileWriter((file) => names.push(file));
    const tree = new CompactRange(nodeHasher, 0, 0, [], tiles.visit);
    for (let at = 0; at < 70_000; at += 1) tree.append('00'.repeat(32));
    tiles.end();
    const rows = [0, 1, 2].map((row) => names.filter((name) => name.startsWith(`tile/${row}/`)));
    expect(rows.map(({ length }) => length)).toEqual([274, 2, 1]);
    expect(names.filter((name) => name.includes('.p/'))).toEqual([
      'tile/0/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]);
  });
});
