/**
 * What a witness remembers of each journal: the key that it began with and the newest head that it cosigned. A witness
 * that forgets could be shown two histories; so the file is written before a cosignature leaves.
 */
import { decodeUtf8 } from '../core/bytes.js';
import { EgressError } from '../core/error.js';
import { readSmallFile, replaceFile, type FileSystem } from '../keys/file-system.js';
import type { Hash } from '../journal/tree/tree-hasher.js';

const BYTES_MAX = 4 << 20;

/** A journal as the witness knows it. */
export interface SeenJournal {
  readonly origin: string;
  /** Genesis verifier key. */
  readonly key: string;
  readonly size: number;
  readonly root: Hash;
  /** Seconds since 1970, of the last cosignature. */
  readonly seconds: number;
}

function isSeen(value: unknown): value is SeenJournal {
  if (typeof value !== 'object' || value === null) return false;
  const { origin, key, size, root, seconds } = value as Record<string, unknown>;
  if (typeof origin !== 'string' || typeof key !== 'string' || typeof root !== 'string') return false;
  return Number.isSafeInteger(size) && Number.isSafeInteger(seconds) && /^[0-9a-f]{64}$/.test(root);
}

/** By origin; none if the file does not exist. @throws WITNESS_STATE_INVALID, JOURNAL_UNREADABLE */
export function readWitnessState(fs: FileSystem, file: string): Map<string, SeenJournal> {
  const bytes = readSmallFile(fs, file, BYTES_MAX);
  if (bytes === undefined) return new Map();
  const bad = (cause?: unknown): EgressError =>
    new EgressError('WITNESS_STATE_INVALID', `${file}, the witness’s memory, is damaged`, {
      hint: 'Without it the witness could sign two histories. Restore it, or begin anew with another key.',
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(bytes) ?? '');
  } catch (error) {
    throw bad(error);
  }
  const { version, journals } = (value ?? {}) as { readonly version?: unknown; readonly journals?: unknown };
  if (version !== 1 || !Array.isArray(journals) || !journals.every(isSeen)) throw bad();
  return new Map(journals.map((seen) => [seen.origin, seen]));
}

/** Durable when it returns. @throws WITNESS_STATE_INVALID if it gets longer than can be read again */
export function writeWitnessState(fs: FileSystem, file: string, seen: ReadonlyMap<string, SeenJournal>): void {
  const bytes = Buffer.from(`${JSON.stringify({ version: 1, journals: [...seen.values()] })}\n`);
  if (bytes.length > BYTES_MAX) {
    throw new EgressError('WITNESS_STATE_INVALID', `${file} would get longer than ${BYTES_MAX} bytes`, {
      hint: 'Use another key, with its own file, for further journals.',
    });
  }
  replaceFile(fs, file, bytes, 0o600);
}
