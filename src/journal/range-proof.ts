/** Consistency proofs (RFC 6962, section 2.1.2) from two compact ranges, without the leaves. */
import { CompactRange } from './merkle.js';
import type { Hash, TreeHasher } from './tree-hasher.js';

/** The hash over what is left of a tree from a complete subtree's edge to its end. */
function fold(hasher: TreeHasher, nodes: readonly Hash[]): Hash {
  let hash = nodes.at(-1) ?? '';
  for (const node of nodes.slice(0, -1).reverse()) hash = hasher.node(node, hash);
  return hash;
}

/**
 * The proof that the tree of `left` is the beginning of the tree of both. It is the path from the last complete subtree
 * of the old tree to the new root: its siblings on the left are the other nodes of `left`, those on the right the nodes
 * of `right`, the last of them folded together where the new tree's edge is ragged.
 * @param left from 0, not empty
 * @param right begins where `left` ends, not empty
 */
export function proveConsistency(hasher: TreeHasher, left: CompactRange, right: CompactRange): Hash[] {
  const rights = [...right.nodes];
  const lefts = [...left.nodes];
  const start = lefts.pop() ?? '';
  // An old tree that is complete is its own subtree, and whoever checks the proof has its root.
  const proof = lefts.length === 0 ? [] : [start];
  let width = 1;
  while ((left.end / width) % 2 === 0) width *= 2;
  let at = left.end / width - 1;
  for (let last = Math.ceil(right.end / width) - 1; last > 0; last = Math.floor(last / 2)) {
    if (at % 2 === 1) proof.push(lefts.pop() ?? '');
    else if (at < last) {
      const isWhole = (at + 2) * width <= right.end;
      proof.push(isWhole ? (rights.shift() ?? '') : fold(hasher, rights.splice(0)));
    }
    at = Math.floor(at / 2);
    width *= 2;
  }
  return proof;
}
