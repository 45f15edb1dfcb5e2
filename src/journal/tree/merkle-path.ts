/**
 * Makes proofs of RFC 6962: which parts of the tree a proof names, and their hashes from one pass over the leaves. A
 * proof of n leaves names about log2(n) parts, and that is all that is kept in memory.
 */
import type { SubtreeVisitor } from './merkle.js';
import type { Hash, TreeHasher } from './tree-hasher.js';

/** Leaves from `begin` up to, not including, `end`: a node of the tree, which begins at a multiple of its width. */
export type LeafRange = readonly [begin: number, end: number];

/** Largest power of two below `size`, which is at least 2. */
function splitPoint(size: number): number {
  let split = 1;
  while (2 * split < size) split *= 2;
  return split;
}

/** The parts of an inclusion proof, in its order (section 2.1.1). `index` lies below `size`. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let [begin, end] = [0, size];
  while (end - begin > 1) {
    const middle = begin + splitPoint(end - begin);
    if (index < middle) {
      ranges.unshift([middle, end]);
      end = middle;
    } else {
      ranges.unshift([begin, middle]);
      begin = middle;
    }
  }
  return ranges;
}

/** The parts of a consistency proof, in its order (section 2.1.2); none where the old tree is empty or the same. */
export function consistencyRanges(oldSize: number, newSize: number): LeafRange[] {
  if (oldSize === 0) return [];
  const ranges: LeafRange[] = [];
  let [begin, end] = [0, newSize];
  while (oldSize < end) {
    const middle = begin + splitPoint(end - begin);
    if (oldSize <= middle) {
      ranges.unshift([middle, end]);
      end = middle;
    } else {
      ranges.unshift([begin, middle]);
      begin = middle;
    }
  }
  // The old tree's own root is known to whoever checks.
  if (begin > 0) ranges.unshift([begin, end]);
  return ranges;
}

/** The complete subtrees that a range is made of, as [level, index], widest first. */
function subtreesOf([begin, end]: LeafRange): (readonly [level: number, index: number])[] {
  const subtrees: [number, number][] = [];
  for (let at = begin; at < end;) {
    let level = 0;
    while (2 ** (level + 1) <= end - at) level += 1;
    subtrees.push([level, at / 2 ** level]);
    at += 2 ** level;
  }
  return subtrees;
}

/** Levels are below 64, so that one number names a subtree. */
const keyOf = (level: number, index: number): number => index * 64 + level;

/** Keeps the hashes of the subtrees that some ranges need while a tree is built (`visit`). */
export class RangeHashes {
  readonly #hashes = new Map<number, Hash | undefined>();
  readonly #hasher: TreeHasher;

  constructor(hasher: TreeHasher, ranges: Iterable<LeafRange>) {
    this.#hasher = hasher;
    for (const range of ranges) {
      for (const [level, index] of subtreesOf(range)) this.#hashes.set(keyOf(level, index), undefined);
    }
  }

  readonly visit: SubtreeVisitor = (level, index, hash) => {
    const key = keyOf(level, index);
    if (this.#hashes.has(key)) this.#hashes.set(key, hash);
  };

  /** Hash of one of the ranges, once the tree is built. @throws RangeError for a range that it did not cover */
  hash(range: LeafRange): Hash {
    let whole: Hash | undefined;
    for (const [level, index] of subtreesOf(range).reverse()) {
      const part = this.#hashes.get(keyOf(level, index));
      if (part === undefined) throw new RangeError('a part of the tree is not known');
      whole = whole === undefined ? part : this.#hasher.node(part, whole);
    }
    if (whole === undefined) throw new RangeError('an empty range has no hash');
    return whole;
  }
}
