/**
 * Opening the next epoch: with the resume key, as every run after the first begins, or with the run key, when a segment
 * ends and the run goes on.
 */
import { randomBytes } from 'node:crypto';
import { equalBytes } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import type { Signer } from '../../keys/ed25519.js';
import { signerFromSeed } from '../../keys/signer.js';
import { replaceFile, syncFolder, type FileSystem } from '../../keys/file-system.js';
import { resumeKeyFile } from '../../keys/key-directory.js';
import { eraseSecret, readSecret, writeSecret } from '../../keys/key-file.js';
import { verifierKey, type VerifierKey } from '../../keys/verifier-key.js';
import type { Head } from './checkpoint.js';
import { signEpoch, type Epoch } from './epoch.js';
import type { JournalLayout } from '../folder/layout.js';

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
    'Keep the journal as it is, and begin one that names it: egress init NEW --continues OLD --why …';
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

/** The keys of an epoch that is not open yet. */
export interface NextEpoch {
  readonly number: number;
  readonly runKey: VerifierKey;
  readonly resumeKey: VerifierKey;
  /** Of the run key. */
  readonly signer: Signer;
}

/**
 * Makes the keys of the next epoch and puts its resume key on disk, durably: no hand-over may stand that leads to a key
 * that is not there. A crash after this leaves a key that no epoch names, which the next try overwrites.
 */
export function prepareEpoch(fs: FileSystem, keys: string, origin: string, number: number): NextEpoch {
  const signer = signerFromSeed(randomBytes(32));
  const resumeSeed = randomBytes(32);
  const runKey = verifierKey(origin, signer.publicKey);
  const resumeKey = verifierKey(origin, signerFromSeed(resumeSeed).publicKey);
  writeSecret(fs, resumeKeyFile(keys, number), resumeSeed);
  resumeSeed.fill(0);
  return { number, runKey, resumeKey, signer };
}

/**
 * Opens a prepared epoch: `epochs/<number>`, durable when this returns. A crash after it leaves the resume key of the
 * epoch before, which is covered now and which the next opening erases.
 * @param at the head's size and root, after which the epoch begins
 * @param by the key that signs the hand-over, and its signer
 */
export function openEpoch(
  fs: FileSystem,
  layout: JournalLayout,
  next: NextEpoch,
  at: Head,
  by: { readonly key: VerifierKey; readonly signer: Signer },
): RunKey {
  const { origin, size, root } = at;
  const { number, runKey, resumeKey, signer } = next;
  const note = signEpoch({ origin, number, size, root, runKey, resumeKey }, by.key, by.signer);
  replaceFile(fs, layout.epoch(number), note, FIXED_MODE);
  return { epoch: number, key: runKey, signer };
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
