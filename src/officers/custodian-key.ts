/**
 * The custodian's key: what takes the outer layer off. It lies in the key directory, with the keys that sign, since
 * whoever keeps the journal is the custodian.
 */
import path from 'node:path';
import { EgressError } from '../core/error.js';
import { replaceFile, type FileSystem } from '../keys/file-system.js';
import { readPrivateFile } from '../keys/key-file.js';
import { newIdentity, recipientOf, type AgeIdentity, type AgeRecipient } from './age.js';

/** `AGE-SECRET-KEY-1`, 58 characters, newline. */
const FILE_BYTES = 75;
export const custodianFile = (keyDirectory: string): string => path.join(keyDirectory, 'custodian.key');

export interface CustodianKey {
  readonly identity: AgeIdentity;
  readonly recipient: AgeRecipient;
}

/**
 * @param uid owner that the file must have; undefined where the system knows no owners
 * @returns undefined if there is none yet
 * @throws KEY_MISSING if it cannot be opened, KEY_FILE_MODE, KEY_INVALID
 */
export async function readCustodianKey(
  fs: FileSystem,
  keyDirectory: string,
  uid: number | undefined,
): Promise<CustodianKey | undefined> {
  const file = custodianFile(keyDirectory);
  if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const text = readPrivateFile(fs, file, uid, FILE_BYTES).toString('latin1');
  const identity = text.slice(0, -1);
  if (!/^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}\n$/.test(text)) throw damaged(file);
  try {
    return { identity, recipient: await recipientOf(identity) };
  } catch (error) {
    throw damaged(file, error);
  }
}

/** The same, made where there is none: before a first body is stored, by the one writer that the lock admits. */
export async function custodianKey(
  fs: FileSystem,
  keyDirectory: string,
  uid: number | undefined,
): Promise<CustodianKey> {
  const known = await readCustodianKey(fs, keyDirectory, uid);
  if (known !== undefined) return known;
  const fresh = await newIdentity();
  replaceFile(fs, custodianFile(keyDirectory), Buffer.from(`${fresh.identity}\n`, 'latin1'), 0o600);
  return fresh;
}

function damaged(file: string, cause?: unknown): EgressError {
  return new EgressError('KEY_INVALID', `${file} does not hold a key`, {
    hint: 'Without it no stored body can be read. Put it back from a backup.',
    cause,
  });
}
