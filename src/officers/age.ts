/**
 * Encryption of files (age, https://age-encryption.org/v1): the only importer of age-encryption, which is loaded when it
 * is first needed and not by commands that have nothing to do with bodies.
 */
import { EgressError } from '../core/error.js';

/** `AGE-SECRET-KEY-1…` */
export type AgeIdentity = string;
/** `age1…`, of X25519. */
export type AgeRecipient = string;

export async function newIdentity(): Promise<{ readonly identity: AgeIdentity; readonly recipient: AgeRecipient }> {
  const age = await import('age-encryption');
  const identity = await age.generateX25519Identity();
  return { identity, recipient: await age.identityToRecipient(identity) };
}

/** @throws KEY_INVALID */
export async function recipientOf(identity: AgeIdentity): Promise<AgeRecipient> {
  const age = await import('age-encryption');
  try {
    return await age.identityToRecipient(identity);
  } catch (error) {
    throw new EgressError('KEY_INVALID', 'not an age identity', { cause: error });
  }
}

/** @throws KEY_INVALID if one of the recipients is none */
export async function encryptTo(recipients: readonly AgeRecipient[], bytes: Uint8Array): Promise<Uint8Array> {
  const age = await import('age-encryption');
  const encrypter = new age.Encrypter();
  try {
    if (recipients.length === 0) throw new Error('nobody to encrypt to');
    for (const recipient of recipients) encrypter.addRecipient(recipient);
    return await encrypter.encrypt(bytes);
  } catch (error) {
    throw new EgressError('KEY_INVALID', 'cannot encrypt: a recipient is missing or malformed', { cause: error });
  }
}

/** @throws BODY_SEALED if it is not for this identity, or was changed */
export async function decryptWith(identity: AgeIdentity, bytes: Uint8Array): Promise<Uint8Array> {
  const age = await import('age-encryption');
  const decrypter = new age.Decrypter();
  try {
    decrypter.addIdentity(identity);
    return await decrypter.decrypt(bytes);
  } catch (error) {
    throw new EgressError('BODY_SEALED', 'cannot decrypt: it is not for this key, or was changed', { cause: error });
  }
}

/** @param workFactor log2 of scrypt's cost */
export async function encryptByPassphrase(passphrase: string, bytes: Uint8Array, workFactor = 18): Promise<Uint8Array> {
  const age = await import('age-encryption');
  const encrypter = new age.Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  return await encrypter.encrypt(bytes);
}

/** @param file for the message @throws PASSPHRASE_WRONG, which a changed file looks like, too */
export async function decryptByPassphrase(passphrase: string, bytes: Uint8Array, file: string): Promise<Uint8Array> {
  const age = await import('age-encryption');
  const decrypter = new age.Decrypter();
  try {
    decrypter.addPassphrase(passphrase);
    return await decrypter.decrypt(bytes);
  } catch (error) {
    throw new EgressError('PASSPHRASE_WRONG', `the passphrase does not open ${file}, or the file was changed`, {
      cause: error,
    });
  }
}
