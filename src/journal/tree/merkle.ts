/**
 * The Merkle tree over all lines (RFC 6962, section 2.1), as compact ranges: the smallest list of complete subtrees
 * that covers a range of leaves. Ranges that touch can be joined, so that segments are hashed apart from each other;
 * a range that begins at 0 gives the root of its size.
 */
import { EMPTY_ROOT, type Hash, type TreeHasher } from './tree-hasher.js';

/** Largest power of two that divides `position` and does not go past `end`. */
function subtreeWidth(position: number, end: number): number {
  let width = 1;
  while ((position / width) % 2 === 0 && position + 2 * width <= end) width *= 2;
  return width;
}

/**
 * Gets each complete subtree that a range begins with, and each other when its hash becomes known: that of the leaves `index` · 2^`level` up to, not including,
 * (`index` + 1) · 2^`level`.
 */
export type SubtreeVisitor = (level: number, index: number, hash: Hash) => void;

/** Covers the leaves from `begin` (0 is the first line) up to, not including, `end`. */
export class CompactRange {
  readonly begin: number;
  #end: number;
  readonly #nodes: Hash[];
  readonly #hasher: TreeHasher;
  readonly #visit: SubtreeVisitor | undefined;

  constructor(hasher: TreeHasher, begin = 0, end = begin, nodes: readonly Hash[] = [], visit?: SubtreeVisitor) {
    this.#hasher = hasher;
    this.#visit = visit;
    this.begin = begin;
    this.#end = end;
    this.#nodes = [...nodes];
    if (visit !== undefined) this.#visitNodes(visit);
  }

  #visitNodes(visit: SubtreeVisitor): void {
    let at = this.begin;
    for (const node of this.#nodes) {
      const width = subtreeWidth(at, this.#end);
      visit(Math.log2(width), at / width, node);
      at += width;
    }
  }

  get end(): number {
    return this.#end;
  }

  /** Left to right. */
  get nodes(): readonly Hash[] {
    return this.#nodes;
  }

  /** Number of nodes that a range has to have. */
  static nodeCount(begin: number, end: number): number {
    let count = 0;
    for (let at = begin; at < end; at += subtreeWidth(at, end)) count += 1;
    return count;
  }

  copy(): CompactRange {
    return new CompactRange(this.#hasher, this.begin, this.#end, this.#nodes);
  }

  append(leaf: Hash): void {
    this.#push(leaf, 1);
  }

  /** Joins a range that begins where this one ends. */
  join(next: { readonly begin: number; readonly end: number; readonly nodes: readonly Hash[] }): void {
    if (next.begin !== this.#end) throw new RangeError('ranges do not touch');
    for (const node of next.nodes) this.#push(node, subtreeWidth(this.#end, next.end));
  }

  /** Adds a complete subtree, and merges it with its left siblings as long as those lie in this range. */
  #push(hash: Hash, leaves: number): void {
    let index = this.#end / leaves;
    let width = leaves;
    let node = hash;
    this.#visit?.(Math.log2(width), index, node);
    while (index % 2 === 1 && (index - 1) * width >= this.begin) {
      node = this.#hasher.node(this.#nodes.pop() ?? '', node);
      index = (index - 1) / 2;
      width *= 2;
      this.#visit?.(Math.log2(width), index, node);
    }
    this.#nodes.push(node);
    this.#end += leaves;
  }

  /** Root of the tree of the first `end` leaves. Only for a range that begins at 0. */
  root(): Hash {
    if (this.begin !== 0) throw new RangeError('only a range from 0 has a root');
    const last = this.#nodes.length - 1;
    let root = this.#nodes[last] ?? EMPTY_ROOT;
    for (let i = last - 1; i >= 0; i -= 1) root = this.#hasher.node(this.#nodes[i] ?? '', root);
    return root;
  }
}
