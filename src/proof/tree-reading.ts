/**
 * One pass over the lines that a head covers, in order, with the tree that they give. Whether the lines are those that
 * were signed, the root decides; so nothing is diagnosed here.
 */
import { EgressError } from '../core/error.js';
import type { VacuumReceipt } from '../event/record.js';
import type { SignedHead } from '../journal/checkpoint.js';
import { currentState } from '../journal/current-state.js';
import { LineGrammar } from '../journal/line-grammar.js';
import { listSegments, type JournalLayout } from '../journal/layout.js';
import { readLines, type LineHandler } from '../journal/line-source.js';
import { CompactRange, type SubtreeVisitor } from '../journal/merkle.js';
import { leafInPlace, nodeHasher, NO_HASH, type Hash } from '../journal/tree-hasher.js';
import { fileSystem, readFile } from '../keys/file-system.js';

export interface TreeReader {
  /** Called for each complete subtree. */
  readonly visit?: SubtreeVisitor;
  /** Called for each record; the buffer is reused afterwards. */
  line?(seq: number, kind: string, buffer: Buffer, start: number, end: number): void;
}

class TreeBuilder implements LineHandler {
  readonly tree: CompactRange;
  readonly #size: number;
  readonly #reader: TreeReader;
  readonly #grammar = new LineGrammar();
  #lastHash: Hash;

  constructor(size: number, reader: TreeReader, removed: VacuumReceipt | undefined) {
    this.#size = size;
    this.#reader = reader;
    this.#lastHash = removed?.hash ?? NO_HASH;
    const { boundary = 0, frontier = [] } = removed ?? {};
    this.tree = new CompactRange(nodeHasher, 0, boundary, frontier, reader.visit);
  }

  get isComplete(): boolean {
    return this.tree.end >= this.#size;
  }

  /** Stops at the first line that does not follow from the one before: behind it is the torn tail of a crash. */
  line(buffer: Buffer, start: number, end: number): boolean {
    const grammar = this.#grammar;
    if (!grammar.check(buffer, start, end) || grammar.seq !== this.tree.end + 1) return false;
    if (buffer.toString('latin1', grammar.prevAt, grammar.prevAt + 64) !== this.#lastHash) return false;
    this.#lastHash = leafInPlace(buffer, start, end);
    this.tree.append(this.#lastHash);
    if (this.#reader.line !== undefined) {
      const kind = buffer.toString('latin1', grammar.kindAt, grammar.kindEnd);
      this.#reader.line(grammar.seq, kind, buffer, start, end);
    }
    return !this.isComplete;
  }

  oversized(): boolean {
    return false;
  }
}

/**
 * What stands in for the records that a vacuum removed; undefined where all are there. Not verified: the tree that is
 * built on it has to give a signed root.
 * @throws JOURNAL_UNREADABLE
 */
export function removedPart(layout: JournalLayout): VacuumReceipt | undefined {
  if (listSegments(fileSystem, layout).numbers[0] === 1) return undefined;
  const { vacuum } = currentState(fileSystem, layout);
  return vacuum?.frontier.length === CompactRange.nodeCount(0, vacuum?.boundary ?? 0) ? vacuum : undefined;
}

/**
 * Reads the lines under `head`, from where the journal begins.
 * @throws JOURNAL_DAMAGED if they do not give its root, JOURNAL_UNREADABLE; RECORD_NOT_FOUND if a vacuum removed them all
 */
export function readTree(layout: JournalLayout, head: SignedHead, reader: TreeReader): void {
  const removed = removedPart(layout);
  if (removed !== undefined && removed.boundary >= head.size) {
    throw new EgressError('RECORD_NOT_FOUND', `a vacuum removed the records up to #${removed.boundary}`);
  }
  const builder = new TreeBuilder(head.size, reader, removed);
  for (const number of listSegments(fileSystem, layout).numbers) {
    if (builder.isComplete) break;
    if (number > (removed?.segment ?? 0))
      readFile(fileSystem, layout.segment(number), (fd) =>
        readLines(fileSystem, fd, 0, Number.MAX_SAFE_INTEGER, builder),
      );
  }
  if (builder.tree.end === head.size && builder.tree.root() === head.root) return;
  throw new EgressError('JOURNAL_DAMAGED', `the records up to #${head.size} are not those that its head signed`, {
    hint: 'egress verify says what is wrong. Nothing can be proven from a copy that is not whole.',
  });
}
