import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { ExpectedHead } from '../../../src/audit/heads/expected-head.js';
import { ownKey, type PinnedKey } from '../../../src/audit/heads/pinned-key.js';
import { scanSegment } from '../../../src/audit/segments/segment-scan.js';
import type { Verification } from '../../../src/audit/verification.js';
import { verifyJournal } from '../../../src/audit/verify-journal.js';
import { parseVerifierKey, type VerifierKey } from '../../../src/keys/verifier-key.js';
import { verifySignature, type VerifySignature } from '../../../src/keys/ed25519.js';

export interface FolderOptions {
  /** Verifier key; without it the keys in `<folder>/../keys` decide. */
  readonly key?: string;
  readonly expected?: ExpectedHead;
  readonly verify?: VerifySignature;
  readonly witnesses?: readonly VerifierKey[];
}

/** The key that the options pin. */
export function pinnedFor(directory: string, { key }: FolderOptions): PinnedKey | undefined {
  const real = realpathSync(directory);
  if (key === undefined) return ownKey(path.join(path.dirname(real), 'keys'), real);
  return { key: parseVerifierKey(key), source: 'given', replaced: [] };
}

/** The verdict on the journal in a folder, in this thread. */
export function verifyFolder(directory: string, options: FolderOptions = {}): Promise<Verification> {
  const real = realpathSync(directory);
  const { expected, verify = verifySignature, witnesses = [] } = options;
  return verifyJournal({
    directory: real,
    pinned: pinnedFor(directory, options),
    expected,
    verify,
    witnesses,
    scan: (tasks) => Promise.resolve(tasks.map((task) => scanSegment(task))),
  });
}

/** Remembers answers: a suite of thousands of changed journals asks the same few questions again and again. */
export function memoised(verify: VerifySignature): VerifySignature {
  const answers = new Map<string, boolean>();
  return (publicKey, message, signature) => {
    const question = [publicKey, message, signature].map((bytes) => Buffer.from(bytes).toString('latin1')).join('\0');
    const known = answers.get(question);
    if (known !== undefined) return known;
    const answer = verify(publicKey, message, signature);
    answers.set(question, answer);
    return answer;
  };
}

export const codesOf = (items: readonly { readonly code: string }[]): string[] => items.map(({ code }) => code);
