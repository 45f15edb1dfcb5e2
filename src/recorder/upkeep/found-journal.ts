/** Carries out what `egress init` asks for: a new journal, or roles for one that has none. */
import path from 'node:path';
import { EgressError } from '../../core/error.js';
import type { Roles } from '../../event/roles.js';
import type { Head } from '../../journal/heads/checkpoint.js';
import { isVacant, notVacant } from '../../journal/create-journal.js';
import { fileSystem } from '../../keys/file-system.js';
import { keyBase, keyDirectory } from '../../keys/key-directory.js';
import type { Settings } from '../../settings/load-settings.js';
import { forbidMemoryReads } from '../../system/memory.js';
import {
  checkFoundation,
  prepareAccess,
  readFoundation,
  realFolder,
  type Foundation,
  type FoundationWish,
} from './foundation.js';
import { handInFromHere, writeSession } from './hand-in.js';
import { openWriter, wallClockMicros } from './open-writer.js';

export interface Founded extends Foundation {
  /** Real path. */
  readonly directory: string;
  readonly keys: string;
  /** The head over what was written now; undefined where nothing was. */
  readonly head: Head | undefined;
  readonly done: 'created' | 'roles_added' | 'repaired' | 'nothing';
}

export interface FoundingOptions {
  readonly directory: string;
  readonly settings: Settings;
  readonly version: string;
  readonly warn: (text: string) => void;
}

/**
 * A crash leaves a journal without roles, or none: the same command, given again, does the rest. What stands already is
 * never changed into less.
 * @throws INIT_REFUSED, KEY_MISSING, and the codes of opening a journal
 */
export async function found(options: FoundingOptions, wish: FoundationWish): Promise<Founded> {
  const directory = realFolder(options.directory);
  const keys = keyDirectory(keyBase(process.env), directory);
  const existing = readFoundation(fileSystem, directory, keys);
  if (existing !== undefined) checkFoundation(existing, wish);
  const { done, head } = await carryOut(directory, existing, options, wish);
  const now = readFoundation(fileSystem, directory, keys);
  if (now === undefined) throw new EgressError('JOURNAL_DAMAGED', `${path.basename(directory)} has gone again`);
  return { ...now, directory, keys, head, done };
}

async function carryOut(
  directory: string,
  existing: Foundation | undefined,
  options: FoundingOptions,
  wish: FoundationWish,
): Promise<Pick<Founded, 'done' | 'head'>> {
  const { roles } = wish;
  if (existing === undefined && !isVacant(fileSystem, directory)) throw notVacant(directory);
  if (existing?.isBegun !== true) {
    if (roles !== undefined) prepareAccess(fileSystem, directory, roles);
    return { done: 'created', head: create(directory, options, wish) };
  }
  if (roles !== undefined && !hasRoles(existing, roles)) {
    prepareAccess(fileSystem, directory, roles);
    return { done: 'roles_added', head: await addRoles(directory, options, roles) };
  }
  if (!wish.isRepair || existing.loose.length === 0 || existing.state.roles === undefined) {
    return { done: 'nothing', head: undefined };
  }
  prepareAccess(fileSystem, directory, existing.state.roles);
  return { done: 'repaired', head: undefined };
}

function hasRoles({ state }: Foundation, roles: Roles): boolean {
  return state.roles !== undefined && state.roles.officers?.gid === roles.officers?.gid;
}

function create(
  directory: string,
  { settings, version, warn }: FoundingOptions,
  wish: FoundationWish,
): Head | undefined {
  // Before the first key is in memory.
  forbidMemoryReads();
  const { roles, continues, anchor } = wish;
  const beginning = continues === undefined ? {} : { continues };
  const writer = openWriter(directory, settings, warn, { beginning, ...(anchor === undefined ? {} : { anchor }) });
  const session = { command: 'init', version, now: wallClockMicros };
  writeSession(writer, session, (by) =>
    roles === undefined ? undefined : writer.declare({ kind: 'roles', roles }, by),
  );
  if (writer.failure !== undefined) throw writer.failure;
  return writer.head;
}

async function addRoles(directory: string, { settings, version }: FoundingOptions, roles: Roles): Promise<Head> {
  const from = { directory, settings, command: 'init', version };
  return (await handInFromHere({ kind: 'roles', roles }, from)).head;
}
