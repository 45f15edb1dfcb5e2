/**
 * Epochs: the signed hand-overs of the signing keys. An epoch has a run key, which lives in the recorder's memory and
 * signs heads, and a resume key on disk, which may do one thing: open the next epoch.
 */
import { decodeDecimal } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import type { Signer } from '../../keys/ed25519.js';
import { parseNote, signNote, type Note } from '../../keys/note.js';
import { parseVerifierKey, type VerifierKey } from '../../keys/verifier-key.js';
import { decodeRoot, rootToBase64, type Head } from './checkpoint.js';

const EPOCH_TITLE = 'egress-epoch/v1';

export interface Epoch extends Head {
  /** From 1. */
  readonly number: number;
  /** Signs the heads from `size` on. */
  readonly runKey: VerifierKey;
  /** Opens the next epoch when the run key is gone. */
  readonly resumeKey: VerifierKey;
}

export interface SignedEpoch extends Epoch {
  readonly note: Note;
}

/**
 * @param key of the signer: the genesis key for epoch 1, else the run key or the resume key of the epoch before
 */
export function signEpoch(epoch: Epoch, key: VerifierKey, signer: Signer): Uint8Array {
  const { origin, number, size, root, runKey, resumeKey } = epoch;
  const lines = [EPOCH_TITLE, origin, number, size, rootToBase64(root), runKey.text, resumeKey.text];
  return signNote(`${lines.join('\n')}\n`, key, signer);
}

/** Signatures are not verified here. @throws NOTE_INVALID, EPOCH_INVALID, KEY_INVALID, KEY_LOW_ORDER */
export function parseEpoch(bytes: Uint8Array): SignedEpoch {
  const note = parseNote(bytes);
  const bad = (why: string): EgressError => new EgressError('EPOCH_INVALID', `not an epoch: ${why}`);
  const [title, origin, numberText, sizeText, rootText, runText, resumeText, end, ...more] = note.text.split('\n');
  if (title !== EPOCH_TITLE) throw bad(`it does not begin with ${EPOCH_TITLE}`);
  const number = decodeDecimal(numberText ?? '');
  const size = decodeDecimal(sizeText ?? '');
  const root = decodeRoot(rootText ?? '');
  if (origin === undefined || origin === '') throw bad('no origin');
  if (number === undefined || size === undefined || root === undefined) throw bad('number, size or root is malformed');
  if (end !== '' || more.length > 0) throw bad('it has more lines than it should');
  const runKey = parseVerifierKey(runText ?? '');
  const resumeKey = parseVerifierKey(resumeText ?? '');
  if (runKey.name !== origin || resumeKey.name !== origin) throw bad('its keys are of another origin');
  return { origin, number, size, root, runKey, resumeKey, note };
}
