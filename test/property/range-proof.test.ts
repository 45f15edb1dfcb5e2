import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CompactRange } from '../../src/journal/merkle.js';
import { verifyConsistency } from '../../src/journal/merkle-proof.js';
import { proveConsistency } from '../../src/journal/range-proof.js';
import { nodeHasher } from '../../src/journal/tree-hasher.js';

const leaf = (index: number): string => nodeHasher.leaf(Buffer.from(String(index)));

function range(from: number, to: number): CompactRange {
  const tree = new CompactRange(nodeHasher, from);
  for (let index = from; index < to; index += 1) tree.append(leaf(index));
  return tree;
}

it('a proof from two ranges is the one that RFC 6962 wants, for all trees of up to 40 leaves', () => {
  for (let size = 2; size <= 40; size += 1) {
    const root = range(0, size).root();
    for (let old = 1; old < size; old += 1) {
      const left = range(0, old);
      const proof = proveConsistency(nodeHasher, left, range(old, size));
      expect(verifyConsistency(nodeHasher, old, size, left.root(), root, proof), `${old} of ${size}`).toBe(true);
    }
  }
});

it('and for larger ones, and no other root', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 3_000 }), (old, more) => {
      const left = range(0, old);
      const proof = proveConsistency(nodeHasher, left, range(old, old + more));
      const root = range(0, old + more).root();
      expect(verifyConsistency(nodeHasher, old, old + more, left.root(), root, proof)).toBe(true);
      expect(verifyConsistency(nodeHasher, old, old + more, leaf(0), root, proof)).toBe(old === 1);
    }),
    { numRuns: 40 },
  );
});
