/**
 * Owner, groups and modes of a journal's files, where it has roles. Folders are setgid, so that what is made in them
 * later, by whichever part of egress, belongs to the right group from its first moment; modes are the writers' own.
 */
import { joinPath, relativePath } from '#platform';
import { EgressError, systemCode } from '../../core/error.js';
import type { Roles } from '../../event/roles.js';
import { READ_FLAGS, type FileSystem } from '../../keys/file-system.js';
import type { JournalLayout } from './layout.js';

/** Setgid; the group may list and enter, and nobody else. */
const FOLDER_MODE = 0o2750;
const OTHERS = 0o007;
const GROUP_WRITE = 0o020;
const GROUP = 0o070;
const OWNER = 0o700;
const OWNER_READ_WRITE = 0o600;
const GROUP_READ = 0o040;
const PERMISSIONS = 0o7777;

/** A journal is three levels deep; whoever puts more in it cannot keep us for long. */
const DEPTH_MAX = 4;
const ENTRIES_MAX = 200_000;

interface Entry {
  readonly path: string;
  /** Group that may read it; undefined where none may. */
  readonly gid: number | undefined;
}

/** Something that lets in more than the roles say. */
export interface LooseAccess {
  /** Relative to the journal; `.` is its folder. */
  readonly path: string;
  readonly why: 'others' | 'group_may_write' | 'other_group' | 'other_owner' | 'link';
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
}

/** The journal's folder and all in it, each folder before what it holds. What cannot be listed is left out. */
function* entries(fs: FileSystem, layout: JournalLayout, roles: Roles): Generator<Entry> {
  const waiting: (Entry & { readonly depth: number })[] = [{ path: layout.directory, gid: roles.audit.gid, depth: 0 }];
  for (let count = 0; waiting.length > 0 && count < ENTRIES_MAX; count += 1) {
    const entry = waiting.pop();
    if (entry === undefined) return;
    yield entry;
    if (entry.depth === DEPTH_MAX || fs.lstatSync(entry.path, { throwIfNoEntry: false })?.isDirectory() !== true)
      continue;
    for (const name of namesIn(fs, entry.path)) {
      const below = joinPath(entry.path, name);
      const gid = below === layout.bodies ? roles.officers?.gid : entry.gid;
      waiting.push({ path: below, gid, depth: entry.depth + 1 });
    }
  }
}

function namesIn(fs: FileSystem, folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Gives all that is there its owner, group and mode. Nothing is opened through a symbolic link, and each file is
 * changed by its descriptor. A crash in here leaves some of it undone: the next call does the rest.
 * @throws JOURNAL_UNWRITABLE
 */
export function setAccess(fs: FileSystem, layout: JournalLayout, roles: Roles): void {
  for (const entry of entries(fs, layout, roles)) {
    try {
      setEntry(fs, entry, roles.owner.uid);
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      throw new EgressError('JOURNAL_UNWRITABLE', `cannot set group and mode of ${entry.path}: ${code}`, {
        hint:
          code === 'EPERM'
            ? `Only root, or a member of the group who owns the file, can give it to the group ${entry.gid ?? ''}.`
            : 'Nothing of what it holds was changed.',
        cause: error,
      });
    }
  }
}

function setEntry(fs: FileSystem, { path: file, gid }: Entry, uid: number): void {
  const fd = fs.openSync(file, READ_FLAGS);
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile() && !stat.isDirectory()) throw new EgressError('JOURNAL_FOREIGN', `${file} is no regular file`);
    const full = stat.isDirectory() ? FOLDER_MODE : (stat.mode & OWNER_READ_WRITE) | GROUP_READ;
    const mode = gid === undefined ? full & OWNER : full;
    // An immutable segment that is right already stays as it is.
    const group = gid ?? stat.gid;
    if (stat.uid !== uid || stat.gid !== group) fs.fchownSync(fd, uid, group);
    // After chown, which clears setgid.
    if ((fs.fstatSync(fd).mode & PERMISSIONS) !== mode) fs.fchmodSync(fd, mode);
  } finally {
    fs.closeSync(fd);
  }
}

/** What lets in more than it should, at most `itemsMax`; POSIX ACLs are for `egress doctor`. Never throws. */
export function looseAccess(fs: FileSystem, layout: JournalLayout, roles: Roles, itemsMax: number): LooseAccess[] {
  const loose: LooseAccess[] = [];
  for (const { path: file, gid } of entries(fs, layout, roles)) {
    const stat = fs.lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const { mode } = stat;
    let why: LooseAccess['why'] | undefined;
    if (stat.isSymbolicLink()) why = 'link';
    else if (stat.uid !== roles.owner.uid) why = 'other_owner';
    else if ((mode & OTHERS) !== 0) why = 'others';
    else if ((mode & GROUP_WRITE) !== 0) why = 'group_may_write';
    else if ((mode & GROUP) !== 0 && stat.gid !== gid) why = 'other_group';
    if (why === undefined) continue;
    const text = (mode & PERMISSIONS).toString(8).padStart(4, '0');
    loose.push({ path: relativePath(layout.directory, file) || '.', why, mode: text, uid: stat.uid, gid: stat.gid });
    if (loose.length === itemsMax) break;
  }
  return loose;
}

/** Whether this is where the journal was recorded: a copy belongs to whoever made it, and its modes say nothing. */
export function isInPlace(fs: FileSystem, layout: JournalLayout, roles: Roles): boolean {
  const stat = fs.lstatSync(layout.directory, { throwIfNoEntry: false });
  return stat?.uid === roles.owner.uid || stat?.gid === roles.audit.gid;
}
