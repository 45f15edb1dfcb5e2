/** A new journal: its name, its genesis key, its first epoch. */
import { randomBytes } from 'node:crypto';
import { encodeHex } from '../core/bytes.js';
import { EgressError, systemCode } from '../core/error.js';
import { makeFolder, readFailure, replaceFile, replaceNote, type FileSystem } from '../keys/file-system.js';
import { readPin, resumeKeyFile, saltFile, writePin } from '../keys/key-directory.js';
import { eraseSecret, writeSecretInFolder } from '../keys/key-file.js';
import { signerFromSeed } from '../keys/signer.js';
import { verifierKey } from '../keys/verifier-key.js';
import { signEpoch } from './heads/epoch.js';
import { anchorOf, encodeJournalFile, type OfficerAnchor } from './folder/journal-file.js';
import { JournalLayout, listSegments } from './folder/layout.js';
import type { RunKey } from './heads/open-epoch.js';
import { EMPTY_ROOT } from './tree/tree-hasher.js';

/** Never resolves (RFC 2606), as a journal is no place on the network. */
const ORIGIN_DOMAIN = 'egress.invalid';

/** Read-only: written once. */
export const FIXED_MODE = 0o440;
const FOLDER_MODE = 0o750;

/** What a creation that a crash interrupted may have left behind, besides an empty folder. */
const UNFINISHED: ReadonlySet<string> = new Set([
  '.gitignore',
  '.gitignore.new',
  'segments',
  'heads',
  'epochs',
  'bodies',
  'journal.json.new',
]);

/**
 * Whether a journal can be created here: there is nothing, or only what an interrupted creation leaves.
 * @throws JOURNAL_UNREADABLE
 */
export function isVacant(fs: FileSystem, directory: string): boolean {
  try {
    const names = fs.readdirSync(directory);
    return (
      names.every((name) => UNFINISHED.has(name)) && listSegments(fs, new JournalLayout(directory)).numbers.length === 0
    );
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true;
    throw readFailure(error, directory);
  }
}

export function notVacant(directory: string): EgressError {
  return new EgressError('JOURNAL_FOREIGN', `${directory} has files in it and is not a journal`, {
    hint: 'Name a new or empty folder: --journal DIR',
  });
}

/**
 * Creates the journal and returns the run key of epoch 1. The genesis key exists only in here; an auditor pins it.
 *
 * journal.json comes last: until it stands, a crash leaves a folder that the next call takes for vacant.
 * @param directory real path of the journal, which exists
 */
export function createJournal(
  fs: FileSystem,
  directory: string,
  keys: string,
  created: string,
  anchor: OfficerAnchor = {},
): RunKey {
  const layout = new JournalLayout(directory);
  const origin = `${ORIGIN_DOMAIN}/${encodeHex(randomBytes(16))}`;
  const genesis = signerFromSeed(randomBytes(32));
  const run = signerFromSeed(randomBytes(32));
  const resumeSeed = randomBytes(32);
  const genesisKey = verifierKey(origin, genesis.publicKey);
  const runKey = verifierKey(origin, run.publicKey);
  const resumeKey = verifierKey(origin, signerFromSeed(resumeSeed).publicKey);
  for (const folder of [layout.segments, layout.heads, layout.epochs]) {
    makeFolder(fs, folder, FOLDER_MODE);
  }
  // A journal holds names of hosts and paths: it is not to be committed by accident.
  replaceNote(fs, layout.gitignore, Buffer.from('*\n'), 0o640);
  eraseStrayKeys(fs, keys);
  // The pin comes after both, and with it the folder is synced.
  writeSecretInFolder(fs, resumeKeyFile(keys, 1), resumeSeed);
  resumeSeed.fill(0);
  // The salt outlives a journal that is taken away: fingerprints in a kept copy can still be tested with it.
  if (!fs.readdirSync(keys).includes('salt')) writeSecretInFolder(fs, saltFile(keys), randomBytes(32));
  const epoch = { origin, number: 1, size: 0, root: EMPTY_ROOT, runKey, resumeKey };
  replaceFile(fs, layout.epoch(1), signEpoch(epoch, genesisKey, genesis), FIXED_MODE);
  const before = readPin(fs, keys);
  writePin(fs, keys, { origin, path: directory, key: genesisKey.text, created }, before);
  const bytes = encodeJournalFile({ version: 1, origin, key: genesisKey.text, created, ...anchorOf(anchor) });
  replaceFile(fs, layout.journalFile, bytes, FIXED_MODE);
  return { epoch: 1, key: runKey, signer: run };
}

/** Keys of a journal that was here before and was taken away: nobody is to go on with that one from here. */
function eraseStrayKeys(fs: FileSystem, keys: string): void {
  for (const name of fs.readdirSync(keys)) {
    const number = /^resume-([0-9]+)\.key$/.exec(name)?.[1];
    if (number !== undefined) eraseSecret(fs, resumeKeyFile(keys, Number(number)));
  }
}
