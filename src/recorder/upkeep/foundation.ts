/** How a journal comes to be before anything is recorded into it: keys, first head, roles, where it goes on from. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { EgressError, systemCode } from '../../core/error.js';
import type { Continuation, Roles } from '../../event/roles.js';
import { isInPlace, looseAccess, setAccess, type LooseAccess } from '../../journal/folder/access.js';
import { currentState } from '../../journal/state/current-state.js';
import { damaged } from '../../journal/damaged.js';
import { parseJournalFile, type JournalFile, type OfficerAnchor } from '../../journal/folder/journal-file.js';
import type { JournalState } from '../../journal/state/journal-state.js';
import { JournalLayout, listHeads, listSegments, SMALL_FILE_BYTES_MAX } from '../../journal/folder/layout.js';
import { missingJournal } from '../../journal/folder/missing-journal.js';
import { rolesConflict } from '../../journal/state/roles.js';
import { readHead } from '../../journal/heads/signed-head.js';
import { fileSystem, makeFolder, readSmallFile, type FileSystem } from '../../keys/file-system.js';
import { readPin } from '../../keys/key-directory.js';

const LOOSE_MAX = 20;

/** A journal as it stands. */
export interface Foundation {
  /** It has records; a crash may have left it without. */
  readonly isBegun: boolean;
  readonly journal: JournalFile;
  readonly state: JournalState;
  /** What lets in more than the roles say. */
  readonly loose: readonly LooseAccess[];
}

/**
 * @param keys key directory of this journal
 * @returns undefined where there is no journal yet
 * @throws KEY_MISSING if this user's keys are not those of the journal, and the codes of reading one
 */
export function readFoundation(fs: FileSystem, directory: string, keys: string): Foundation | undefined {
  const layout = new JournalLayout(directory);
  const bytes = readSmallFile(fs, layout.journalFile, SMALL_FILE_BYTES_MAX);
  if (bytes === undefined) return undefined;
  const journal = parseJournalFile(bytes);
  if (readPin(fs, keys)?.key !== journal.key.text) {
    throw new EgressError('KEY_MISSING', `there is a journal in ${directory}, and its keys are not here`, {
      hint: 'It can be read and verified, but not continued. Where its keys are lost:\negress init NEW --continues OLD --why TEXT',
    });
  }
  const state = currentState(fs, layout);
  const isBegun = listSegments(fs, layout).numbers.length > 0;
  return { isBegun, journal, state, loose: looseIn(fs, layout, state.roles) };
}

function looseIn(fs: FileSystem, layout: JournalLayout, roles: Roles | undefined): readonly LooseAccess[] {
  return roles !== undefined && isInPlace(fs, layout, roles) ? looseAccess(fs, layout, roles, LOOSE_MAX) : [];
}

/** Roles and what goes beyond them, of a journal that anybody may ask about; none where it cannot be read. */
export function accessState(directory: string): Pick<JournalState, 'roles'> & Pick<Foundation, 'loose'> {
  const layout = new JournalLayout(directory);
  try {
    const { roles } = currentState(fileSystem, layout);
    return { ...(roles === undefined ? {} : { roles }), loose: looseIn(fileSystem, layout, roles) };
  } catch {
    return { loose: [] };
  }
}

/** @throws INIT_REFUSED if what was asked for is not what stands, or less */
export function checkFoundation({ state, isBegun, journal }: Foundation, wanted: FoundationWish): void {
  const { roles, continues, anchor } = wanted;
  const isAnchored = (['officer', 'recovery'] as const).every(
    (name) => anchor[name] === undefined || anchor[name] === journal[name],
  );
  if (!isAnchored) {
    throw new EgressError('INIT_REFUSED', 'the journal is there already, with another first officer or recovery key', {
      hint: 'They stand in its first record. An officer names another one: egress officer add CARD',
    });
  }
  const conflict = state.roles === undefined || roles === undefined ? undefined : rolesConflict(state.roles, roles);
  if (conflict !== undefined) {
    throw new EgressError('INIT_REFUSED', `the journal has its roles already: ${conflict}`, {
      hint: 'Nothing was changed. Other groups need a journal of their own: egress init NEW',
    });
  }
  if (continues !== undefined && isBegun && state.continues?.origin !== continues.origin) {
    throw new EgressError('INIT_REFUSED', 'the journal is there already, and does not continue that one', {
      hint: 'What a journal continues stands in its first record. Name a new folder: egress init NEW --continues OLD',
    });
  }
}

export interface FoundationWish {
  /** Set owner, groups and modes back to what the roles say. */
  readonly isRepair: boolean;
  readonly roles: Roles | undefined;
  readonly continues: Continuation | undefined;
  readonly anchor: OfficerAnchor;
}

/**
 * Makes folders and modes as the roles want them, before the first file is in them or for the files that are there.
 * In between nothing is open to more than before: a folder is its owner's alone until it has its group.
 * @throws JOURNAL_UNWRITABLE
 */
export function prepareAccess(fs: FileSystem, directory: string, roles: Roles): void {
  const layout = new JournalLayout(directory);
  makeFolder(fs, directory, 0o700);
  if (roles.officers !== undefined) makeFolder(fs, layout.bodies, 0o700);
  setAccess(fs, layout, roles);
}

/** The real path of a folder that may not exist yet, nor those above it. @throws JOURNAL_UNREADABLE */
export function realFolder(folder: string): string {
  const absolute = path.resolve(folder);
  try {
    return realpathSync(absolute);
  } catch (error) {
    const parent = path.dirname(absolute);
    if (systemCode(error) !== 'ENOENT' || parent === absolute) {
      throw new EgressError('JOURNAL_UNREADABLE', `cannot look for ${absolute}: ${systemCode(error) ?? ''}`, {
        cause: error,
      });
    }
    return path.join(realFolder(parent), path.basename(absolute));
  }
}

/**
 * What the journal that another one continues signed last.
 * @throws JOURNAL_MISSING, JOURNAL_DAMAGED, JOURNAL_UNREADABLE, JOURNAL_FOREIGN
 */
export function readContinuation(fs: FileSystem, directory: string, why: string): Continuation {
  const layout = new JournalLayout(directory);
  const bytes = readSmallFile(fs, layout.journalFile, SMALL_FILE_BYTES_MAX);
  if (bytes === undefined) throw missingJournal(directory);
  const { origin, key } = parseJournalFile(bytes);
  const kept = listHeads(fs, layout).numbers.at(-1);
  const notes = [layout.checkpoint, ...(kept === undefined ? [] : [layout.head(kept)])];
  const heads = notes.flatMap((file) => {
    const note = readSmallFile(fs, file, SMALL_FILE_BYTES_MAX);
    return note === undefined ? [] : [readHead(fs, layout, note, origin)];
  });
  const newest = heads.sort((a, b) => b.size - a.size)[0];
  if (newest === undefined) throw damaged('it has no signed head to go on from');
  return { origin, key: key.text, size: newest.size, root: newest.root, why };
}
