/** The officer's step of a reading, or the reader's: only with the proof that it stands in the journal. */
import { EgressError } from '../core/error.js';
import { decryptWith } from '../officers/age.js';
import type { Keyring } from '../officers/keyring.js';
import { parseOfficerNote } from '../officers/officer-note.js';
import { isMarkedBy } from '../officers/officer-state.js';
import { sha256 } from './body-record.js';
import { checkIntent, type Intent, type ProofMeasure } from './intent-proof.js';
import type { Release } from './release.js';

export interface OpenedBody {
  readonly bytes: Uint8Array;
  readonly intent: Intent;
}

/**
 * @throws PROOF_INVALID without a good proof of this person's own intent; BODY_CHANGED if the file is of another body;
 * BODY_SEALED if it is for another key
 */
export async function openBody(
  { inner, proof }: Pick<Release, 'inner' | 'proof'>,
  { card, identity }: Keyring,
  measure: ProofMeasure,
): Promise<OpenedBody> {
  const intent = checkIntent(proof, measure);
  if (!isMarkedBy(parseOfficerNote(intent.note), card.key.text)) {
    throw new EgressError('PROOF_INVALID', `the reading in #${intent.seq} is somebody else’s`, {
      hint: 'Ask for a reading of your own: egress forensics request ID --why TEXT',
    });
  }
  if (sha256(inner) !== intent.inner) {
    throw new EgressError('BODY_CHANGED', `the file is not the body that #${intent.seq} is about`);
  }
  return { bytes: await decryptWith(identity, inner), intent };
}
