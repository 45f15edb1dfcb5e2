/** Everything between the path of a journal and its first new line: whose it is, that it is whole, that it is free. */
import path from 'node:path';
import { EgressError, systemCode } from '../core/error.js';
import type { Signer } from '../keys/ed25519.js';
import { makeFolders, readSmallFile, replaceFile, type FileSystem } from '../keys/file-system.js';
import {
  keyDirectory,
  lockFile,
  prepareKeyDirectory,
  readPin,
  resumeKeyFile,
  saltFile,
} from '../keys/key-directory.js';
import { eraseSecret, readSecret } from '../keys/key-file.js';
import { parseHead, type SignedHead } from './heads/checkpoint.js';
import { damaged } from './damaged.js';
import { createJournal, FIXED_MODE, isVacant, notVacant } from './create-journal.js';
import { parseEpoch, type SignedEpoch } from './heads/epoch.js';
import { currentState } from './state/current-state.js';
import { readFrontier, type Frontier } from './frontier.js';
import { initialState } from './state/journal-state.js';
import { findJournalEnd, type JournalEnd } from './journal-end.js';
import { parseJournalFile, type JournalFile, type OfficerAnchor } from './folder/journal-file.js';
import { readHead } from './heads/signed-head.js';
import { nodeHasher } from './tree/tree-hasher.js';
import { JournalLayout, listEpochs, listHeads, listSegments, SMALL_FILE_BYTES_MAX } from './folder/layout.js';
import { CompactRange } from './tree/merkle.js';
import { eraseCoveredKeys, openEpoch, prepareEpoch, readResumeKey, type RunKey } from './heads/open-epoch.js';

/** Keeps other writers away until it is released; see src/system/lock.ts. */
interface WriterLock {
  release(): void;
}

export interface OpenOptions {
  /** Of the journal; created if it is missing or empty. */
  readonly directory: string;
  /** Base of the key directories (`keyBase`). */
  readonly keyBase: string;
  readonly fs: FileSystem;
  readonly lock: (file: string) => WriterLock;
  /** Owner that keys must have; undefined where the system knows no owners. */
  readonly uid: number | undefined;
  /** `created` of a new journal. */
  readonly time: string;
  /** Of a new journal. */
  readonly anchor?: OfficerAnchor;
}

export interface OpenJournal {
  readonly layout: JournalLayout;
  readonly keys: string;
  readonly journal: JournalFile;
  readonly end: JournalEnd;
  readonly lock: WriterLock;
  /** Secret for body fingerprints. */
  readonly salt: Uint8Array;
  /** Makes the run key; from then on the journal has a new epoch. */
  beginEpoch(): RunKey;
}

/**
 * Creates or opens a journal for writing. Writes nothing into an existing one yet, but for keeping a head that a
 * crash left in `checkpoint` only.
 * @throws JOURNAL_FOREIGN, JOURNAL_DAMAGED, JOURNAL_UNREADABLE, JOURNAL_UNWRITABLE, JOURNAL_LOCKED, KEY_MISSING,
 * KEY_FILE_MODE, KEY_INVALID
 */
export function openJournal(options: OpenOptions): OpenJournal {
  const { fs } = options;
  const directory = prepareDirectory(fs, options.directory);
  const keys = keyDirectory(options.keyBase, directory);
  prepareKeyDirectory(fs, keys, options.uid);
  const lock = options.lock(lockFile(keys));
  try {
    return openLocked(options, directory, keys, lock);
  } catch (error) {
    lock.release();
    throw asUnwritable(error, directory);
  }
}

function asUnwritable(error: unknown, directory: string): unknown {
  const code = systemCode(error);
  if (error instanceof EgressError || code === undefined) return error;
  return new EgressError('JOURNAL_UNWRITABLE', `cannot write the journal ${directory}: ${code}`, {
    hint: 'The folder has to be writable by the user who records; --journal DIR names another one.',
    cause: error,
  });
}

function prepareDirectory(fs: FileSystem, directory: string): string {
  try {
    makeFolders(fs, directory, 0o750);
    return fs.realpathSync(directory);
  } catch (error) {
    throw asUnwritable(error, path.resolve(directory));
  }
}

function openLocked(options: OpenOptions, directory: string, keys: string, lock: WriterLock): OpenJournal {
  const { fs, uid, time } = options;
  const layout = new JournalLayout(directory);
  let created: RunKey | undefined;
  let journalBytes = readSmallFile(fs, layout.journalFile, SMALL_FILE_BYTES_MAX);
  if (journalBytes === undefined) {
    if (!isVacant(fs, directory)) throw notVacant(directory);
    created = createJournal(fs, directory, keys, time, options.anchor);
    journalBytes = readSmallFile(fs, layout.journalFile, SMALL_FILE_BYTES_MAX);
  }
  const journal = parseJournalFile(journalBytes ?? new Uint8Array());
  checkPin(fs, keys, journal);
  const epoch = lastEpoch(fs, layout, journal);
  const resume = readResumeKey(fs, keys, epoch, uid);
  eraseCoveredKeys(fs, layout, keys, epoch);
  const newest = newestHead(fs, layout, journal.origin);
  const closed = new Set(listHeads(fs, layout).numbers);
  const end = findJournalEnd(
    fs,
    layout,
    listSegments(fs, layout).numbers,
    frontier(fs, layout, keys, journal.origin),
    newest,
    closed,
    initialState(journal),
  );
  return {
    layout,
    keys,
    journal,
    end,
    lock,
    salt: readSecret(fs, saltFile(keys), uid),
    beginEpoch: () => created ?? resumeEpoch(fs, layout, keys, epoch, resume, end.range),
  };
}

/** The old resume key is erased last, when the epoch that replaces it is durable: before that it is the only one. */
function resumeEpoch(
  fs: FileSystem,
  layout: JournalLayout,
  keys: string,
  last: SignedEpoch,
  resume: Signer,
  range: CompactRange,
): RunKey {
  const at = { origin: last.origin, size: range.end, root: range.root() };
  const next = prepareEpoch(fs, keys, last.origin, last.number + 1);
  const runKey = openEpoch(fs, layout, next, at, { key: last.resumeKey, signer: resume });
  eraseSecret(fs, resumeKeyFile(keys, last.number));
  return runKey;
}

function checkPin(fs: FileSystem, keys: string, journal: JournalFile): void {
  const pin = readPin(fs, keys);
  if (pin?.key === journal.key.text) return;
  const what = pin === undefined ? 'no key of this journal is here' : 'another journal was recorded at this path';
  throw new EgressError('KEY_MISSING', `cannot go on with this journal: ${what}`, {
    hint: `Its keys would be in ${keys}.\nRecord as the user who began it. One that was moved or copied can be verified, but not\ncontinued; begin one that names it: egress init NEW --continues OLD --why …`,
  });
}

function lastEpoch(fs: FileSystem, layout: JournalLayout, journal: JournalFile): SignedEpoch {
  const number = listEpochs(fs, layout).numbers.at(-1);
  const bytes = number === undefined ? undefined : readSmallFile(fs, layout.epoch(number), SMALL_FILE_BYTES_MAX);
  if (number === undefined || bytes === undefined) throw damaged('it has no epoch');
  try {
    const epoch = parseEpoch(bytes);
    if (epoch.number === number && epoch.origin === journal.origin) return epoch;
  } catch (error) {
    throw damaged(`epochs/${number} is malformed`, error);
  }
  throw damaged(`epochs/${number} is of another place`);
}

/**
 * The newest head. An interval head stands in `checkpoint` alone, which the next head overwrites; if a crash left one
 * there it is kept for good, since it is what separates records that were signed in time from records that were not.
 */
function newestHead(fs: FileSystem, layout: JournalLayout, origin: string): SignedHead | undefined {
  const bytes = readSmallFile(fs, layout.checkpoint, SMALL_FILE_BYTES_MAX);
  if (bytes !== undefined) {
    const head = readHead(fs, layout, bytes, origin);
    if (readSmallFile(fs, layout.head(head.size), SMALL_FILE_BYTES_MAX) === undefined) {
      replaceFile(fs, layout.head(head.size), bytes, FIXED_MODE);
    }
  }
  const newest = listHeads(fs, layout).numbers.at(-1);
  if (newest === undefined) return undefined;
  const kept = readSmallFile(fs, layout.head(newest), SMALL_FILE_BYTES_MAX);
  return kept === undefined ? undefined : readHead(fs, layout, kept, origin);
}

/** Where reading begins: at the end of the last closed segment, as noted down, or at a vacuum's boundary, or at #1. */
function frontier(fs: FileSystem, layout: JournalLayout, keys: string, origin: string): Frontier | undefined {
  const noted = readFrontier(fs, keys);
  if (noted !== undefined) {
    const bytes = readSmallFile(fs, layout.head(noted.range.end), SMALL_FILE_BYTES_MAX);
    // The head's own signature is checked where it is the newest; an older one is under a newer one's root.
    if (bytes !== undefined && parseHead(bytes).root === noted.range.root()) return noted;
  }
  const state = currentState(fs, layout);
  if (state.vacuum === undefined) return undefined;
  const { boundary, frontier: nodes, hash, segment } = state.vacuum;
  const bytes = readSmallFile(fs, layout.head(boundary), SMALL_FILE_BYTES_MAX) ?? new Uint8Array();
  if (nodes.length !== CompactRange.nodeCount(0, boundary)) throw damaged('the receipt of a vacuum is malformed');
  const range = new CompactRange(nodeHasher, 0, boundary, nodes);
  if (readHead(fs, layout, bytes, origin).root !== range.root()) {
    throw damaged(`what a vacuum left of the records up to #${boundary} is not what was signed`);
  }
  // Run and state are stated again by the first segment that is left.
  return { range, lastHash: hash, segment, run: 0, state, time: '' };
}
