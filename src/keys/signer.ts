/** Signing with Ed25519, by node:crypto: the same signatures as by any other library (Ed25519 is deterministic), faster. */
import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { EgressError } from '../core/error.js';
import type { Signer } from './ed25519.js';

/** DER of a PKCS #8 Ed25519 key up to the 32 bytes of the seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The seed stays inside node:crypto's key object.
 * @param seed the 32 bytes of RFC 8032's private key
 * @throws KEY_INVALID
 */
export function signerFromSeed(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new EgressError('KEY_INVALID', `a private key has 32 bytes, this has ${seed.length}`);
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(-32)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}
