/**
 * The folder of the socket that the hooks report to. A recorder that is killed cannot remove it, so the next one does.
 *
 * Why a folder at all: an abstract socket vanishes with its owner, but has no owner's mode, and a program in a network
 * namespace of its own could not reach it. Why a lock: the kernel takes it back however the recorder ends, in whatever
 * pid namespace that was. The folder gets the name that is looked for only once it is locked, so that there is no moment
 * at which a living recorder's folder seems abandoned; where it cannot be locked, it keeps another name.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { tryLock } from '../../system/lock.js';
import { privateFolder } from '../unix-socket.js';

const SOCKET = 'hooks';
const LOCKED = 'egress-hooks-';
const LOCKED_NAME = /^egress-hooks-[A-Za-z0-9]{6}$/;
/** Of the folder for temporary files. */
const ENTRIES_MAX = 20_000;

/** A link in its place is not followed. */
const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export class HookFolder {
  readonly path: string;
  readonly #lock: number | undefined;

  private constructor(path: string, lock: number | undefined) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * @param isShared whether another user has to reach it
   * @throws JOURNAL_UNWRITABLE
   */
  static create(isShared: boolean): HookFolder {
    const path = privateFolder(isShared);
    let lock: number | undefined;
    try {
      lock = openSync(path, OPEN_FOLDER);
      if (tryLock(lock)) {
        const locked = join(dirname(path), `${LOCKED}${basename(path).slice(-6)}`);
        renameSync(path, locked);
        return new HookFolder(locked, lock);
      }
    } catch {
      // It serves as it is.
    }
    if (lock !== undefined) closeSync(lock);
    return new HookFolder(path, undefined);
  }

  get socket(): string {
    return join(this.path, SOCKET);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
    if (this.#lock !== undefined) closeSync(this.#lock);
  }

  /** Removes what recorders of this user that were killed have left beside it. */
  removeAbandoned(): void {
    const base = dirname(this.path);
    try {
      if (!isSafe(base)) return;
      const entries = opendirSync(base);
      try {
        for (let count = 0; count < ENTRIES_MAX; count += 1) {
          const entry = entries.readSync();
          if (entry === null) return;
          if (LOCKED_NAME.test(entry.name)) removeIfAbandoned(join(base, entry.name));
        }
      } finally {
        entries.closeSync();
      }
    } catch {
      // Then they stay.
    }
  }
}

/** Nobody but root and us can put something else in the place of a folder of ours: sticky, or not theirs to write to. */
function isSafe(base: string): boolean {
  const { uid, mode } = statSync(base);
  return (uid === 0 || uid === process.getuid?.()) && ((mode & 0o022) === 0 || (mode & 0o1000) !== 0);
}

/** Nothing but a folder of ours, unlocked, with at most a socket in it, is removed. */
function removeIfAbandoned(folder: string): void {
  let lock: number | undefined;
  try {
    lock = openSync(folder, OPEN_FOLDER);
    if (fstatSync(lock).uid !== process.getuid?.() || !tryLock(lock)) return;
    const names = readdirSync(folder);
    const socket = join(folder, SOCKET);
    if (names.some((name) => name !== SOCKET) || (names.length > 0 && !lstatSync(socket).isSocket())) return;
    if (names.length > 0) unlinkSync(socket);
    rmdirSync(folder);
  } catch {
    // Another recorder was faster, or it is nothing of ours.
  } finally {
    if (lock !== undefined) closeSync(lock);
  }
}
