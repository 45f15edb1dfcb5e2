/**
 * An officer's keyring: the key that signs and the identity that decrypts, in one file that a passphrase encrypts (age,
 * scrypt), with the card beside it. The recovery key of a journal is a keyring as well.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { decodeHex, encodeHex } from '../core/bytes.js';
import { EgressError, systemCode } from '../core/error.js';
import type { Signer } from '../keys/ed25519.js';
import { signerFromSeed } from '../keys/signer.js';
import { replaceFile, type FileSystem } from '../keys/file-system.js';
import { readPrivateFile } from '../keys/key-file.js';
import { verifierKey, type VerifierKey } from '../keys/verifier-key.js';
import { decryptByPassphrase, encryptByPassphrase, newIdentity, recipientOf, type AgeIdentity } from './age.js';
import { formatCard, OFFICER_NAME_CHARS_MAX, parseOfficerLine, type OfficerCard } from './officer-card.js';

const TITLE = 'egress-officer-keyring/v1';
const FILE_BYTES_MAX = 4_096;
const PASSPHRASE_CHARS_MIN = 8;

export interface Keyring {
  readonly card: OfficerCard;
  readonly signer: Signer;
  readonly identity: AgeIdentity;
}

export const cardFile = (file: string): string => `${file}.card`;

export interface NewKeyring {
  readonly file: string;
  readonly name: string;
  readonly passphrase: string;
  /** log2 of scrypt's cost; age's own (18, about a second) if absent. */
  readonly workFactor?: number;
}

/**
 * Makes a keyring where there is none: what was encrypted to one that is overwritten would be lost.
 * @throws USAGE, KEY_INVALID for a name that cannot be one
 */
export async function createKeyring(fs: FileSystem, options: NewKeyring): Promise<OfficerCard> {
  const { file, name, passphrase, workFactor } = options;
  if (passphrase.length < PASSPHRASE_CHARS_MIN) {
    throw new EgressError('USAGE', `the passphrase has fewer than ${PASSPHRASE_CHARS_MIN} characters`);
  }
  const seed = randomBytes(32);
  const signer = signerFromSeed(seed);
  const key = verifierKey(name, signer.publicKey);
  if (name.length > OFFICER_NAME_CHARS_MAX) {
    throw new EgressError('KEY_INVALID', `a name has at most ${OFFICER_NAME_CHARS_MAX} characters`);
  }
  const { identity, recipient } = await newIdentity();
  const text = `${TITLE}\n${key.text}\n${encodeHex(seed)}\n${identity}\n`;
  seed.fill(0);
  const sealed = await encryptByPassphrase(passphrase, new TextEncoder().encode(text), workFactor);
  try {
    fs.closeSync(fs.openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
    replaceFile(fs, file, sealed, 0o600);
    replaceFile(fs, cardFile(file), formatCard(key, recipient, signer), 0o644);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    const why = code === 'EEXIST' ? 'it exists, and what is encrypted to it would be lost' : code;
    throw new EgressError('USAGE', `cannot make a keyring in ${file}: ${why}`, { cause: error });
  }
  return parseOfficerLine(`${key.text} ${recipient}`);
}

/**
 * @param uid owner that the file must have; undefined where the system knows no owners
 * @throws KEY_MISSING, KEY_FILE_MODE, KEY_INVALID, PASSPHRASE_WRONG
 */
export async function openKeyring(
  fs: FileSystem,
  file: string,
  passphrase: string,
  uid: number | undefined,
): Promise<Keyring> {
  const sealed = readPrivateFile(fs, file, uid, FILE_BYTES_MAX);
  const text = new TextDecoder().decode(await decryptByPassphrase(passphrase, sealed, file));
  const [title, keyText = '', seedText = '', identity = '', end, ...more] = text.split('\n');
  const seed = decodeHex(seedText);
  const bad = (cause?: unknown): EgressError =>
    new EgressError('KEY_INVALID', `${file} is not an officer’s keyring`, { cause });
  if (title !== TITLE || end !== '' || more.length > 0 || seed?.length !== 32) throw bad();
  const signer = signerFromSeed(seed);
  seed.fill(0);
  try {
    const card = parseOfficerLine(`${keyText} ${await recipientOf(identity)}`);
    if (isOf(card.key, signer)) return { card, signer, identity };
  } catch (error) {
    throw bad(error);
  }
  throw bad();
}

const isOf = (key: VerifierKey, { publicKey }: Signer): boolean => encodeHex(key.publicKey) === encodeHex(publicKey);
