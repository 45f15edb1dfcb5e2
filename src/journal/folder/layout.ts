/** Names in a journal's folder. */
import { joinPath } from '#platform';
import { decodeDecimal } from '../../core/bytes.js';
import { systemCode } from '../../core/error.js';
import { readFailure, type FileSystem } from '../../keys/file-system.js';

/** Larger than any journal.json or signed note that we write. */
export const SMALL_FILE_BYTES_MAX = 16_384;

/** Segment numbers have at least eight digits, so that names sort as numbers do. */
const SEGMENT_DIGITS = 8;

export class JournalLayout {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** @param path within the journal, as `journalFiles` lists it */
  file(path: string): string {
    return joinPath(this.directory, path);
  }
  get journalFile(): string {
    return joinPath(this.directory, 'journal.json');
  }
  get gitignore(): string {
    return joinPath(this.directory, '.gitignore');
  }
  get checkpoint(): string {
    return joinPath(this.directory, 'checkpoint');
  }
  get heads(): string {
    return joinPath(this.directory, 'heads');
  }
  get epochs(): string {
    return joinPath(this.directory, 'epochs');
  }
  get segments(): string {
    return joinPath(this.directory, 'segments');
  }
  /** Proofs that lead from heads below a vacuum's boundary to it. */
  get consistency(): string {
    return joinPath(this.directory, 'consistency');
  }
  consistencyProof(size: number): string {
    return joinPath(this.consistency, String(size));
  }
  /** Policies that runs were recorded under. */
  get policies(): string {
    return joinPath(this.directory, 'policies');
  }
  /** @param digest SHA-256 of the file, in hex */
  policy(digest: string): string {
    return joinPath(this.policies, digest);
  }
  get cosignatures(): string {
    return joinPath(this.directory, 'cosignatures');
  }
  /** What is only for officers. */
  get bodies(): string {
    return joinPath(this.directory, 'bodies');
  }
  /** @param keyId eight hex digits of the witness's key */
  cosignature(size: number, keyId: string): string {
    return joinPath(this.cosignatures, `${size}.${keyId}`);
  }
  head(size: number): string {
    return joinPath(this.heads, String(size));
  }
  epoch(number: number): string {
    return joinPath(this.epochs, String(number));
  }
  segment(number: number): string {
    return joinPath(this.segments, segmentName(number));
  }
}

export function segmentName(number: number): string {
  return `${String(number).padStart(SEGMENT_DIGITS, '0')}.jsonl`;
}

/** The number in a segment's file name, or `undefined`. */
function decodeSegmentName(name: string): number | undefined {
  const digits = /^([0-9]{8,16})\.jsonl$/.exec(name)?.[1];
  if (digits === undefined) return undefined;
  const number = Number(digits);
  return number > 0 && segmentName(number) === name ? number : undefined;
}

/** Names in a folder that are to be numbers, and those that are not. Files that a crash left unfinished do not count. */
export interface NumberedNames {
  /** Ascending. */
  readonly numbers: readonly number[];
  readonly strangers: readonly string[];
}

function listNames(fs: FileSystem, folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw readFailure(error, folder);
  }
}

/** @throws JOURNAL_UNREADABLE; a folder that does not exist is empty */
function listNumbers(
  fs: FileSystem,
  folder: string,
  decode: (name: string) => number | undefined = decodeDecimal,
): NumberedNames {
  const names = listNames(fs, folder);
  const numbers: number[] = [];
  const strangers: string[] = [];
  for (const name of names) {
    const number = decode(name);
    if (number !== undefined) numbers.push(number);
    else if (!name.endsWith('.new')) strangers.push(name);
  }
  return { numbers: numbers.sort((a, b) => a - b), strangers: strangers.sort() };
}

/** A file in `cosignatures/`. */
export interface CosignatureName {
  readonly size: number;
  readonly keyId: string;
}

/** By size, ascending. @throws JOURNAL_UNREADABLE; a folder that does not exist is empty */
export function listCosignatures(fs: FileSystem, layout: JournalLayout): readonly CosignatureName[] {
  return listNames(fs, layout.cosignatures)
    .flatMap((name) => {
      const [, sizeText = '', keyId = ''] = /^([0-9]+)\.([0-9a-f]{8})$/.exec(name) ?? [];
      const size = decodeDecimal(sizeText);
      return size === undefined ? [] : [{ size, keyId }];
    })
    .sort((a, b) => a.size - b.size);
}

export const listHeads = (fs: FileSystem, layout: JournalLayout): NumberedNames => listNumbers(fs, layout.heads);
export const listConsistencyProofs = (fs: FileSystem, layout: JournalLayout): NumberedNames =>
  listNumbers(fs, layout.consistency);
export const listEpochs = (fs: FileSystem, layout: JournalLayout): NumberedNames => listNumbers(fs, layout.epochs);
export const listSegments = (fs: FileSystem, layout: JournalLayout): NumberedNames =>
  listNumbers(fs, layout.segments, decodeSegmentName);
