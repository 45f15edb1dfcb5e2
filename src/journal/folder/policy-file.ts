/**
 * `policies/<sha256>`: the policy that a run was recorded under, so that whoever has the journal comes to the same
 * verdict. The name is the hash of the file, and segments name it: a file that was changed is not taken for it.
 */
import { EgressError, systemCode } from '../../core/error.js';
import { makeFolders, readSmallFile, replaceFile, type FileSystem } from '../../keys/file-system.js';
import type { JournalLayout } from './layout.js';
import { sha256 } from '../tree/tree-hasher.js';

/** More than any policy needs; a longer one is refused before the program starts. */
export const POLICY_BYTES_MAX = 1 << 20;
/** Readable by whoever may read the journal. */
const FILE_MODE = 0o440;
const FOLDER_MODE = 0o750;
const DIGEST = /^[0-9a-f]{64}$/;

export interface JournalPolicy {
  /** SHA-256 (hex) of `text`. */
  readonly digest: string;
  /** What it was called by whoever recorded. */
  readonly name: string;
  readonly text: string;
}

export const isPolicyDigest = (value: unknown): value is string => typeof value === 'string' && DIGEST.test(value);

/** Puts the run's policy there before a record names it. A crash in between leaves a file that nobody names. */
export function writePolicy(fs: FileSystem, layout: JournalLayout, policy: JournalPolicy | undefined): void {
  if (policy === undefined) return;
  const { digest, text } = policy;
  if (readPolicy(fs, layout, digest) !== undefined) return;
  makeFolders(fs, layout.policies, FOLDER_MODE);
  replaceFile(fs, layout.policy(digest), Buffer.from(text), FILE_MODE);
}

/**
 * @param digest as a segment names it: anything
 * @returns undefined where there is no such file, or it is not what its name says
 */
export function readPolicy(fs: FileSystem, layout: JournalLayout, digest: string): Buffer | undefined {
  if (!isPolicyDigest(digest)) return undefined;
  try {
    const bytes = readSmallFile(fs, layout.policy(digest), POLICY_BYTES_MAX);
    return bytes !== undefined && sha256(bytes) === digest ? bytes : undefined;
  } catch (error) {
    if (error instanceof EgressError) return undefined;
    throw error;
  }
}

/** Names of the policies that are there. @throws JOURNAL_UNREADABLE */
export function listPolicies(fs: FileSystem, layout: JournalLayout): readonly string[] {
  try {
    return fs.readdirSync(layout.policies).filter(isPolicyDigest).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new EgressError('JOURNAL_UNREADABLE', `cannot list ${layout.policies}`, {
      hint: 'egress doctor shows who may read what.',
      cause: error,
    });
  }
}
