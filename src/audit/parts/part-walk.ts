/** Puts the shown lines and the hashes of the others together to one tree, in one pass with bounded memory. */
import { RecordView } from '../../event/record-view.js';
import { LineGrammar } from '../../journal/lines/line-grammar.js';
import type { LineHandler } from '../../journal/lines/line-source.js';
import { CompactRange } from '../../journal/tree/merkle.js';
import { leafInPlace, nodeHasher, NO_HASH, type Hash } from '../../journal/tree/tree-hasher.js';
import type { UndisclosedReader } from '../../journal/evidence/undisclosed.js';
import type { FindingList } from '../finding.js';
import type { ShownRecords } from './shown-records.js';

export interface PartWalkInput {
  readonly undisclosed: UndisclosedReader;
  /** Sizes at which hashes are cut and roots are wanted, ascending. */
  readonly splits: readonly number[];
  readonly shown: ShownRecords;
  readonly findings: FindingList;
}

export class PartWalk implements LineHandler {
  readonly #input: PartWalkInput;
  readonly #grammar = new LineGrammar();
  readonly #tree = new CompactRange(nodeHasher);
  readonly #roots = new Map<number, Hash>();
  readonly #sealed = new Set<number>();
  /** Subtrees that cover what a vacuum removed. */
  #frontier: readonly Hash[] = [];
  #nextSplit = 0;
  #lines = 0;
  #lastHash: Hash = NO_HASH;
  #lastSeq = 0;
  /** Nothing after the first fault can be placed. */
  #isBroken = false;

  constructor(input: PartWalkInput) {
    this.#input = input;
  }

  get roots(): ReadonlyMap<number, Hash> {
    return this.#roots;
  }
  /** Sizes whose last record is a seal, or is not shown. */
  get sealed(): ReadonlySet<number> {
    return this.#sealed;
  }
  get frontier(): readonly Hash[] {
    return this.#frontier;
  }
  get isBroken(): boolean {
    return this.#isBroken;
  }

  line(buffer: Buffer, start: number, end: number, offset: number): boolean {
    this.#lines += 1;
    const { undisclosed, shown } = this.#input;
    const { size, removed } = undisclosed.header;
    const grammar = this.#grammar;
    const view = grammar.check(buffer, start, end) ? RecordView.decode(buffer.subarray(start, end)) : undefined;
    if (view === undefined) return this.#fault(`line ${this.#lines} is not a valid record`, offset);
    const { seq } = grammar;
    if (seq <= this.#tree.end || seq <= removed || seq > size) {
      return this.#fault(`record #${seq} stands in the wrong place`, offset);
    }
    if (!this.#fill(seq - 1)) return false;
    const prev = grammar.prevIn(buffer);
    if (this.#lastSeq === seq - 1 && prev !== this.#lastHash) {
      return this.#fault(`record #${seq} does not name the hash of the one before`, offset);
    }
    const line = buffer.toString('utf8', start, end);
    this.#lastHash = leafInPlace(buffer, start, end);
    this.#lastSeq = seq;
    this.#tree.append(this.#lastHash);
    this.#snapshot(view.kind === 'seal');
    shown.take(seq, view, line);
    return true;
  }

  oversized(offset: number): boolean {
    return this.#fault(`line ${this.#lines + 1} is longer than any record`, offset);
  }

  /** When the last line was seen. */
  end(): void {
    const { undisclosed, shown } = this.#input;
    shown.end();
    if (this.#isBroken || !this.#fill(undisclosed.header.size)) return;
    if (undisclosed.next() !== undefined) this.#fault('there are more hashes than records that are not shown');
  }

  #fault(message: string, byte?: number): false {
    this.#isBroken = true;
    const where = byte === undefined ? '' : ` (byte ${byte})`;
    this.#input.findings.add('PROOF_MISMATCH', `${message}${where}`, { file: 'part/records.jsonl' });
    return false;
  }

  /** Takes the hashes for the records up to `to`, cut where the writer had to cut them. */
  #fill(to: number): boolean {
    const { splits, undisclosed } = this.#input;
    while (this.#tree.end < to) {
      const begin = this.#tree.end;
      const end = Math.min(to, splits[this.#nextSplit] ?? to);
      const nodes: Hash[] = [];
      for (let left = CompactRange.nodeCount(begin, end); left > 0; left -= 1) {
        const hash = undisclosed.next();
        if (hash === undefined) return this.#fault('there are fewer hashes than records that are not shown');
        nodes.push(hash);
      }
      this.#tree.join({ begin, end, nodes });
      if (end === undisclosed.header.removed) this.#frontier = nodes;
      this.#snapshot(true);
    }
    return true;
  }

  #snapshot(isSealed: boolean): void {
    const { end } = this.#tree;
    if (this.#input.splits[this.#nextSplit] !== end) return;
    this.#nextSplit += 1;
    this.#roots.set(end, this.#tree.root());
    if (isSealed) this.#sealed.add(end);
  }
}
