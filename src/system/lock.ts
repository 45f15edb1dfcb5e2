/**
 * One writer at a time. The lock is the kernel's (flock), so it ends with its holder however that dies. Where there
 * is no FFI, a file created with O_EXCL takes its place.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { EgressError, systemCode } from '../core/error.js';
import { ffi } from './ffi.js';
import { processStatus } from './process-status.js';

const LOCK_EX = 2;
const LOCK_NB = 4;

export interface Lock {
  release(): void;
}

/** A lock file's text: who holds it. Its start time tells the holder from a later process with its pid. */
function holderText(): string {
  return `${JSON.stringify({ pid: process.pid, start: processStatus('self')?.startTicks ?? '', boot: bootId() })}\n`;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

interface Holder {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
}

function readHolder(path: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8').slice(0, 512));
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, start, boot } = value as Record<string, unknown>;
    if (!Number.isSafeInteger(pid) || typeof start !== 'string' || typeof boot !== 'string') return undefined;
    return { pid: pid as number, start, boot };
  } catch {
    return undefined;
  }
}

function locked(path: string): EgressError {
  const holder = readHolder(path);
  const who = holder === undefined ? 'another process' : `process ${holder.pid}`;
  return new EgressError('JOURNAL_LOCKED', `the journal is being written by ${who} (lock ${path})`, {
    hint: 'Wait until that run has ended, or give this one a journal of its own: egress run --journal DIR -- …',
  });
}

function openLockFile(path: string, flags: number): number {
  try {
    return openSync(path, flags | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw error;
    throw new EgressError(
      'JOURNAL_UNWRITABLE',
      `cannot open the lock file ${path}: ${systemCode(error) ?? 'unknown error'}`,
      {
        hint: 'The key directory has to be writable by the user who records.',
        cause: error,
      },
    );
  }
}

function acquireFlock(path: string, flock: (fd: number, operation: number) => number): Lock {
  const fd = openLockFile(path, constants.O_RDWR | constants.O_CREAT);
  if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
    closeSync(fd);
    throw locked(path);
  }
  // The text only names the holder in messages; a crash between these two calls leaves an empty name, not a lock.
  ftruncateSync(fd);
  writeSync(fd, holderText(), 0);
  return {
    release(): void {
      closeSync(fd);
    },
  };
}

function isAlive(holder: Holder): boolean {
  if (holder.boot !== bootId()) return false;
  const status = processStatus(holder.pid);
  if (status !== undefined) return status.startTicks === holder.start;
  if (process.platform === 'linux') return false;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function createExclusively(path: string): Lock {
  const fd = openLockFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  writeSync(fd, holderText());
  const { ino } = fstatSync(fd);
  closeSync(fd);
  return {
    release(): void {
      // Only our own file: a taker-over may have put its own there.
      if (statSync(path, { throwIfNoEntry: false })?.ino === ino) unlinkSync(path);
    },
  };
}

function acquireFile(path: string): Lock {
  try {
    return createExclusively(path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  const holder = readHolder(path);
  // An unreadable holder may be one who is just writing its name: never take that over.
  if (holder === undefined || isAlive(holder)) throw locked(path);
  // Of two processes that find the same stale lock, rename lets one win; the other finds nothing to rename.
  const stale = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, stale);
  } catch {
    throw locked(path);
  }
  // A third process may have taken over between our read and the rename: then what we moved away is a live lock.
  const moved = readHolder(stale);
  if (moved === undefined || moved.pid !== holder.pid || moved.start !== holder.start) {
    // link() fails where a newer lock already stands, and then ours to restore is void anyway.
    try {
      linkSync(stale, path);
    } finally {
      unlinkSync(stale);
    }
    throw locked(path);
  }
  unlinkSync(stale);
  try {
    return createExclusively(path);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw locked(path);
    throw error;
  }
}

/**
 * Takes the lock or fails at once; never waits.
 * @throws JOURNAL_LOCKED (names the holder), JOURNAL_UNWRITABLE
 */
export function acquireLock(path: string): Lock {
  const bindings = ffi();
  return 'reason' in bindings ? acquireFile(path) : acquireFlock(path, bindings.flock);
}
