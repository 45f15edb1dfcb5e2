/**
 * Ed25519 (RFC 8032), the only importer of @noble/ed25519.
 *
 * Verification is that of RFC 8032, section 5.1.7, with the cofactor and with canonical encodings only
 * (`zip215: false`): every verifier of a journal has to decide alike, and the laxer ZIP-215 rules accept encodings
 * that other libraries refuse. node:crypto signs, which gives the same signatures (Ed25519 is deterministic), and says
 * yes to the signatures that everybody accepts; both are many times faster. Where it says no, noble decides.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify as verifyFast, type KeyObject } from 'node:crypto';
import { hashes, verify as verifyExactly } from '@noble/ed25519';
import { encodeHex } from '../core/bytes.js';
import { EgressError } from '../core/error.js';

hashes.sha512 = (message) => new Uint8Array(createHash('sha512').update(message).digest());

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

/**
 * OpenSSL's answer. Its equation has no cofactor, so it refuses a few signatures that ours accepts; whatever it accepts
 * fulfils ours as well, since S below L is checked and R compared byte by byte with the canonical encoding.
 */
function isGoodWithoutCofactor(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const der = Buffer.concat([SPKI_PREFIX, publicKey]);
    return verifyFast(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
  } catch {
    // Not a point on the curve, or a platform whose node:crypto has no Ed25519.
    return false;
  }
}

/** Whether the signature is good by RFC 8032, section 5.1.7. False, never an exception, for malformed input. */
export const verifySignature: VerifySignature = (publicKey, message, signature) => {
  if (publicKey.length !== 32 || signature.length !== 64 || LOW_ORDER.has(encodeHex(publicKey))) return false;
  if (isCanonical(publicKey) && isGoodWithoutCofactor(publicKey, message, signature)) return true;
  try {
    return verifyExactly(signature, message, publicKey, { zip215: false });
  } catch {
    // noble throws on points that do not decode; for a verifier that is a bad signature like any other.
    return false;
  }
};

/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410, section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** DER of a PKCS #8 Ed25519 key up to the 32 bytes of the seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A private key in use. The seed stays inside node:crypto's key object. */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** @param seed the 32 bytes of RFC 8032's private key @throws KEY_INVALID */
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
