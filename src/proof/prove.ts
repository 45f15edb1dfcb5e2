/** Makes proofs out of a journal, for somebody who does not get the journal. */
import { EgressError } from '../core/error.js';
import type { ExpectedHead } from '../audit/heads/expected-head.js';
import { readOpening } from '../audit/segments/segment-opening.js';
import type { ChosenHead } from '../audit/heads/signed-head.js';
import { referencesOf } from '../event/record-references.js';
import { formatConsistencyProof } from '../journal/evidence/consistency-proof.js';
import { listSegments } from '../journal/folder/layout.js';
import { consistencyRanges, inclusionRanges, RangeHashes, type LeafRange } from '../journal/tree/merkle-path.js';
import { formatRecordProof, type ProvenLine } from '../journal/evidence/record-proof.js';
import { EMPTY_ROOT, nodeHasher, type Hash } from '../journal/tree/tree-hasher.js';
import { fileSystem } from '../keys/file-system.js';
import { findRecord, type RecordContext } from '../report/stored/record-context.js';
import { withCosignatures } from './cosigned-note.js';
import { readTree, removedPart } from './tree-reading.js';

/** A line that a proof discloses. */
interface Disclosed {
  readonly seq: number;
  readonly kind: string;
}

export interface MadeProof {
  readonly bytes: Uint8Array;
  /** Other lines that are damaged or missing: their hashes were taken from the lines behind them. */
  readonly damaged: readonly number[];
  /** The record first, then what it refers to. */
  readonly disclosed: readonly Disclosed[];
}

/**
 * Proves that a record stands under a head.
 * @param withReferences also discloses the process, site and headers records that it refers to
 * @param onProgress gets the share that is done
 * @throws RECORD_NOT_FOUND, JOURNAL_UNREADABLE, PROOF_INVALID; JOURNAL_DAMAGED if the record or one that it refers to is
 * damaged, or too much else is
 */
export function proveRecord(
  chosen: ChosenHead,
  seq: number,
  withReferences: boolean,
  onProgress?: (share: number) => void,
): MadeProof {
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
  const references = withReferences ? linesReferredTo(chosen, context) : [];
  const wanted = [seq, ...references];
  const ranges = new Map(wanted.map((one) => [one, inclusionRanges(one - 1, head.size)]));
  const hashes = new RangeHashes(nodeHasher, [...ranges.values()].flat());
  const lines = new Map<number, { readonly kind: string; readonly line: Uint8Array }>();
  const damaged = readTree(layout, head, {
    ...{ mendsDamage: true, visit: hashes.visit, onProgress },
    line: (at, kind, buffer, start, end) => {
      if (ranges.has(at)) lines.set(at, { kind, line: Uint8Array.from(buffer.subarray(start, end)) });
    },
  });
  for (const at of damaged) lines.delete(at);
  const proven = (at: number): ProvenLine => {
    const path = (ranges.get(at) ?? []).map((range) => hashes.hash(range));
    const line = lines.get(at)?.line;
    if (line === undefined) throw damagedRecord(at, at === seq);
    return { seq: at, line, hashes: path };
  };
  if (withReferences && damaged.length > 0 && lacksReference(context))
    throw damagedReference('a line that it refers to');
  // Somebody may have put a line with the same number before it, with other references.
  if (!context.stored.bytes.equals(proven(seq).line)) throw damagedRecord(seq, true);
  const bytes = formatRecordProof({
    record: proven(seq),
    references: references.map(proven),
    epochs,
    checkpoint: withCosignatures(chosen),
  });
  return { bytes, damaged, disclosed: wanted.map((at) => ({ seq: at, kind: lines.get(at)?.kind ?? '' })) };
}

const REFERRED = ['process', 'site', 'headers'] as const;

function damagedRecord(seq: number, isItself: boolean): EgressError {
  return isItself
    ? new EgressError('JOURNAL_DAMAGED', `record #${seq} is damaged: its line is not the one that was signed`, {
        hint: 'Nothing can prove it but a copy of the journal in which it is whole.',
      })
    : damagedReference(`#${seq}`);
}

function damagedReference(what: string): EgressError {
  return new EgressError('JOURNAL_DAMAGED', `the record can be proven, but not with ${what}, which is damaged`, {
    hint: '--alone proves the record without the lines that it refers to.',
  });
}

/** A line that declares what the record refers to is not found: among the damaged ones, most likely. */
function lacksReference(context: RecordContext): boolean {
  const numbers = referencesOf(context.view);
  return REFERRED.some((kind) => numbers.has(kind) && context[kind] === undefined);
}

/** Lines that the record refers to, between two that show that they are of its segment. */
function linesReferredTo({ layout, head }: ChosenHead, context: RecordContext): number[] {
  const named = REFERRED.map((kind) => context[kind]?.seq).filter((seq) => seq !== undefined);
  if (named.length === 0) return [];
  const { segment } = context.stored;
  const begin = readOpening(layout.segment(segment)).first;
  const next = listSegments(fileSystem, layout).numbers.includes(segment + 1);
  const end = next ? readOpening(layout.segment(segment + 1)).first : Infinity;
  if (begin === 0 || end === 0) throw damagedReference('the line that shows its segment');
  named.sort((a, b) => a - b);
  // Where the next segment does not lie under the head, the head's own last record, a seal, names the segment.
  return [begin, ...named, end <= head.size ? end : head.size];
}

/** The head to lead from; without a root, the one that the records give is taken. */
export type EarlierHead = Pick<ExpectedHead, 'size'> & Partial<ExpectedHead>;

/**
 * Proves that the first `from.size` records are the beginning of what a head covers.
 * @param onProgress gets the share that is done
 * @throws RECORD_NOT_FOUND for a head that a vacuum left behind; HEAD_MISMATCH if `from` is no head of these records, JOURNAL_DAMAGED, JOURNAL_UNREADABLE, PROOF_INVALID
 */
export function proveConsistency(
  chosen: ChosenHead,
  from: EarlierHead,
  onProgress?: (share: number) => void,
): Omit<MadeProof, 'disclosed'> {
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
  const damaged = readTree(layout, head, { mendsDamage: true, visit: hashes.visit, onProgress });
  const oldRoot = from.size === 0 ? EMPTY_ROOT : hashes.hash(whole);
  if (from.root !== undefined && from.root !== oldRoot) {
    throw new EgressError('HEAD_MISMATCH', `the first ${from.size} records are not those of the head to lead from`, {
      hint: 'One of the two was made from other records. Keep both, and show them to whoever relies on the journal.',
    });
  }
  const bytes = formatConsistencyProof({
    oldSize: from.size,
    oldRoot,
    hashes: ranges.map((range): Hash => hashes.hash(range)),
    epochs,
    checkpoint: withCosignatures(chosen),
  });
  return { bytes, damaged };
}
