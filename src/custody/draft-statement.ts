/** Signs what an officer decides, on top of the journal as the officer sees it. */
import { randomBytes } from 'node:crypto';
import { encodeHex } from '../core/bytes.js';
import { EgressError } from '../core/error.js';
import { formatMicros } from '../core/timestamp.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import type { JournalFile } from '../journal/folder/journal-file.js';
import { listHeads, SMALL_FILE_BYTES_MAX, type JournalLayout } from '../journal/folder/layout.js';
import { readHead } from '../journal/heads/signed-head.js';
import type { OfficerStatement } from '../journal/state/statement.js';
import { EMPTY_ROOT } from '../journal/tree/tree-hasher.js';
import { readSmallFile, type FileSystem } from '../keys/file-system.js';
import type { Keyring } from '../officers/keyring.js';
import { cosignClaim, genesisId, parseOfficerNote, signClaim, statementDigest } from '../officers/officer-note.js';
import { requireFields, type OfficerKind, type StatementOf } from '../officers/officer-statement.js';

/** Time enough to carry a file to the custodian, and little for whoever finds it. */
const VALID_MS = 3_600_000;

export interface DraftPlace {
  readonly fs: FileSystem;
  readonly layout: JournalLayout;
  readonly journal: JournalFile;
  /** µs since the Unix epoch. */
  readonly now: () => number;
}

/**
 * A statement on top of the newest head that is kept for good.
 * @throws STATEMENT_INVALID, and what reading a head throws
 */
export function draftStatement<Kind extends OfficerKind>(
  { fs, layout, journal, now }: DraftPlace,
  kind: Kind,
  fields: StatementOf<Kind>,
  { card, signer }: Pick<Keyring, 'card' | 'signer'>,
): OfficerStatement {
  const statement = requireFields(kind, fields);
  const size = listHeads(fs, layout).numbers.at(-1) ?? 0;
  const claim = {
    ...{ kind, origin: journal.origin, genesis: genesisId(journal.key), size },
    root: rootToBase64(size === 0 ? EMPTY_ROOT : rootOf(fs, layout, size, journal.origin)),
    nonce: encodeHex(randomBytes(16)),
    expires: formatMicros(now() + VALID_MS * 1_000),
    digest: statementDigest(statement),
  };
  return { kind, statement, note: signClaim(claim, card.key, signer) };
}

function rootOf(fs: FileSystem, layout: JournalLayout, size: number, origin: string): string {
  return readHead(fs, layout, readSmallFile(fs, layout.head(size), SMALL_FILE_BYTES_MAX) ?? new Uint8Array(), origin)
    .root;
}

/**
 * A second officer’s signature under a first one’s statement.
 * @throws STATEMENT_INVALID if what is signed is not the statement that the file shows
 */
export function cosignStatement(
  offered: OfficerStatement,
  { card, signer }: Pick<Keyring, 'card' | 'signer'>,
): OfficerStatement {
  const { digest, kind } = parseOfficerNote(offered.note);
  if (kind !== offered.kind || digest !== statementDigest(offered.statement)) {
    throw new EgressError('STATEMENT_INVALID', 'the first officer signed something else than this file shows');
  }
  return { ...offered, note: cosignClaim(offered.note, card.key, signer) };
}
