/** What officers' commands have in common: the journal as it is, the keyring, and where a signed statement goes. */
import { realpathSync } from 'node:fs';
import { ownKey } from '../audit/heads/pinned-key.js';
import type { PinnedKey } from '../audit/heads/pinned-key.js';
import { EgressError } from '../core/error.js';
import { parseJournalFile } from '../journal/folder/journal-file.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import { decodeStatement, type Declared, type OfficerStatement, type Statement } from '../journal/state/statement.js';
import { verifySignature } from '../keys/ed25519.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { keyBase, keyDirectory } from '../keys/key-directory.js';
import { parseCard, type OfficerCard } from '../officers/officer-card.js';
import { isOfficerKind } from '../officers/officer-statement.js';
import type { DraftPlace } from './draft-statement.js';
import type { ReleaseTask } from './release.js';

const STATEMENT_BYTES_MAX = 65_536;
const INNER_BYTES_MAX = 256 * 1024 * 1024;

/** @throws JOURNAL_MISSING, JOURNAL_DAMAGED */
export function officerPlace(directory: string): DraftPlace {
  const layout = new JournalLayout(realJournal(directory));
  const bytes = readSmallFile(fileSystem, layout.journalFile, SMALL_FILE_BYTES_MAX);
  if (bytes === undefined) throw missing(directory);
  const now = (): number => Math.round((performance.timeOrigin + performance.now()) * 1_000);
  return { fs: fileSystem, layout, journal: parseJournalFile(bytes), now };
}

function realJournal(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    throw missing(directory);
  }
}

const missing = (directory: string): EgressError =>
  new EgressError('JOURNAL_MISSING', `there is no journal at ${directory}`, { hint: 'egress init makes one.' });

/** With the keys of this account. @param given verifier key, where this account did not record the journal */
export function custodyTask(
  { layout }: DraftPlace,
  handIn: (statement: Statement) => Promise<Declared>,
  given?: PinnedKey,
): ReleaseTask {
  const base = keyBase(process.env);
  const pinned = given ?? ownKey(base, layout.directory);
  if (pinned === undefined) {
    throw new EgressError('KEY_MISSING', 'there is no key to check this journal with: this account did not record it', {
      hint: 'Give the key that the journal begins with: --key KEY (from whoever recorded it, on another way).',
    });
  }
  return {
    ...{ fs: fileSystem, layout, keys: keyDirectory(base, layout.directory), uid: process.getuid?.() },
    ...{ pinned, verify: verifySignature, handIn },
  };
}

/** @throws CARD_INVALID, USAGE */
export function readCard(file: string): OfficerCard {
  return parseCard(readGiven(file, STATEMENT_BYTES_MAX), verifySignature);
}

/** @throws USAGE */
export function readGiven(file: string, bytesMax = INNER_BYTES_MAX): Uint8Array {
  const bytes = readSmallFile(fileSystem, file, bytesMax);
  if (bytes === undefined) throw new EgressError('USAGE', `there is no file ${file}`);
  return bytes;
}

/** A statement as an officer carries it to the custodian. */
export function formatStatement({ kind, statement, note }: OfficerStatement): Uint8Array {
  return Buffer.from(`${JSON.stringify({ kind, statement, note }, undefined, 2)}\n`);
}

/** @throws STATEMENT_INVALID, USAGE */
export function readStatement(file: string): OfficerStatement {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(readGiven(file, STATEMENT_BYTES_MAX)).toString('utf8'));
  } catch (error) {
    if (error instanceof EgressError) throw error;
    throw new EgressError('STATEMENT_INVALID', `${file} is no statement of an officer`, { cause: error });
  }
  const statement = decodeStatement(value);
  if (!isOfficerKind(statement.kind)) {
    throw new EgressError('STATEMENT_INVALID', `${file} is no statement of an officer`);
  }
  return statement as OfficerStatement;
}
