/**
 * One writer at a time. The lock is the kernel's (flock), so it ends with its holder however that dies. Where there
 * is no FFI, files that count up take its place.
 */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { EgressError, systemCode } from '../core/error.js';
import { ffi } from './ffi.js';
import { acquireByGeneration } from './generation-lock.js';
import { holderText, locked, readHolder, type Lock } from './lock-holder.js';

const LOCK_EX = 2;
const LOCK_NB = 4;

function openLockFile(path: string, flags: number): number {
  try {
    return openSync(path, flags | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
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

/** So that a holder which lives on is not taken for one that still holds. */
function forgetHolder(fd: number): void {
  try {
    ftruncateSync(fd);
  } catch {
    // The name stays; the lock goes with the descriptor.
  }
}

function acquireFlock(path: string, flock: (fd: number, operation: number) => number): Lock {
  const fd = openLockFile(path, constants.O_RDWR | constants.O_CREAT);
  if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
    closeSync(fd);
    throw locked(path, readHolder(path));
  }
  // The text only names the holder in messages; a crash between these two calls leaves an empty name, not a lock.
  ftruncateSync(fd);
  writeSync(fd, holderText(), 0);
  return {
    release(): void {
      forgetHolder(fd);
      closeSync(fd);
    },
  };
}

/**
 * Locks what is open at this descriptor, a folder as well, for as long as it is open.
 * @returns false where somebody else holds the lock, and where there are no such locks
 */
export function tryLock(fd: number, bindings: ReturnType<typeof ffi> = ffi()): boolean {
  return !('reason' in bindings) && bindings.flock(fd, LOCK_EX | LOCK_NB) === 0;
}

/**
 * Takes the lock or fails at once; never waits.
 * @throws JOURNAL_LOCKED (names the holder), JOURNAL_UNWRITABLE
 */
export function acquireLock(path: string, bindings: ReturnType<typeof ffi> = ffi()): Lock {
  return 'reason' in bindings ? acquireByGeneration(path) : acquireFlock(path, bindings.flock);
}
