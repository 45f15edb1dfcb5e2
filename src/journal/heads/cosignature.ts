/**
 * Cosignatures: a witness's statement that it saw a head, when, and that it grew out of every head it saw before
 * (C2SP tlog-cosignature, `cosignature/v1`: type 0x04, eight bytes of time and an Ed25519 signature).
 */
import { concatBytes } from '../../core/bytes.js';
import type { Signer, VerifySignature } from '../../keys/ed25519.js';
import { signatureLine, signaturesBy, type Note } from '../../keys/note.js';
import type { VerifierKey } from '../../keys/verifier-key.js';

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** What is signed. @param seconds since 1970 */
function message(headText: string, seconds: number): Uint8Array {
  return new TextEncoder().encode(`cosignature/v1\ntime ${seconds}\n${headText}`);
}

/** The signature line of a cosignature, with its newline. @param headText the checkpoint's text, with its newline */
export function cosignatureLine(headText: string, seconds: number, key: VerifierKey, signer: Signer): string {
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(seconds));
  return signatureLine(key, concatBytes(time, signer.sign(message(headText, seconds))));
}

export type CosignatureCheck =
  | { readonly status: 'absent' }
  /** Marked as the witness's, but it did not sign this. */
  | { readonly status: 'bad' }
  /** @property seconds since 1970, by the witness's clock */
  | { readonly status: 'good'; readonly seconds: number };

/** What a witness says about the head that the note is. */
export function checkCosignature(note: Note, witness: VerifierKey, verify: VerifySignature): CosignatureCheck {
  const [only, ...more] = signaturesBy(note, witness);
  if (only === undefined) return { status: 'absent' };
  if (more.length > 0 || only.length !== TIME_BYTES + SIGNATURE_BYTES) return { status: 'bad' };
  const seconds = Number(new DataView(only.buffer, only.byteOffset).getBigUint64(0));
  if (!Number.isSafeInteger(seconds)) return { status: 'bad' };
  const isGood = verify(witness.publicKey, message(note.text, seconds), only.subarray(TIME_BYTES));
  return isGood ? { status: 'good', seconds } : { status: 'bad' };
}
