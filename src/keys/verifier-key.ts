/** Verifier keys: the text form of a public key with a name (C2SP signed-note, "Verifier keys"). */
import { sha256Hex } from '#platform';
import { concatBytes, decodeBase64, decodeHex, encodeBase64, encodeHex, equalBytes } from '../core/bytes.js';
import { EgressError } from '../core/error.js';
import { importPublicKey } from './ed25519.js';

/**
 * What a key signs, by the type byte that its id and text carry: notes as such (Ed25519), or timestamped cosignatures
 * of heads (C2SP tlog-cosignature).
 */
export type KeyUse = 'note' | 'cosignature';
const TYPES: Readonly<Record<KeyUse, number>> = { note: 0x01, cosignature: 0x04 };

export interface VerifierKey {
  /** For a journal's keys: its origin. */
  readonly name: string;
  /** Four bytes; finds the key for a signature line, proves nothing. */
  readonly id: Uint8Array;
  readonly publicKey: Uint8Array;
  /** `name+hex8+base64`. */
  readonly text: string;
}

/** Longest key name, in UTF-16 units. C2SP sets none; a limit keeps a hostile file from growing our memory. */
const KEY_NAME_CHARS_MAX = 255;

/** Whether `name` can be a key name: not empty, no Unicode space, no plus sign. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.length <= KEY_NAME_CHARS_MAX && !/[\s+\p{Cc}]/u.test(name) && name.isWellFormed();
}

/** First four bytes of SHA-256(name, newline, type, key). */
function keyId(name: string, typedKey: Uint8Array): Uint8Array {
  const digest = sha256Hex(concatBytes(new TextEncoder().encode(`${name}\n`), typedKey));
  return decodeHex(digest.slice(0, 8)) ?? new Uint8Array();
}

/** @throws KEY_INVALID, KEY_LOW_ORDER */
export function verifierKey(name: string, publicKey: Uint8Array, use: KeyUse = 'note'): VerifierKey {
  if (!isKeyName(name)) throw new EgressError('KEY_INVALID', 'a key name is empty, too long or has a space or a plus');
  const typedKey = concatBytes(Uint8Array.of(TYPES[use]), importPublicKey(publicKey));
  const id = keyId(name, typedKey);
  return { name, id, publicKey, text: `${name}+${encodeHex(id)}+${encodeBase64(typedKey)}` };
}

/**
 * Reads `name+hex8+base64`. The key id is checked against name and key.
 * @throws KEY_INVALID, KEY_LOW_ORDER
 */
export function parseVerifierKey(text: string, use: KeyUse = 'note'): VerifierKey {
  const bad = (why: string): EgressError =>
    new EgressError('KEY_INVALID', `not a verifier key: ${why}`, { hint: 'It looks like name+1a2b3c4d+AbC…=' });
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 1 || second < 0) throw bad('it has not three parts');
  const name = text.slice(0, first);
  const id = decodeHex(text.slice(first + 1, second));
  const typedKey = decodeBase64(text.slice(second + 1));
  if (id?.length !== 4) throw bad('its key id is not eight hex digits');
  if (typedKey === undefined) throw bad('its key is not base64');
  if (typedKey[0] !== TYPES[use]) throw bad(use === 'note' ? 'it is not an Ed25519 key' : 'it is not a witness’s key');
  const key = verifierKey(name, typedKey.slice(1), use);
  if (!equalBytes(id, key.id)) throw bad('key id and key do not belong together');
  return key;
}

/** 128 bits of the SHA-256 of a key's text, short enough to be read out: `1f3a 77c0 …`. */
export function keyFingerprint(text: string): string {
  const digest = sha256Hex(new TextEncoder().encode(text)).slice(0, 32);
  return digest.match(/.{4}/g)?.join(' ') ?? digest;
}
