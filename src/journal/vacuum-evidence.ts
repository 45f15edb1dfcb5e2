/**
 * Reads what a vacuum is going to remove, for the last time: that it is what was signed, the frontier that stands in for
 * it, and the proofs that lead from the heads in it to its end.
 */
import { nodeHasher, NO_HASH, type Hash } from './tree-hasher.js';
import type { VacuumReceipt } from '../event/record.js';
import { makeFolder, readSmallFile, READ_FLAGS, replaceFile, type FileSystem } from '../keys/file-system.js';
import { formatBoundaryProof, type BoundaryProof } from './boundary-proof.js';
import { bodiesUpTo } from './body-removal.js';
import { FIXED_MODE } from './create-journal.js';
import { damaged } from './damaged.js';
import type { JournalState } from './journal-state.js';
import { listHeads, SMALL_FILE_BYTES_MAX, type JournalLayout } from './layout.js';
import { LineGrammar } from './line-grammar.js';
import { readLines, type LineHandler } from './line-source.js';
import { CompactRange } from './merkle.js';
import { proveConsistency } from './range-proof.js';
import { readHead } from './signed-head.js';
import { leafInPlace } from './tree-hasher.js';
import type { VacuumPlan, VacuumRule } from './vacuum-plan.js';

export interface VacuumEvidence {
  readonly receipt: VacuumReceipt;
  readonly proofs: readonly BoundaryProof[];
}

/** The tree at a head, and over what lies between it and the next. */
interface Stretch {
  readonly left: CompactRange;
  readonly right: CompactRange;
}

class PrefixReader implements LineHandler {
  range: CompactRange;
  lastHash: Hash;
  readonly stretches: Stretch[] = [];
  readonly #heads: readonly number[];
  readonly #grammar = new LineGrammar();
  #part: CompactRange;

  /** @param heads sizes at which a stretch begins, ascending, the first of them where `start` ends */
  constructor(start: CompactRange, lastHash: Hash, heads: readonly number[]) {
    this.range = start;
    this.lastHash = lastHash;
    this.#heads = heads;
    this.#part = new CompactRange(nodeHasher, start.end);
  }

  line(buffer: Buffer, start: number, end: number): boolean {
    const grammar = this.#grammar;
    if (!grammar.check(buffer, start, end) || grammar.seq !== this.#part.end + 1) return false;
    if (buffer.toString('latin1', grammar.prevAt, grammar.prevAt + 64) !== this.lastHash) return false;
    this.lastHash = leafInPlace(buffer, start, end);
    this.#part.append(this.lastHash);
    if (this.#part.end === this.#heads[this.stretches.length + 1]) this.cut();
    return true;
  }

  oversized(): boolean {
    return false;
  }

  /** Ends a stretch here. */
  cut(): void {
    this.stretches.push({ left: this.range, right: this.#part });
    const range = this.range.copy();
    range.join(this.#part);
    this.range = range;
    this.#part = new CompactRange(nodeHasher, range.end);
  }
}

/**
 * @throws JOURNAL_DAMAGED if the records are not those that were signed: nothing may be removed then, since it is the
 * evidence
 */
export function vacuumEvidence(
  fs: FileSystem,
  layout: JournalLayout,
  origin: string,
  state: JournalState,
  { cut, bytes }: VacuumPlan & { readonly cut: object },
  rule: VacuumRule,
): VacuumEvidence {
  const { segment, boundary } = cut;
  const { vacuum: before } = state;
  const base = before?.boundary ?? 0;
  const kept = listHeads(fs, layout).numbers.filter((size) => size > base && size <= boundary);
  const start = new CompactRange(nodeHasher, 0, base, before?.frontier ?? []);
  const reader = new PrefixReader(start, before?.hash ?? NO_HASH, [base, ...kept]);
  for (let number = (before?.segment ?? 0) + 1; number <= segment; number += 1) readSegment(fs, layout, number, reader);
  const { stretches, range } = reader;
  if (range.end !== boundary) throw damaged(`the records up to #${boundary} are not whole`);
  const heads = stretches.map(({ left }) => left).concat(range);
  for (const tree of heads) if (tree.end > 0) checkHead(fs, layout, origin, tree);
  const bodies = bodiesUpTo(fs, layout, segment);
  const receipt = {
    number: (before?.number ?? 0) + 1,
    first: base + 1,
    boundary,
    segment,
    hash: reader.lastHash,
    frontier: range.nodes,
    bytes,
    ...(bodies === undefined ? {} : { bodies }),
    rule: rule.rule,
    window: rule.window,
  };
  return { receipt, proofs: prove(origin, stretches, range) };
}

function readSegment(fs: FileSystem, layout: JournalLayout, number: number, reader: PrefixReader): void {
  const fd = fs.openSync(layout.segment(number), READ_FLAGS);
  try {
    // What a crash left torn ends the reading of a segment; whether more is missing, the root at the boundary shows.
    readLines(fs, fd, 0, Number.MAX_SAFE_INTEGER, reader);
  } finally {
    fs.closeSync(fd);
  }
}

function checkHead(fs: FileSystem, layout: JournalLayout, origin: string, tree: CompactRange): void {
  const bytes = readSmallFile(fs, layout.head(tree.end), SMALL_FILE_BYTES_MAX);
  if (bytes === undefined) throw damaged(`the head for ${tree.end} records is missing`);
  if (readHead(fs, layout, bytes, origin).root !== tree.root()) {
    throw damaged(`the records up to #${tree.end} are not those that were signed`);
  }
}

/** From each head to the boundary, the nearest first: what lies between grows by a stretch at a time. */
function prove(origin: string, stretches: readonly Stretch[], whole: CompactRange): BoundaryProof[] {
  const to = { size: whole.end, root: whole.root() };
  const proofs: BoundaryProof[] = [];
  let behind: CompactRange | undefined;
  for (const { left, right } of stretches.toReversed()) {
    const rest = right.copy();
    if (behind !== undefined) rest.join(behind);
    behind = rest;
    if (left.end === 0) continue;
    const from = { size: left.end, root: left.root() };
    proofs.push({ origin, from, to, hashes: proveConsistency(nodeHasher, left, rest) });
  }
  return proofs;
}

/**
 * Before the receipt is signed. A crash after some of it leaves proofs of a vacuum that never was: true all the same,
 * and replaced by the next one's.
 */
export function writeBoundaryProofs(fs: FileSystem, layout: JournalLayout, proofs: readonly BoundaryProof[]): void {
  if (proofs.length > 0) makeFolder(fs, layout.consistency, 0o750);
  for (const proof of proofs) {
    replaceFile(fs, layout.consistencyProof(proof.from.size), formatBoundaryProof(proof), FIXED_MODE);
  }
}
