/**
 * One pass over the lines that a head covers, in order, with the tree that they give. Whether the lines are those that
 * were signed, the root decides; so nothing is diagnosed here.
 */
import { EgressError, systemCode } from '../core/error.js';
import type { SignedHead } from '../journal/checkpoint.js';
import { LineGrammar } from '../journal/line-grammar.js';
import { listSegments, type JournalLayout } from '../journal/layout.js';
import { readLines, type LineHandler } from '../journal/line-source.js';
import { CompactRange, type SubtreeVisitor } from '../journal/merkle.js';
import { leafInPlace, nodeHasher, NO_HASH, type Hash } from '../journal/tree-hasher.js';
import { fileSystem, READ_FLAGS } from '../keys/file-system.js';

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
  #lastHash: Hash = NO_HASH;

  constructor(size: number, reader: TreeReader) {
    this.#size = size;
    this.#reader = reader;
    this.tree = new CompactRange(nodeHasher, 0, 0, [], reader.visit);
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
 * Reads the lines under `head`.
 * @throws JOURNAL_DAMAGED if they do not give its root, JOURNAL_UNREADABLE
 */
export function readTree(layout: JournalLayout, head: SignedHead, reader: TreeReader): void {
  const builder = new TreeBuilder(head.size, reader);
  for (const number of listSegments(fileSystem, layout).numbers) {
    if (builder.isComplete) break;
    readSegment(layout.segment(number), builder);
  }
  if (builder.tree.end === head.size && builder.tree.root() === head.root) return;
  throw new EgressError('JOURNAL_DAMAGED', `the records up to #${head.size} are not those that its head signed`, {
    hint: 'egress verify says what is wrong. Nothing can be proven from a copy that is not whole.',
  });
}

function readSegment(file: string, handler: LineHandler): void {
  try {
    const fd = fileSystem.openSync(file, READ_FLAGS);
    try {
      readLines(fileSystem, fd, 0, Number.MAX_SAFE_INTEGER, handler);
    } finally {
      fileSystem.closeSync(fd);
    }
  } catch (error) {
    if (systemCode(error) === undefined || error instanceof EgressError) throw error;
    throw new EgressError('JOURNAL_UNREADABLE', `cannot read ${file}: ${systemCode(error) ?? ''}`, { cause: error });
  }
}
