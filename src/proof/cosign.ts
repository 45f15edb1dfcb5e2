/** Cosigns the head of a journal that grew out of every head that the witness saw before, and no other. */
import { chooseHead } from '../audit/heads/signed-head.js';
import { verifyProof } from '../audit/verify-proof.js';
import type { ExpectedHead } from '../audit/heads/expected-head.js';
import { EgressError } from '../core/error.js';
import { CONSISTENCY_PROOF_TITLE, parseConsistencyProof } from '../journal/evidence/consistency-proof.js';
import { cosignatureLine } from '../journal/heads/cosignature.js';
import { parseHead, type SignedHead } from '../journal/heads/checkpoint.js';
import { parseJournalFile } from '../journal/folder/journal-file.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import { missingJournal } from '../journal/folder/missing-journal.js';
import { titleOf } from '../journal/evidence/proof-file.js';
import { verifySignature } from '../keys/ed25519.js';
import { readSmallFile, type FileSystem } from '../keys/file-system.js';
import { signatureLine, signaturesBy } from '../keys/note.js';
import { parseVerifierKey, type VerifierKey } from '../keys/verifier-key.js';
import { proveConsistency } from './prove.js';
import { readWitnessState, writeWitnessState, type SeenJournal } from './witness-state.js';
import type { Witness } from './witness-key.js';

/** Where the head comes from: a journal's folder, or the bytes of a proof file. */
export type CosignSource =
  { readonly kind: 'journal'; readonly directory: string } | { readonly kind: 'proof'; readonly bytes: Uint8Array };

export interface CosignRequest {
  readonly source: CosignSource;
  readonly witness: Witness;
  /** Genesis key of a journal that the witness has not seen yet. */
  readonly journalKey: VerifierKey | undefined;
  /** Seconds since 1970. */
  readonly now: number;
  readonly fs: FileSystem;
  readonly lock: (file: string) => { release(): void };
}

export interface CosignedHead {
  readonly head: SignedHead;
  /** The head with its own signature and the cosignature. */
  readonly note: Uint8Array;
  /** Size of the head that was cosigned before; 0 if this is the first. */
  readonly before: number;
}

/**
 * One at a time for each witness. Its memory is durable before the cosignature is made.
 * @throws HEAD_MISMATCH where the journal does not go on from what the witness saw; KEY_MISSING, KEY_INVALID,
 * PROOF_INVALID, WITNESS_STATE_INVALID, JOURNAL_LOCKED, and what reading a journal throws
 */
export function cosign(request: CosignRequest): CosignedHead {
  const lock = request.lock(request.witness.lockFile);
  try {
    return cosignLocked(request);
  } finally {
    lock.release();
  }
}

function cosignLocked({ source, witness, journalKey, now, fs }: CosignRequest): CosignedHead {
  const state = readWitnessState(fs, witness.stateFile);
  const origin = source.kind === 'journal' ? originOf(source.directory, fs) : headOf(source.bytes).origin;
  const seen = state.get(origin);
  const key = keyOf(seen, journalKey);
  const bytes = source.kind === 'proof' ? source.bytes : proofOf(source.directory, key, seen);
  const head = headOf(bytes);
  if (seen !== undefined && head.size < seen.size) throw rolledBack(head.size, seen);
  if (seen !== undefined && now < seen.seconds) {
    throw new EgressError('WITNESS_STATE_INVALID', 'the clock is behind the time of the last cosignature', {
      hint: 'A cosignature states its time. Set the clock right, then cosign again.',
    });
  }
  const runKey = checkProof(bytes, key, seen, now);
  const [signature = new Uint8Array()] = signaturesBy(head.note, runKey);
  const root = head.root;
  const entry = { origin, key: key.text, size: head.size, root, seconds: now };
  writeWitnessState(fs, witness.stateFile, state.set(origin, entry));
  const cosignature = cosignatureLine(head.note.text, now, witness.key, witness.signer);
  const text = `${head.note.text}\n${signatureLine(runKey, signature)}${cosignature}`;
  return { head, note: new TextEncoder().encode(text), before: seen?.size ?? 0 };
}

function originOf(directory: string, fs: FileSystem): string {
  const bytes = readSmallFile(fs, new JournalLayout(directory).journalFile, SMALL_FILE_BYTES_MAX);
  if (bytes === undefined) throw missingJournal(directory);
  return parseJournalFile(bytes).origin;
}

/** The head that a proof claims to lead to. @throws PROOF_INVALID, NOTE_INVALID, CHECKPOINT_INVALID */
function headOf(bytes: Uint8Array): SignedHead {
  if (titleOf(bytes) !== CONSISTENCY_PROOF_TITLE) {
    throw new EgressError('PROOF_INVALID', 'a head alone does not show who signed it or what it grew out of', {
      hint: 'Ask for a file that egress prove --from HEAD wrote; --from 0 the first time.',
    });
  }
  return parseHead(parseConsistencyProof(bytes).checkpoint);
}

function keyOf(seen: SeenJournal | undefined, given: VerifierKey | undefined): VerifierKey {
  if (seen === undefined) {
    if (given !== undefined) return given;
    throw new EgressError('KEY_MISSING', 'the witness does not know this journal yet', {
      hint: 'Give its key, got on another way than the journal, once: --journal-key KEY',
    });
  }
  if (given !== undefined && given.text !== seen.key) {
    throw new EgressError('HEAD_MISMATCH', 'the witness knows this journal by another key');
  }
  return parseVerifierKey(seen.key);
}

/** @throws HEAD_MISMATCH, and what reading a journal throws */
function proofOf(directory: string, key: VerifierKey, seen: SeenJournal | undefined): Uint8Array {
  const chosen = chooseHead(directory, { key, source: 'given', replaced: [] }, verifySignature);
  if (seen !== undefined && chosen.head.size < seen.size) throw rolledBack(chosen.head.size, seen);
  return proveConsistency(chosen, seen ?? { size: 0 }).bytes;
}

function rolledBack(size: number, seen: SeenJournal): EgressError {
  return new EgressError('HEAD_MISMATCH', `this head has ${size} records, but the witness saw ${seen.size}`, {
    hint: 'The end was cut off, or this is an older copy. The witness cosigns what grew, never what shrank.',
  });
}

/** @returns the run key that signed the head @throws HEAD_MISMATCH, PROOF_INVALID */
function checkProof(bytes: Uint8Array, key: VerifierKey, seen: SeenJournal | undefined, now: number): VerifierKey {
  const expected: ExpectedHead | undefined = seen;
  const question = { witnesses: [], verify: verifySignature, now };
  const { findings, limits, head } = verifyProof({ path: '', bytes, key, expected, question });
  const [finding] = findings;
  if (finding !== undefined) {
    throw new EgressError('HEAD_MISMATCH', `the witness does not cosign this: ${finding.message}`, {
      hint: 'Keep the file: it may show that two histories of one journal are about.',
    });
  }
  if (limits.some(({ code }) => code === 'EXPECTED_HEAD_APART') || head === undefined) {
    throw new EgressError('PROOF_INVALID', `the proof does not begin at the head that the witness saw last`, {
      hint: `Ask for a file that egress prove --from ${seen?.size ?? 0} wrote.`,
    });
  }
  return parseVerifierKey(head.key);
}
