/**
 * The Merkle tree over all lines (RFC 6962, section 2.1), as compact ranges: the smallest list of complete subtrees
 * that covers a range of leaves. Ranges that touch can be joined, so that segments are hashed apart from each other;
 * a range that begins at 0 gives the root of its size.
 */
import { EMPTY_ROOT, HASH_BYTES, type Hash, type TreeHasher } from './tree-hasher.js';

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

/** Sizes are below 2^53: at most so many subtrees that grow, as many that shrink, and one that is not merged yet. */
const NODES_MAX = 107;
/** A byte that serves as prefix, and two hashes. */
const PAIR_BYTES = 1 + 2 * HASH_BYTES;

/** Covers the leaves from `begin` (0 is the first line) up to, not including, `end`. */
export class CompactRange {
  readonly begin: number;
  #end: number;
  /**
   * The nodes' hashes as bytes, left to right, behind a byte that serves as prefix: two that are next to each other are
   * hashed where they stand.
   */
  readonly #hashes = Buffer.alloc(1 + NODES_MAX * HASH_BYTES);
  #count = 0;
  /** Each node with the next one. */
  readonly #pairs: Buffer[] = [];
  readonly #hasher: TreeHasher;
  readonly #visit: SubtreeVisitor | undefined;

  /** @throws RangeError for more nodes than any range has */
  constructor(hasher: TreeHasher, begin = 0, end = begin, nodes: readonly Hash[] = [], visit?: SubtreeVisitor) {
    this.#hasher = hasher;
    this.#visit = visit;
    this.begin = begin;
    this.#end = end;
    if (nodes.length >= NODES_MAX) throw new RangeError('no range has so many nodes');
    for (const node of nodes) this.#put(node);
    if (visit !== undefined) this.#visitNodes(visit);
  }

  #visitNodes(visit: SubtreeVisitor): void {
    let at = this.begin;
    for (const node of this.nodes) {
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
    return Array.from({ length: this.#count }, (_, index) => this.#node(index));
  }

  #node(index: number): Hash {
    const at = 1 + HASH_BYTES * index;
    return this.#hashes.toString('hex', at, at + HASH_BYTES);
  }

  /** Number of nodes that a range has to have. */
  static nodeCount(begin: number, end: number): number {
    let count = 0;
    for (let at = begin; at < end; at += subtreeWidth(at, end)) count += 1;
    return count;
  }

  copy(): CompactRange {
    return new CompactRange(this.#hasher, this.begin, this.#end, this.nodes);
  }

  append(leaf: Hash | Uint8Array): void {
    this.#push(leaf, 1);
  }

  /** Joins a range that begins where this one ends. */
  join(next: { readonly begin: number; readonly end: number; readonly nodes: readonly Hash[] }): void {
    if (next.begin !== this.#end) throw new RangeError('ranges do not touch');
    for (const node of next.nodes) this.#push(node, subtreeWidth(this.#end, next.end));
  }

  #put(hash: Hash | Uint8Array): void {
    const at = 1 + HASH_BYTES * this.#count;
    if (typeof hash === 'string') this.#hashes.write(hash, at, HASH_BYTES, 'hex');
    else this.#hashes.set(hash, at);
    this.#count += 1;
  }

  /** Makes one of the last two nodes. */
  #merge(): void {
    const index = this.#count - 2;
    const at = HASH_BYTES * index;
    this.#hasher.joinPair((this.#pairs[index] ??= this.#hashes.subarray(at, at + PAIR_BYTES)));
    this.#count -= 1;
  }

  /** Adds a complete subtree, and merges it with its left siblings as long as those lie in this range. */
  #push(hash: Hash | Uint8Array, leaves: number): void {
    let index = this.#end / leaves;
    let width = leaves;
    this.#put(hash);
    this.#visit?.(Math.log2(width), index, this.#node(this.#count - 1));
    while (index % 2 === 1 && (index - 1) * width >= this.begin) {
      this.#merge();
      index = (index - 1) / 2;
      width *= 2;
      this.#visit?.(Math.log2(width), index, this.#node(this.#count - 1));
    }
    this.#end += leaves;
  }

  /** Root of the tree of the first `end` leaves. Only for a range that begins at 0. */
  root(): Hash {
    if (this.begin !== 0) throw new RangeError('only a range from 0 has a root');
    const { nodes } = this;
    return nodes.length === 0 ? EMPTY_ROOT : nodes.reduceRight((root, node) => this.#hasher.node(node, root));
  }
}
