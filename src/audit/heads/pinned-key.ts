/** The key that a journal has to begin with. The one inside the journal pins nothing: whoever wrote it chose it. */
import { EgressError } from '../../core/error.js';
import { parseJournalFile } from '../../journal/folder/journal-file.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../../journal/folder/layout.js';
import { fileSystem, readSmallFile } from '../../keys/file-system.js';
import { keyDirectory, readPin, type ReplacedJournal } from '../../keys/key-directory.js';
import { parseVerifierKey, type KeyUse, type VerifierKey } from '../../keys/verifier-key.js';

export interface PinnedKey {
  readonly key: VerifierKey;
  /** `page`: it came with the journal on an evidence page, and so was compared with nothing. */
  readonly source: 'given' | 'own' | 'page';
  /** Journals that were at this path before, as the own key directory knows. */
  readonly replaced: readonly ReplacedJournal[];
}

const KEY_FILE_BYTES_MAX = 4_096;

/**
 * Reads `--key` or `--witness`: a verifier key, or the name of a file that holds one.
 * @throws KEY_INVALID, KEY_LOW_ORDER, KEY_MISSING
 */
export function parseKeyArgument(argument: string, use: KeyUse = 'note'): VerifierKey {
  if (/\+[0-9a-f]{8}\+/.test(argument)) return parseVerifierKey(argument, use);
  const bytes = readSmallFile(fileSystem, argument, KEY_FILE_BYTES_MAX);
  if (bytes === undefined) {
    throw new EgressError('KEY_MISSING', `no such key file: ${argument}`, {
      hint: 'Give a file with the key in it, or the key itself: name+1a2b3c4d+AbC…=',
    });
  }
  return parseVerifierKey(bytes.toString('utf8').trim(), use);
}

/**
 * The key that this user's own key directory holds for the journal at this real path.
 * @throws KEY_INVALID, JOURNAL_UNREADABLE
 */
export function ownKey(keyBase: string, journalRealPath: string): PinnedKey | undefined {
  const pin = readPin(fileSystem, keyDirectory(keyBase, journalRealPath));
  if (pin?.path !== journalRealPath) return undefined;
  return { key: parseVerifierKey(pin.key), source: 'own', replaced: pin.replaced };
}

/**
 * Of keys that were given for several journals the one for this journal. The journal only says which of them it claims
 * to begin with: whether it does is verified.
 * @returns undefined if none was given
 */
export function givenKey(keys: readonly VerifierKey[], directory: string): PinnedKey | undefined {
  const origin = keys.length <= 1 ? undefined : originOf(directory);
  const key = keys.find(({ name }) => name === origin) ?? keys[0];
  return key === undefined ? undefined : { key, source: 'given', replaced: [] };
}

function originOf(directory: string): string | undefined {
  try {
    const { journalFile } = new JournalLayout(directory);
    return parseJournalFile(readSmallFile(fileSystem, journalFile, SMALL_FILE_BYTES_MAX) ?? new Uint8Array()).origin;
  } catch {
    // What is wrong with the file is the verification's to say.
    return undefined;
  }
}
