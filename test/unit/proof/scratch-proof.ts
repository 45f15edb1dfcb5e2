import { verifyProof, type ProofOptions } from '../../../src/audit/verify-proof.js';
import type { ProofVerification } from '../../../src/audit/parts/proof-verification.js';
import { chooseHead, type ChosenHead } from '../../../src/audit/heads/signed-head.js';
import { verifySignature, type VerifySignature } from '../../../src/keys/ed25519.js';
import { parseVerifierKey } from '../../../src/keys/verifier-key.js';

/** A head of a journal, by the key that the journal names. */
export function headOf(directory: string, size?: number): ChosenHead {
  return chooseHead(directory, undefined, verifySignature, size);
}

export interface CheckOptions extends Partial<Omit<ProofOptions, 'key' | 'bytes' | 'path' | 'question'>> {
  readonly witnesses?: readonly string[];
  readonly verify?: VerifySignature;
  readonly now?: number;
}

/** The verdict on a proof; `key` is the journal's. */
export function check(bytes: Uint8Array, key: string | undefined, options: CheckOptions = {}): ProofVerification {
  const { expected, witnesses = [], verify = verifySignature, now = 1_800_000_000 } = options;
  return verifyProof({
    path: 'proof',
    bytes,
    key: key === undefined ? undefined : parseVerifierKey(key),
    expected,
    question: { witnesses: witnesses.map((text) => parseVerifierKey(text, 'cosignature')), verify, now },
  });
}
