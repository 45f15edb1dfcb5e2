import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { draftStatement, type DraftPlace } from '../../../src/custody/draft-statement.js';
import { parseJournalFile } from '../../../src/journal/folder/journal-file.js';
import { JournalLayout } from '../../../src/journal/folder/layout.js';
import type { OfficerStatement } from '../../../src/journal/state/statement.js';
import type { WriterOptions } from '../../../src/journal/writer.js';
import { signerFromSeed } from '../../../src/keys/signer.js';
import { verifierKey } from '../../../src/keys/verifier-key.js';
import { newIdentity } from '../../../src/officers/age.js';
import type { Keyring } from '../../../src/officers/keyring.js';
import { parseOfficerLine } from '../../../src/officers/officer-card.js';
import type { OfficerKind, StatementOf } from '../../../src/officers/officer-statement.js';
import { recordRun, writerOptions } from '../journal/scratch-journal.js';

/** What opening a keyring file gives, without the second that scrypt takes. */
export async function scratchKeyring(name: string): Promise<Keyring> {
  const signer = signerFromSeed(randomBytes(32));
  const { identity, recipient } = await newIdentity();
  const key = verifierKey(name, signer.publicKey);
  return { card: parseOfficerLine(`${key.text} ${recipient}`), signer, identity };
}

export function placeOf(options: WriterOptions): DraftPlace {
  const layout = new JournalLayout(options.directory);
  return { fs: options.fs, layout, journal: parseJournalFile(readFileSync(layout.journalFile)), now: options.now };
}

export interface AnchoredJournal {
  readonly options: WriterOptions;
  readonly alice: Keyring;
  readonly recovery: Keyring;
  sign<Kind extends OfficerKind>(kind: Kind, fields: StatementOf<Kind>, by?: Keyring): OfficerStatement;
}

/** A journal with a run in it, whose first officer is Alice. */
export async function anchoredJournal(
  folder: string,
  overrides: Partial<WriterOptions> = {},
): Promise<AnchoredJournal> {
  const [alice, recovery] = await Promise.all([scratchKeyring('alice'), scratchKeyring('recovery')]);
  const anchor = { officer: alice.card.line, recovery: recovery.card.key.text };
  const options = writerOptions(folder, { anchor, ...overrides });
  recordRun(options, 2);
  return {
    ...{ options, alice, recovery },
    sign: (kind, fields, by = alice) => draftStatement(placeOf(options), kind, fields, by),
  };
}
