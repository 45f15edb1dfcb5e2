/** The chain of lines and the tree over them, followed from line to line. */
import { LineGrammar } from './line-grammar.js';
import type { CompactRange } from '../tree/merkle.js';
import { leafInPlace, type Hash } from '../tree/tree-hasher.js';

export class Chain {
  readonly tree: CompactRange;
  /** Leaf hash of the last line, or what the first one has to name. */
  lastHash: Hash;
  readonly #grammar = new LineGrammar();

  constructor(tree: CompactRange, lastHash: Hash) {
    this.tree = tree;
    this.lastHash = lastHash;
  }

  /**
   * Takes the line at `buffer[start..end)`.
   * @returns its number and kind; undefined, and nothing changes, if it does not follow: damage, or what a crash left
   */
  take(buffer: Buffer, start: number, end: number): { readonly seq: number; readonly kind: string } | undefined {
    const grammar = this.#grammar;
    if (!grammar.check(buffer, start, end) || grammar.seq !== this.tree.end + 1) return undefined;
    if (grammar.prevIn(buffer) !== this.lastHash) return undefined;
    this.append(leafInPlace(buffer, start, end));
    return { seq: grammar.seq, kind: grammar.kindIn(buffer) };
  }

  /** Takes the hash of a line instead of the line. */
  append(leaf: Hash): void {
    this.lastHash = leaf;
    this.tree.append(leaf);
  }
}
