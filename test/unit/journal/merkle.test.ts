import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeRoot, parseHead } from '../../../src/journal/heads/checkpoint.js';
import { CompactRange } from '../../../src/journal/tree/merkle.js';
import { verifyConsistency, verifyInclusion } from '../../../src/journal/tree/merkle-proof.js';
import { EMPTY_ROOT, nodeHasher } from '../../../src/journal/tree/tree-hasher.js';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { verifyNote } from '../../../src/keys/note.js';
import { parseVerifierKey } from '../../../src/keys/verifier-key.js';

const VECTORS = path.join(import.meta.dirname, '../../vectors');

/** Leaves and roots of the tree that RFC 6962 implementations share as an example (0 to 8 leaves). */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  EMPTY_ROOT,
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const leaf = (index: number): string => nodeHasher.leaf(Buffer.from(LEAVES[index] ?? '', 'hex'));

describe('a compact range', () => {
  it('gives the roots of the example tree', () => {
    const range = new CompactRange(nodeHasher);
    expect(range.root()).toBe(ROOTS[0]);
    for (let size = 1; size <= 8; size += 1) {
      range.append(leaf(size - 1));
      expect(range.root()).toBe(ROOTS[size]);
    }
  });

  it('gives the same root however it is cut into parts', () => {
    for (let first = 0; first <= 8; first += 1) {
      for (let second = first; second <= 8; second += 1) {
        const parts = [
          [0, first],
          [first, second],
          [second, 8],
        ] as const;
        const whole = new CompactRange(nodeHasher);
        for (const [begin, end] of parts) {
          const part = new CompactRange(nodeHasher, begin);
          for (let index = begin; index < end; index += 1) part.append(leaf(index));
          expect(part.nodes).toHaveLength(CompactRange.nodeCount(begin, end));
          whole.join(part);
        }
        expect(whole.root()).toBe(ROOTS[8]);
      }
    }
  });

  it('has room for the nodes of any range, and for no more', () => {
    const end = Number.MAX_SAFE_INTEGER;
    const nodes = Array.from({ length: CompactRange.nodeCount(1, end) }, (_, index) => leaf(index % 8));
    expect(new CompactRange(nodeHasher, 1, end, nodes).nodes).toEqual(nodes);
    expect(() => new CompactRange(nodeHasher, 1, end, [...nodes, ...nodes])).toThrow(RangeError);
  });

  it('joins only what touches', () => {
    const range = new CompactRange(nodeHasher);
    expect(() => {
      range.join(new CompactRange(nodeHasher, 1));
    }).toThrow(RangeError);
  });
});

/** All JSON files below a folder of the RFC 6962 vectors. */
function cases<T>(folder: string): T[] {
  const root = path.join(VECTORS, 'merkle-rfc6962/testdata', folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(path.join(root, name), 'utf8')) as T);
}
/** The vectors give null and hashes of wrong length as well. */
const hashes = (proof: readonly string[] | null): string[] => (proof ?? []).map(hash);
const hash = (base64: string | null): string => Buffer.from(base64 ?? '', 'base64').toString('hex');

describe('proofs of RFC 6962', () => {
  interface Inclusion {
    leafIdx: number;
    treeSize: number;
    root: string | null;
    leafHash: string | null;
    proof: string[] | null;
    desc: string;
    wantErr: boolean;
  }
  interface Consistency {
    size1: number;
    size2: number;
    root1: string | null;
    root2: string | null;
    proof: string[] | null;
    desc: string;
    wantErr: boolean;
  }

  it('decides all inclusion cases', () => {
    const all = cases<Inclusion>('inclusion');
    const wrong = all.filter(({ leafIdx, treeSize, root, leafHash, proof, wantErr }) => {
      return verifyInclusion(nodeHasher, leafIdx, treeSize, hash(leafHash), hashes(proof), hash(root)) === wantErr;
    });
    expect(all).toHaveLength(98);
    expect(wrong).toEqual([]);
  });

  /** A subtree is a tree of its own, from a multiple of its width rounded up to a power of two. */
  const isSubtree = (start: number, end: number): boolean =>
    start < end && start % 2 ** Math.ceil(Math.log2(end - start)) === 0;

  it('decides all cases of inclusion in a subtree', () => {
    const all = cases<Inclusion & { start: number; end: number }>('subtreeinclusion');
    const wrong = all.filter(({ leafIdx, start, end, root, leafHash, proof, wantErr }) => {
      const [at, size] = [leafIdx - start, end - start];
      const isGood =
        isSubtree(start, end) && verifyInclusion(nodeHasher, at, size, hash(leafHash), hashes(proof), hash(root));
      return isGood === wantErr;
    });
    expect(all).toHaveLength(204);
    expect(wrong).toEqual([]);
  });

  it('decides the cases of consistency with a subtree that begins where the tree does', () => {
    const all = cases<Omit<Consistency, 'size1' | 'size2'> & { start: number; end: number; size: number }>(
      'subtreeconsistency',
    ).filter(({ start, end }) => start === 0 && end > 0);
    const wrong = all.filter(({ end, size, root1, root2, proof, wantErr }) => {
      return verifyConsistency(nodeHasher, end, size, hash(root1), hash(root2), hashes(proof)) === wantErr;
    });
    expect(all.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });

  it('decides all consistency cases', () => {
    const all = cases<Consistency>('consistency');
    const wrong = all.filter(({ size1, size2, root1, root2, proof, wantErr }) => {
      return verifyConsistency(nodeHasher, size1, size2, hash(root1), hash(root2), hashes(proof)) === wantErr;
    });
    expect(all).toHaveLength(98);
    expect(wrong).toEqual([]);
  });
});

describe('the test log of Tessera', () => {
  const log = path.join(VECTORS, 'tlog-tessera/testdata/log');
  const key = parseVerifierKey('example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx');
  const heads = readdirSync(log)
    .filter((name) => name.startsWith('checkpoint'))
    .map((name) => parseHead(readFileSync(path.join(log, name))));

  it('has checkpoints that we accept', () => {
    expect(heads).toHaveLength(17);
    expect(heads.filter(({ note }) => verifyNote(note, key, verifySignature))).toHaveLength(17);
  });

  it('has roots that we rebuild from its entries and from its tiles', () => {
    for (const { size, root } of heads) {
      if (size === 0) {
        expect(root).toBe(EMPTY_ROOT);
        continue;
      }
      const entries = readEntries(readFileSync(path.join(log, 'tile/entries/000.p', String(size))));
      const range = new CompactRange(nodeHasher);
      for (const entry of entries) range.append(nodeHasher.leaf(entry));
      expect(range.end).toBe(size);
      expect(range.root()).toBe(root);
      const tile = readFileSync(path.join(log, 'tile/0/000.p', String(size)));
      const fromTile = new CompactRange(nodeHasher);
      for (let at = 0; at < tile.length; at += 32) fromTile.append(tile.toString('hex', at, at + 32));
      expect(fromTile.root()).toBe(root);
    }
  });
});

/** Entries of a tlog-tiles bundle: each after its length in two bytes. */
function readEntries(bundle: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at < bundle.length;) {
    const length = bundle.readUInt16BE(at);
    entries.push(bundle.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return entries;
}

it('a root is 32 bytes', () => {
  expect(decodeRoot('AAAA')).toBeUndefined();
});
