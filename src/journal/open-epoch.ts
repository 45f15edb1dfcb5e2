/** Opens the next epoch with the resume key: how every run after the first begins. */
import { randomBytes } from 'node:crypto';
import { equalBytes } from '../core/bytes.js';
import { EgressError } from '../core/error.js';
import { signerFromSeed, type Signer } from '../keys/ed25519.js';
import { replaceFile, syncFolder, type FileSystem } from '../keys/file-system.js';
import { resumeKeyFile } from '../keys/key-directory.js';
import { eraseSecret, readSecret, writeSecret } from '../keys/key-file.js';
import { verifierKey, type VerifierKey } from '../keys/verifier-key.js';
import { signEpoch, type Epoch } from './epoch.js';
import type { JournalLayout } from './layout.js';
import type { Hash } from './tree-hasher.js';

/** The key that signs the heads of a run; it lives in memory only. */
export interface RunKey {
  readonly epoch: number;
  readonly key: VerifierKey;
  readonly signer: Signer;
}

const FIXED_MODE = 0o440;

/**
 * The resume key that belongs to the journal's last epoch.
 * @throws KEY_MISSING, KEY_FILE_MODE, KEY_INVALID
 */
export function readResumeKey(fs: FileSystem, keys: string, last: Epoch, uid: number | undefined): Signer {
  const hint =
    'The key that goes on with this journal is not here, or the journal is older than its keys.\n' +
    'Keep the journal as it is, and record into a new one: --journal DIR';
  let signer: Signer;
  try {
    signer = signerFromSeed(readSecret(fs, resumeKeyFile(keys, last.number), uid));
  } catch (error) {
    if (!(error instanceof EgressError) || error.code !== 'KEY_MISSING') throw error;
    throw new EgressError('KEY_MISSING', error.message, { hint, cause: error });
  }
  if (!equalBytes(signer.publicKey, last.resumeKey.publicKey)) {
    throw new EgressError('KEY_MISSING', `the resume key in ${keys} is not that of epoch ${last.number}`, { hint });
  }
  return signer;
}

/**
 * Hands over to a new run key and a new resume key. What a crash leaves after each step:
 * 1. the new resume key is on disk: a key that no epoch names, overwritten by the next try;
 * 2. the epoch is on disk: an epoch without records, and the next run opens another one with its resume key;
 * 3. the old resume key is gone.
 * The old key is erased last, when the hand-over that replaces it is durable: before that it is the only key there is.
 */
export function openEpoch(
  fs: FileSystem,
  layout: JournalLayout,
  keys: string,
  last: Epoch,
  resume: Signer,
  size: number,
  root: Hash,
): RunKey {
  const { origin } = last;
  const number = last.number + 1;
  const run = signerFromSeed(randomBytes(32));
  const resumeSeed = randomBytes(32);
  const runKey = verifierKey(origin, run.publicKey);
  const resumeKey = verifierKey(origin, signerFromSeed(resumeSeed).publicKey);
  writeSecret(fs, resumeKeyFile(keys, number), resumeSeed);
  resumeSeed.fill(0);
  const note = signEpoch({ origin, number, size, root, runKey, resumeKey }, last.resumeKey, resume);
  replaceFile(fs, layout.epoch(number), note, FIXED_MODE);
  eraseSecret(fs, resumeKeyFile(keys, last.number));
  return { epoch: number, key: runKey, signer: run };
}

/** Erases the resume keys that a crash kept from being erased: those of epochs before `last`. */
export function eraseCoveredKeys(fs: FileSystem, layout: JournalLayout, keys: string, last: Epoch): void {
  const covered = fs
    .readdirSync(keys)
    .map((name) => Number(/^resume-([0-9]{1,15})\.key$/.exec(name)?.[1] ?? Number.NaN))
    .filter((number) => number < last.number);
  if (covered.length === 0) return;
  // The writer of the last epoch may have died before its name was durable.
  syncFolder(fs, layout.epochs);
  for (const number of covered) eraseSecret(fs, resumeKeyFile(keys, number));
}
