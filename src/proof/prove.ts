/** Makes proofs out of a journal, for somebody who does not get the journal. */
import { EgressError } from '../core/error.js';
import type { ExpectedHead } from '../audit/expected-head.js';
import { readOpening } from '../audit/segment-opening.js';
import type { ChosenHead } from '../audit/signed-head.js';
import { formatConsistencyProof } from '../journal/consistency-proof.js';
import { listSegments } from '../journal/layout.js';
import { consistencyRanges, inclusionRanges, RangeHashes, type LeafRange } from '../journal/merkle-path.js';
import { formatRecordProof, type ProvenLine } from '../journal/record-proof.js';
import { EMPTY_ROOT, nodeHasher, type Hash } from '../journal/tree-hasher.js';
import { fileSystem } from '../keys/file-system.js';
import { findRecord, type RecordContext } from '../report/record-context.js';
import { withCosignatures } from './cosigned-note.js';
import { readTree, removedPart } from './tree-reading.js';

/** A line that a proof discloses. */
interface Disclosed {
  readonly seq: number;
  readonly kind: string;
}

export interface MadeProof {
  readonly bytes: Uint8Array;
  /** The record first, then what it refers to. */
  readonly disclosed: readonly Disclosed[];
}

/**
 * Proves that a record stands under a head.
 * @param withReferences also discloses the process, site and headers records that it refers to
 * @throws RECORD_NOT_FOUND, JOURNAL_DAMAGED, JOURNAL_UNREADABLE, PROOF_INVALID
 */
export function proveRecord(chosen: ChosenHead, seq: number, withReferences: boolean): MadeProof {
  const { layout, head, epochs } = chosen;
  const context = findRecord(layout.directory, seq);
  if (seq > head.size) {
    throw new EgressError('RECORD_NOT_FOUND', `record #${seq} is not under the head of ${head.size} records`, {
      hint: 'A head that covers it is signed when the run ends, or at the head interval.',
    });
  }
  if (seq <= (removedPart(layout)?.boundary ?? 0)) {
    throw new EgressError('RECORD_NOT_FOUND', `a vacuum removed record #${seq}`);
  }
  const references = withReferences ? referencesOf(chosen, context) : [];
  const wanted = [seq, ...references];
  const ranges = new Map(wanted.map((one) => [one, inclusionRanges(one - 1, head.size)]));
  const hashes = new RangeHashes(nodeHasher, [...ranges.values()].flat());
  const lines = new Map<number, { readonly kind: string; readonly line: Uint8Array }>();
  readTree(layout, head, {
    visit: hashes.visit,
    line: (at, kind, buffer, start, end) => {
      if (ranges.has(at)) lines.set(at, { kind, line: Uint8Array.from(buffer.subarray(start, end)) });
    },
  });
  const proven = (at: number): ProvenLine => {
    const path = (ranges.get(at) ?? []).map((range) => hashes.hash(range));
    return { seq: at, line: lines.get(at)?.line ?? new Uint8Array(), hashes: path };
  };
  const bytes = formatRecordProof({
    record: proven(seq),
    references: references.map(proven),
    epochs,
    checkpoint: withCosignatures(chosen),
  });
  return { bytes, disclosed: wanted.map((at) => ({ seq: at, kind: lines.get(at)?.kind ?? '' })) };
}

/** Lines that the record refers to, between two that show that they are of its segment. */
function referencesOf({ layout, head }: ChosenHead, { stored, process, site, headers }: RecordContext): number[] {
  const named = [process?.seq, site?.seq, headers?.seq].filter((seq) => seq !== undefined).sort((a, b) => a - b);
  if (named.length === 0) return [];
  const begin = readOpening(layout.segment(stored.segment)).first;
  const next = listSegments(fileSystem, layout).numbers.includes(stored.segment + 1);
  const end = next ? readOpening(layout.segment(stored.segment + 1)).first : 0;
  // Where the next segment does not lie under the head, the head's own last record, a seal, names the segment.
  return [begin, ...named, end > 0 && end <= head.size ? end : head.size];
}

/** The head to lead from; without a root, the one that the records give is taken. */
export type EarlierHead = Pick<ExpectedHead, 'size'> & Partial<ExpectedHead>;

/**
 * Proves that the first `from.size` records are the beginning of what a head covers.
 * @returns the proof's bytes
 * @throws RECORD_NOT_FOUND for a head that a vacuum left behind; HEAD_MISMATCH if `from` is no head of these records, JOURNAL_DAMAGED, JOURNAL_UNREADABLE, PROOF_INVALID
 */
export function proveConsistency(chosen: ChosenHead, from: EarlierHead): Uint8Array {
  const { layout, head, epochs } = chosen;
  if (from.origin !== undefined && from.origin !== head.origin) {
    throw new EgressError('HEAD_MISMATCH', 'the head to lead from is of another journal');
  }
  if (from.size > head.size) {
    throw new EgressError('HEAD_MISMATCH', `the head to lead from has ${from.size} records, this one ${head.size}`, {
      hint: 'If it is of this journal, then its end was cut off, or this is an older copy.',
    });
  }
  const ranges = consistencyRanges(from.size, head.size);
  const removed = removedPart(layout)?.boundary ?? 0;
  if (from.size > 0 && from.size < removed) {
    throw new EgressError('RECORD_NOT_FOUND', `a vacuum removed the records up to #${removed}`, {
      hint: `egress verify --expect-head checks an older head by consistency/${from.size}, if the journal has that.`,
    });
  }
  const whole: LeafRange = [0, from.size];
  const hashes = new RangeHashes(nodeHasher, [...ranges, whole]);
  readTree(layout, head, { visit: hashes.visit });
  const oldRoot = from.size === 0 ? EMPTY_ROOT : hashes.hash(whole);
  if (from.root !== undefined && from.root !== oldRoot) {
    throw new EgressError('HEAD_MISMATCH', `the first ${from.size} records are not those of the head to lead from`, {
      hint: 'One of the two was made from other records. Keep both, and show them to whoever relies on the journal.',
    });
  }
  return formatConsistencyProof({
    oldSize: from.size,
    oldRoot,
    hashes: ranges.map((range): Hash => hashes.hash(range)),
    epochs,
    checkpoint: withCosignatures(chosen),
  });
}
