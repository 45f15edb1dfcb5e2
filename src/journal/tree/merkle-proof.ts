/** Checks proofs of RFC 6962: that a record is in a tree, that one tree is the beginning of another (sections 2.1.1, 2.1.2). */
import type { Hash, TreeHasher } from './tree-hasher.js';

const isHash = (value: Hash): boolean => /^[0-9a-f]{64}$/.test(value);

/** The steps from a leaf to the root: at each level, whether a sibling joins, and from which side. */
function* pathSides(index: number, size: number): Generator<'left' | 'right'> {
  let at = index;
  let last = size - 1;
  while (last > 0) {
    if (at % 2 === 1) yield 'left';
    else if (at < last) yield 'right';
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
}

/**
 * Whether `proof` leads from the leaf at `index` (0 is the first) to the root of a tree of `size` leaves.
 * Sizes are non-negative integers; anything else, and hashes that are none, are bad proofs.
 */
export function verifyInclusion(
  hasher: TreeHasher,
  index: number,
  size: number,
  leaf: Hash,
  proof: readonly Hash[],
  root: Hash,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  if (!isHash(leaf) || !proof.every(isHash)) return false;
  let node = leaf;
  let used = 0;
  for (const side of pathSides(index, size)) {
    const sibling = proof[used];
    if (sibling === undefined) return false;
    node = side === 'left' ? hasher.node(sibling, node) : hasher.node(node, sibling);
    used += 1;
  }
  return used === proof.length && node === root;
}

/** Whether `proof` shows that the tree of `oldSize` leaves is the beginning of the one of `newSize`. */
export function verifyConsistency(
  hasher: TreeHasher,
  oldSize: number,
  newSize: number,
  oldRoot: Hash,
  newRoot: Hash,
  proof: readonly Hash[],
): boolean {
  if (!Number.isSafeInteger(oldSize) || !Number.isSafeInteger(newSize)) return false;
  if (oldSize < 1 || oldSize > newSize) return false;
  if (oldSize === newSize) return proof.length === 0 && oldRoot === newRoot;
  if (!isHash(oldRoot) || !proof.every(isHash)) return false;
  // The largest complete subtree that ends the old tree is where both paths begin.
  let width = 1;
  while ((oldSize / width) % 2 === 0) width *= 2;
  const rest = [...proof];
  // Where the old tree is itself complete, its root is that subtree, and the proof leaves it out.
  const start = width === oldSize ? oldRoot : rest.shift();
  if (start === undefined) return false;
  let [oldNode, newNode] = [start, start];
  for (const side of pathSides(oldSize / width - 1, Math.ceil(newSize / width))) {
    const sibling = rest.shift();
    if (sibling === undefined) return false;
    if (side === 'left') [oldNode, newNode] = [hasher.node(sibling, oldNode), hasher.node(sibling, newNode)];
    else newNode = hasher.node(newNode, sibling);
  }
  return rest.length === 0 && oldNode === oldRoot && newNode === newRoot;
}
