/** Proofs of our making against a tree that is computed as RFC 6962 defines it, without any cleverness. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactRange } from '../../src/journal/tree/merkle.js';
import { consistencyRanges, inclusionRanges, RangeHashes, type LeafRange } from '../../src/journal/tree/merkle-path.js';
import { verifyConsistency, verifyInclusion } from '../../src/journal/tree/merkle-proof.js';
import { nodeHasher, type Hash } from '../../src/journal/tree/tree-hasher.js';

const leaves: Hash[] = Array.from({ length: 200 }, (_, at) => nodeHasher.leaf(Buffer.from(String(at))));

function split(size: number): number {
  let at = 1;
  while (at * 2 < size) at *= 2;
  return at;
}
function root(of: readonly Hash[]): Hash {
  if (of.length === 1) return of[0] ?? '';
  const at = split(of.length);
  return nodeHasher.node(root(of.slice(0, at)), root(of.slice(at)));
}
/** PATH of section 2.1.1. */
function path(index: number, of: readonly Hash[]): Hash[] {
  if (of.length === 1) return [];
  const at = split(of.length);
  return index < at
    ? [...path(index, of.slice(0, at)), root(of.slice(at))]
    : [...path(index - at, of.slice(at)), root(of.slice(0, at))];
}
/** SUBPROOF of section 2.1.2. */
function subproof(size: number, of: readonly Hash[], isWhole: boolean): Hash[] {
  if (size === of.length) return isWhole ? [] : [root(of)];
  const at = split(of.length);
  return size <= at
    ? [...subproof(size, of.slice(0, at), isWhole), root(of.slice(at))]
    : [...subproof(size - at, of.slice(at), false), root(of.slice(0, at))];
}

/** As `prove` does it: one pass, keeping only what the ranges need. */
function onePass(ranges: readonly LeafRange[], size: number): Hash[] {
  const hashes = new RangeHashes(nodeHasher, ranges);
  const tree = new CompactRange(nodeHasher, 0, 0, [], hashes.visit);
  for (const leaf of leaves.slice(0, size)) tree.append(leaf);
  return ranges.map((range) => hashes.hash(range));
}

const sizes = fc.integer({ min: 1, max: leaves.length }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));

describe('proofs from one pass', () => {
  it('of a record are those of the definition, and lead to the root', () => {
    fc.assert(
      fc.property(sizes, ([index, size]) => {
        const proof = onePass(inclusionRanges(index, size), size);
        expect(proof).toEqual(path(index, leaves.slice(0, size)));
        const top = root(leaves.slice(0, size));
        expect(verifyInclusion(nodeHasher, index, size, leaves[index] ?? '', proof, top)).toBe(true);
        const other = (index + 1) % size;
        if (other !== index) {
          expect(verifyInclusion(nodeHasher, other, size, leaves[index] ?? '', proof, top)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of two heads are those of the definition, and lead to both roots', () => {
    fc.assert(
      fc.property(sizes, fc.nat(63), ([index, size], flip) => {
        const old = index + 1;
        const proof = onePass(consistencyRanges(old, size), size);
        expect(proof).toEqual(subproof(old, leaves.slice(0, size), true));
        const [oldRoot, newRoot] = [root(leaves.slice(0, old)), root(leaves.slice(0, size))];
        expect(verifyConsistency(nodeHasher, old, size, oldRoot, newRoot, proof)).toBe(true);
        const digit = oldRoot[flip] === '0' ? '1' : '0';
        const forged = `${oldRoot.slice(0, flip)}${digit}${oldRoot.slice(flip + 1)}`;
        expect(verifyConsistency(nodeHasher, old, size, forged, newRoot, proof)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('name no more parts than the tree has levels, and one', () => {
    const size = 2 ** 40 + 12_345;
    expect(inclusionRanges(2 ** 39, size).length).toBeLessThanOrEqual(41);
    expect(consistencyRanges(2 ** 39 + 1, size).length).toBeLessThanOrEqual(42);
  });
});
