/**
 * One pass over the lines that a head covers, in order, with the tree that they give. Whether the lines are those that
 * were signed, the root decides. A damaged line is no obstacle where only its hash is needed: the line after it states
 * that, and the root decides again.
 */
import { EgressError } from '../core/error.js';
import { diagnoseSegment, type PlacedLine } from '../audit/segments/segment-diagnosis.js';
import { readOpening } from '../audit/segments/segment-opening.js';
import type { VacuumReceipt } from '../event/record.js';
import { Chain } from '../journal/lines/chain.js';
import type { SignedHead } from '../journal/heads/checkpoint.js';
import { currentState } from '../journal/state/current-state.js';
import { listSegments, type JournalLayout } from '../journal/folder/layout.js';
import { readLines, type LineHandler } from '../journal/lines/line-source.js';
import { CompactRange, type SubtreeVisitor } from '../journal/tree/merkle.js';
import { nodeHasher, NO_HASH, type Hash } from '../journal/tree/tree-hasher.js';
import { fileSystem, readFile } from '../keys/file-system.js';

export interface TreeReader {
  /** Goes on where lines are damaged, with the hashes that the lines after them state. */
  readonly mendsDamage?: boolean;
  /** Called for each complete subtree; again with other hashes where a damaged part has two readings. */
  readonly visit?: SubtreeVisitor;
  /**
   * Called for each record; the buffer is reused afterwards. What the last call for a number gives counts, unless the
   * number is among those that are returned as damaged.
   */
  line?(seq: number, kind: string, buffer: Buffer, start: number, end: number): void;
  /** Called now and then with the share that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Lines between two calls of `onProgress`. */
const PROGRESS_LINES = 4_096;

/** Where a segment begins. */
interface Mark {
  readonly end: number;
  readonly nodes: readonly Hash[];
  readonly lastHash: Hash;
}

class TreeBuilder implements LineHandler {
  /** Numbers of lines that are damaged or missing, and whose hashes the lines after them state. */
  readonly mended: number[] = [];
  readonly #size: number;
  readonly #reader: TreeReader;
  #chain: Chain;

  constructor(size: number, reader: TreeReader, removed: VacuumReceipt | undefined) {
    this.#size = size;
    this.#reader = reader;
    const { boundary = 0, frontier = [], hash = NO_HASH } = removed ?? {};
    this.#chain = new Chain(new CompactRange(nodeHasher, 0, boundary, frontier, reader.visit), hash);
  }

  get tree(): CompactRange {
    return this.#chain.tree;
  }

  get isComplete(): boolean {
    return this.tree.end >= this.#size;
  }

  /** Stops at the first line that does not follow from the one before: damage, or the torn tail of a crash. */
  line(buffer: Buffer, start: number, end: number): boolean {
    const taken = this.#chain.take(buffer, start, end);
    if (taken === undefined) return false;
    this.#progress();
    this.#reader.line?.(taken.seq, taken.kind, buffer, start, end);
    return !this.isComplete;
  }

  oversized(): boolean {
    return false;
  }

  #progress(): void {
    const { end } = this.tree;
    if (end % PROGRESS_LINES === 0) this.#reader.onProgress?.(end / this.#size);
  }

  mark(): Mark {
    return { end: this.tree.end, nodes: [...this.tree.nodes], lastHash: this.#chain.lastHash };
  }

  reset({ end, nodes, lastHash }: Mark): void {
    this.#chain = new Chain(new CompactRange(nodeHasher, 0, end, nodes, this.#reader.visit), lastHash);
  }

  /** Whether a segment that begins with `first`, and states `prev`, goes on from here. */
  isFollowedBy(first: number, prev: Hash): boolean {
    return first === this.tree.end + 1 && (prev === '' || prev === this.#chain.lastHash);
  }

  /** Takes what stands for the next numbers, as far as its hashes are known. @returns the lines that were good */
  mend(lines: readonly PlacedLine[]): readonly PlacedLine[] {
    const good: PlacedLine[] = [];
    for (const line of lines) {
      if (line.seq <= this.tree.end) continue;
      if (this.isComplete || line.seq !== this.tree.end + 1 || line.leaf === '') break;
      this.#chain.append(line.leaf);
      this.#progress();
      if (line.status === 'good') good.push(line);
      else this.mended.push(line.seq);
    }
    return good;
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
 * @returns numbers of the lines that are damaged or missing, where the reader goes on there
 * @throws JOURNAL_DAMAGED if they do not give its root, JOURNAL_UNREADABLE; RECORD_NOT_FOUND if a vacuum removed them all
 */
export function readTree(layout: JournalLayout, head: SignedHead, reader: TreeReader): readonly number[] {
  const removed = removedPart(layout);
  if (removed !== undefined && removed.boundary >= head.size) {
    throw new EgressError('RECORD_NOT_FOUND', `a vacuum removed the records up to #${removed.boundary}`);
  }
  const attempts = reader.mendsDamage === true ? READINGS : READINGS.slice(0, 1);
  let builder: TreeBuilder | undefined;
  for (const reading of attempts) {
    builder = new TreeBuilder(head.size, reader, removed);
    for (const number of listSegments(fileSystem, layout).numbers) {
      if (builder.isComplete) break;
      if (number > (removed?.segment ?? 0)) readSegment(layout, number, builder, reader, reading);
    }
    if (builder.tree.end === head.size && builder.tree.root() === head.root) return builder.mended;
  }
  throw unproven(head, builder);
}

/**
 * `plain` ends at the first break. Of two damaged lines in a row, the second's word about the first is true or not: both
 * are tried.
 */
const READINGS = ['plain', 'computed', 'stated'] as const;

function readSegment(
  layout: JournalLayout,
  number: number,
  builder: TreeBuilder,
  reader: TreeReader,
  reading: (typeof READINGS)[number],
): void {
  const file = layout.segment(number);
  const read = (handler: LineHandler): unknown =>
    readFile(fileSystem, file, (fd) => readLines(fileSystem, fd, 0, Number.MAX_SAFE_INTEGER, handler));
  const start = builder.mark();
  read(builder);
  if (reading === 'plain') return;
  const next = listSegments(fileSystem, layout).numbers.includes(number + 1);
  const { first, prev } = next ? readOpening(layout.segment(number + 1)) : { first: 0, prev: '' };
  if (!builder.isComplete && builder.isFollowedBy(first, prev)) return;
  builder.reset(start);
  const begin = builder.tree.end + 1;
  const preferStated = reading === 'stated';
  const last = first > begin ? first - 1 : undefined;
  const task = { file, to: Number.MAX_SAFE_INTEGER, first: begin, last, stated: prev, preferStated };
  const good = new Map(builder.mend(diagnoseSegment(task).lines).map((line) => [line.offset, line]));
  read({
    line: (buffer, start, end, offset) => {
      const line = good.get(offset);
      if (line !== undefined) reader.line?.(line.seq, line.kind, buffer, start, end);
      return true;
    },
    oversized: () => true,
  });
}

function unproven({ size }: SignedHead, builder: TreeBuilder | undefined): EgressError {
  const end = builder?.tree.end ?? 0;
  const [first] = builder?.mended ?? [];
  const stated = first === undefined ? '' : `, also with the hash that is stated for damaged #${first}`;
  const why =
    end < size
      ? `#${end + 1} is damaged or missing, and no line behind it states its hash`
      : `the records up to #${size} are not those that its head signed${stated}`;
  return new EgressError('JOURNAL_DAMAGED', `nothing can be proven: ${why}`, {
    hint: 'egress verify says what is wrong, and which records are good. A whole copy of the journal proves them all.',
  });
}
