import { createHmac } from 'node:crypto';

/**
 * The salted fingerprint of a body: HMAC-SHA256(HMAC-SHA256(salt, run/seq), SHA-256 of the body), its first 16 bytes in
 * base64url. Equal bodies give different fingerprints in different rows; who holds the salt can test a guess. A row's inner
 * key would allow that for one row alone; it is never handed out, since who has it can go on guessing without a trace.
 *
 * @param salt 32 bytes; never leaves the recorder
 * @param bodyHash SHA-256 of the body in hex, as the program reported it
 */
export function fingerprint(salt: Uint8Array, run: number, seq: number, bodyHash: string): string {
  const key = createHmac('sha256', salt).update(`${run}/${seq}`).digest();
  return createHmac('sha256', key).update(bodyHash, 'hex').digest().subarray(0, 16).toString('base64url');
}
