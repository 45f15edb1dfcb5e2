/**
 * Reads what a vacuum is going to remove, for the last time: that it is what was signed, the frontier that stands in for
 * it, and the proofs that lead from the heads in it to its end.
 */
import type { VacuumReceipt } from '../../event/record.js';
import { makeFolder, readFile, readSmallFile, replaceFile, type FileSystem } from '../../keys/file-system.js';
import { formatBoundaryProof, type BoundaryProof } from './boundary-proof.js';
import { bodiesUpTo } from './body-removal.js';
import { Chain } from '../lines/chain.js';
import type { Head } from '../heads/checkpoint.js';
import { FIXED_MODE } from '../create-journal.js';
import { damaged } from '../damaged.js';
import type { JournalState } from '../state/journal-state.js';
import { listHeads, SMALL_FILE_BYTES_MAX, type JournalLayout } from '../folder/layout.js';
import { readLines, type LineHandler } from '../lines/line-source.js';
import { CompactRange } from '../tree/merkle.js';
import { consistencyRanges, RangeHashes } from '../tree/merkle-path.js';
import { readHead } from '../heads/signed-head.js';
import { nodeHasher, NO_HASH, type Hash } from '../tree/tree-hasher.js';
import type { VacuumPlan, VacuumRule } from './vacuum-plan.js';

export interface VacuumEvidence {
  readonly receipt: VacuumReceipt;
  readonly proofs: readonly BoundaryProof[];
}

/** Follows the chain, and keeps the roots of some sizes. */
class PrefixReader implements LineHandler {
  readonly roots = new Map<number, Hash>();
  readonly #chain: Chain;
  readonly #sizes: ReadonlySet<number>;

  constructor(chain: Chain, sizes: ReadonlySet<number>) {
    this.#chain = chain;
    this.#sizes = sizes;
  }

  line(buffer: Buffer, start: number, end: number): boolean {
    const taken = this.#chain.take(buffer, start, end);
    if (taken === undefined) return false;
    if (this.#sizes.has(taken.seq)) this.roots.set(taken.seq, this.#chain.tree.root());
    return true;
  }

  oversized(): boolean {
    return false;
  }
}

/**
 * @throws JOURNAL_DAMAGED if the records are not those that were signed: nothing may be removed then, since it is the
 * evidence; JOURNAL_UNREADABLE
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
  // The head that the last vacuum ended with lies below the new boundary as well.
  const sizes = base > 0 ? [base, ...kept] : kept;
  const below = sizes.filter((size) => size < boundary);
  const hashes = new RangeHashes(
    nodeHasher,
    below.flatMap((size) => consistencyRanges(size, boundary)),
  );
  const tree = new CompactRange(nodeHasher, 0, base, before?.frontier ?? [], hashes.visit);
  const chain = new Chain(tree, before?.hash ?? NO_HASH);
  const reader = new PrefixReader(chain, new Set([...sizes, boundary]));
  if (base > 0) reader.roots.set(base, tree.root());
  for (let number = (before?.segment ?? 0) + 1; number <= segment; number += 1) readSegment(fs, layout, number, reader);
  if (tree.end !== boundary) throw damaged(`the records up to #${boundary} are not whole`);
  for (const [size, root] of reader.roots) checkHead(fs, layout, origin, { size, root });
  const bodies = bodiesUpTo(fs, layout, segment);
  const to = { size: boundary, root: tree.root() };
  const proofs = below.map((size) => ({
    ...{ origin, from: { size, root: reader.roots.get(size) ?? '' }, to },
    hashes: consistencyRanges(size, boundary).map((range) => hashes.hash(range)),
  }));
  const receipt = {
    number: (before?.number ?? 0) + 1,
    first: base + 1,
    boundary,
    segment,
    hash: chain.lastHash,
    frontier: tree.nodes,
    bytes,
    ...(bodies === undefined ? {} : { bodies }),
    rule: rule.rule,
    window: rule.window,
  };
  return { receipt, proofs };
}

function readSegment(fs: FileSystem, layout: JournalLayout, number: number, reader: PrefixReader): void {
  // What a crash left torn ends the reading of a segment; whether more is missing, the root at the boundary shows.
  readFile(fs, layout.segment(number), (fd) => readLines(fs, fd, 0, Number.MAX_SAFE_INTEGER, reader));
}

function checkHead(
  fs: FileSystem,
  layout: JournalLayout,
  origin: string,
  { size, root }: Pick<Head, 'size' | 'root'>,
): void {
  const bytes = readSmallFile(fs, layout.head(size), SMALL_FILE_BYTES_MAX);
  if (bytes === undefined) throw damaged(`the head for ${size} records is missing`);
  if (readHead(fs, layout, bytes, origin).root !== root) {
    throw damaged(`the records up to #${size} are not those that were signed`);
  }
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
