/** Vacuums: what stands in for removed records, and whether it may. */
import { encodeHex } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import type { VacuumReceipt } from '../../event/record.js';
import { parseBoundaryProof, type BoundaryProof } from '../../journal/vacuum/boundary-proof.js';
import { decodeReceipt, type JournalState } from '../../journal/state/journal-state.js';
import { listConsistencyProofs, SMALL_FILE_BYTES_MAX, type JournalLayout } from '../../journal/folder/layout.js';
import { CompactRange } from '../../journal/tree/merkle.js';
import { nodeHasher, type Hash } from '../../journal/tree/tree-hasher.js';
import { fileSystem, readSmallFile } from '../../keys/file-system.js';
import type { FindingList } from '../finding.js';
import type { ControlRecord } from '../segments/segment-scan.js';
import { isSignedInTime, signerOf, type FoundHead, type WalkedEpoch } from '../heads/signed-files.js';

/** The newest vacuum. Its record is never among what was removed. */
export interface Removal extends VacuumReceipt {
  readonly seq: number;
  readonly time: string;
  readonly by: string;
  /** Id of the run key whose head covers it. */
  readonly keyId: string;
  /** Root of the records up to `boundary`, as the frontier gives it. */
  readonly root: Hash;
}

function frontierRoot({ boundary, frontier }: VacuumReceipt): Hash | undefined {
  if (frontier.length !== CompactRange.nodeCount(0, boundary)) return undefined;
  return new CompactRange(nodeHasher, 0, boundary, frontier).root();
}

/**
 * The receipt to begin with. One that no head covered in time counts for nothing: whoever could remove a segment could
 * have written it.
 */
export function newestRemoval(
  control: Iterable<ControlRecord>,
  heads: readonly FoundHead[],
  epochs: readonly WalkedEpoch[],
): Removal | undefined {
  let newest: Removal | undefined;
  for (const { seq, kind, record } of control) {
    if (kind !== 'vacuum' || !isSignedInTime(seq, heads, epochs)) continue;
    const receipt = decodeReceipt(record['vacuum']);
    const root = receipt === undefined ? undefined : frontierRoot(receipt);
    if (receipt === undefined || root === undefined || receipt.boundary >= seq) continue;
    if (receipt.boundary <= (newest?.boundary ?? 0)) continue;
    const keyId = encodeHex(signerOf(epochs, seq)?.runKey.id ?? new Uint8Array());
    newest = { ...receipt, seq, root, keyId, time: textOf(record['time']), by: authorOf(record['by']) };
  }
  return newest;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '?');

function authorOf(by: unknown): string {
  const { name, uid } = (by ?? {}) as { readonly name?: unknown; readonly uid?: unknown };
  if (typeof name === 'string') return name;
  return typeof uid === 'number' ? `user ${uid}` : '?';
}

/** A receipt against the state before it, and the head that it begins at. */
export function checkReceipt(
  { seq, record }: ControlRecord,
  state: JournalState,
  heads: readonly FoundHead[],
  findings: FindingList,
): void {
  const records = [seq, seq] as const;
  const receipt = decodeReceipt(record['vacuum']);
  if (receipt === undefined || receipt.boundary >= seq) {
    findings.add('VACUUM_INVALID', `the receipt in #${seq} is malformed`, { records });
    return;
  }
  const { number, first, boundary } = receipt;
  const before = state.vacuum;
  if (number !== (before?.number ?? 0) + 1 || first !== (before?.boundary ?? 0) + 1 || boundary < first) {
    findings.add('VACUUM_INVALID', `the receipt in #${seq} does not go on from the one before`, { records });
  }
  const head = heads.find(({ size }) => size === boundary);
  const root = frontierRoot(receipt);
  if (head === undefined || head.root !== root) {
    findings.add('VACUUM_INVALID', `the receipt in #${seq} is not for the records that heads/${boundary} signed`, {
      records,
      ...(head === undefined ? {} : { expected: head.root }),
      ...(root === undefined ? {} : { found: root }),
    });
  }
  const hold = state.holds.find((open) => open.first <= boundary);
  if (hold !== undefined) {
    const message = `the vacuum in #${seq} removed records that #${hold.seq} holds (#${hold.first} to #${hold.last})`;
    findings.add('HOLD_BROKEN', message, { records });
  }
}

/**
 * Roots below the boundary that the stored proofs lead from, by size. Every head that is kept there has to have one.
 */
export function rootsBelow(
  layout: JournalLayout,
  origin: string,
  removal: Removal,
  heads: readonly FoundHead[],
  findings: FindingList,
): ReadonlyMap<number, Hash> {
  const roots = new Map<number, Hash>([[removal.boundary, removal.root]]);
  for (const size of listConsistencyProofs(fileSystem, layout).numbers.toReversed()) {
    const file = `consistency/${size}`;
    const proof = loadProof(layout, size, findings);
    if (proof === undefined) continue;
    const isOurs = proof.from.size === size && proof.origin === origin;
    // One that a crash left of a vacuum that never was begins at the boundary or after it, and is true or not: no matter.
    const leads = size >= removal.boundary || roots.get(proof.to.size) === proof.to.root;
    if (!isOurs || !leads) {
      findings.add('BOUNDARY_PROOF_INVALID', `${file} does not lead to what is left of the journal`, { file });
    } else if (size < removal.boundary) roots.set(size, proof.from.root);
  }
  for (const { size, root, file } of heads) {
    if (size >= removal.boundary) continue;
    const proven = roots.get(size);
    if (proven === undefined) {
      const message = `nothing shows that the records up to #${size}, which are gone, were those of this journal`;
      findings.add('BOUNDARY_PROOF_INVALID', message, { file: `consistency/${size}` });
    } else if (proven !== root) {
      findings.add('HEAD_MISMATCH', `${file} is not the head of what was removed`, {
        file,
        expected: root,
        found: proven,
      });
    }
  }
  for (const size of roots.keys()) {
    if (heads.some((head) => head.size === size)) continue;
    findings.add('HEAD_MISSING', `the head for ${size} records is missing`, { file: `heads/${size}` });
  }
  return roots;
}

function loadProof(layout: JournalLayout, size: number, findings: FindingList): BoundaryProof | undefined {
  const bytes = readSmallFile(fileSystem, layout.consistencyProof(size), SMALL_FILE_BYTES_MAX);
  try {
    return parseBoundaryProof(bytes ?? new Uint8Array());
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    findings.add('BOUNDARY_PROOF_INVALID', `consistency/${size}: ${error.message}`, { file: `consistency/${size}` });
    return undefined;
  }
}
