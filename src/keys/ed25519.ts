/**
 * Ed25519 (RFC 8032), the only importer of @noble/ed25519.
 *
 * Verification is that of RFC 8032, section 5.1.7, with the cofactor and with canonical encodings only
 * (`zip215: false`): every verifier of a journal has to decide alike, and the laxer ZIP-215 rules accept encodings
 * that other libraries refuse. Where the platform says yes quickly, that is the same yes; where it does not, noble
 * decides.
 */
import { hashes, verify as verifyExactly } from '@noble/ed25519';
import { acceptsSignature, sha512 } from '#platform';
import { encodeHex } from '../core/bytes.js';
import { EgressError } from '../core/error.js';

hashes.sha512 = sha512;

/** A function that decides whether `signature` (64 bytes) over `message` is by `publicKey` (32 bytes). */
export type VerifySignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/**
 * All encodings, canonical or not, of the eight points whose order divides 8. A signature by such a "key" can be made
 * without any secret, for any message.
 */
const LOW_ORDER: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
]);

/**
 * Takes the 32 bytes of a public key as such.
 * @throws KEY_INVALID, KEY_LOW_ORDER
 */
export function importPublicKey(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new EgressError('KEY_INVALID', `a public key has 32 bytes, this has ${bytes.length}`);
  if (LOW_ORDER.has(encodeHex(bytes))) {
    throw new EgressError('KEY_LOW_ORDER', 'this public key is a point of low order: anyone can sign for it');
  }
  return bytes;
}

/** Whether the y coordinate that a key encodes is below p = 2^255 - 19, as RFC 8032, section 5.1.3, asks. */
function isCanonical(publicKey: Uint8Array): boolean {
  if ((publicKey[0] ?? 0) < 0xed || ((publicKey[31] ?? 0) & 0x7f) !== 0x7f) return true;
  return !publicKey.subarray(1, 31).every((byte) => byte === 0xff);
}

/** Whether the signature is good by RFC 8032, section 5.1.7. False, never an exception, for malformed input. */
export const verifySignature: VerifySignature = (publicKey, message, signature) => {
  if (publicKey.length !== 32 || signature.length !== 64 || LOW_ORDER.has(encodeHex(publicKey))) return false;
  if (isCanonical(publicKey) && acceptsSignature(publicKey, message, signature)) return true;
  try {
    return verifyExactly(signature, message, publicKey, { zip215: false });
  } catch {
    // noble throws on points that do not decode; for a verifier that is a bad signature like any other.
    return false;
  }
};

/** A private key in use (`signer.ts`). */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}
