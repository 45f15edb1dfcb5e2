/** The proof that a reading stands in the journal, which has to be there before anything is given out. */
import { chooseHead } from '../audit/heads/signed-head.js';
import type { PinnedKey } from '../audit/heads/pinned-key.js';
import { verifyProof } from '../audit/verify-proof.js';
import { EgressError } from '../core/error.js';
import { RecordView } from '../event/record-view.js';
import type { JournalLayout } from '../journal/folder/layout.js';
import type { VerifySignature } from '../keys/ed25519.js';
import { proveRecord } from '../proof/prove.js';

export interface Intent {
  readonly seq: number;
  readonly body: number;
  readonly inner: string;
  readonly note: string;
}

/** What decides whether a proof is good. */
export interface ProofMeasure {
  readonly pinned: PinnedKey;
  readonly verify: VerifySignature;
}

function unproven(why: string): EgressError {
  return new EgressError('PROOF_INVALID', `the reading is not proven to be in the journal: ${why}`, {
    hint: 'Nothing is opened without that. egress verify says what is wrong with the journal.',
  });
}

/**
 * Reads the record back from the disk, under the newest signed head, and checks it as an auditor would: what the writer
 * said it did is not enough.
 * @throws PROOF_INVALID, and what proving throws
 */
export function proveIntent(layout: JournalLayout, seq: number, measure: ProofMeasure): Uint8Array {
  const chosen = chooseHead(layout.directory, measure.pinned, measure.verify);
  const { bytes } = proveRecord(chosen, seq, false);
  checkIntent(bytes, measure);
  return bytes;
}

/** @throws PROOF_INVALID */
export function checkIntent(bytes: Uint8Array, { pinned, verify }: ProofMeasure): Intent {
  const question = { witnesses: [], verify, now: Math.floor(Date.now() / 1000) };
  const result = verifyProof({ path: 'proof', bytes, key: pinned.key, expected: undefined, question });
  const [record] = result.records;
  if (!result.verdict.startsWith('VERIFIED') || record === undefined) {
    throw unproven(result.findings[0]?.message ?? 'the proof is not good');
  }
  const view = RecordView.decode(new TextEncoder().encode(record.line));
  const body = view?.integer('statement', 'body');
  const inner = view?.text('statement', 'inner');
  const note = view?.text('note');
  if (view?.kind !== 'body.read.intent' || body === undefined || inner === undefined || note === undefined) {
    throw unproven(`#${record.seq} is another kind of record`);
  }
  return { seq: record.seq, body, inner, note };
}
