/**
 * A witness's own key: `FILE`, the secret, for its owner only, and `FILE.pub`, the verifier key that auditors get. It
 * has nothing to do with the keys of any journal.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { encodeHex, equalBytes } from '../core/bytes.js';
import { EgressError, systemCode } from '../core/error.js';
import type { Signer } from '../keys/ed25519.js';
import { signerFromSeed } from '../keys/signer.js';
import { readSmallFile, replaceFile, type FileSystem } from '../keys/file-system.js';
import { readSecret, writeSecret } from '../keys/key-file.js';
import { parseVerifierKey, verifierKey, type VerifierKey } from '../keys/verifier-key.js';

const PUBLIC_BYTES_MAX = 4_096;
const publicFile = (file: string): string => `${file}.pub`;

export interface Witness {
  readonly key: VerifierKey;
  readonly signer: Signer;
  /** Heads that it saw. */
  readonly stateFile: string;
  readonly lockFile: string;
}

/**
 * Makes a key where there is none yet: one that was replaced could not be told from a witness that forgot.
 * @param name of the witness; a random one if absent
 * @throws KEY_INVALID for a name that cannot be one, USAGE if the file exists or cannot be written
 */
export function createWitnessKey(fs: FileSystem, file: string, name: string | undefined): VerifierKey {
  const seed = randomBytes(32);
  const called = name ?? `witness.invalid/${encodeHex(randomBytes(8))}`;
  const key = verifierKey(called, signerFromSeed(seed).publicKey, 'cosignature');
  try {
    fs.closeSync(fs.openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
    writeSecret(fs, file, seed);
    replaceFile(fs, publicFile(file), Buffer.from(`${key.text}\n`), 0o644);
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof EgressError || code === undefined) throw error;
    const why = code === 'EEXIST' ? 'it exists; a witness keeps its key' : code;
    throw new EgressError('USAGE', `cannot make a key in ${file}: ${why}`, { cause: error });
  }
  seed.fill(0);
  return key;
}

/**
 * @param uid owner that the key must have; undefined where the system knows no owners
 * @throws KEY_MISSING, KEY_FILE_MODE, KEY_INVALID, KEY_LOW_ORDER
 */
export function readWitness(fs: FileSystem, file: string, uid: number | undefined): Witness {
  const seed = readSecret(fs, file, uid);
  const signer = signerFromSeed(seed);
  seed.fill(0);
  const bytes = readSmallFile(fs, publicFile(file), PUBLIC_BYTES_MAX);
  if (bytes === undefined) {
    throw new EgressError('KEY_MISSING', `${publicFile(file)}, which names the witness, is missing`);
  }
  const key = parseVerifierKey(bytes.toString('utf8').trim(), 'cosignature');
  if (!equalBytes(key.publicKey, signer.publicKey)) {
    throw new EgressError('KEY_INVALID', `${publicFile(file)} is not the public part of ${file}`);
  }
  return { key, signer, stateFile: `${file}.seen`, lockFile: `${file}.lock` };
}
