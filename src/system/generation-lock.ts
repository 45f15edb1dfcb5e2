/**
 * The lock where the kernel's cannot be reached: files `<path>.<generation>`, of which the highest holds. To take the
 * lock over is to create the next generation, which exactly one process can do; a lock that is let go keeps its file,
 * empty, so that the count goes on and a process that looked long ago cannot slip in behind.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EgressError, systemCode } from '../core/error.js';
import { holderText, isAlive, locked, readHolder, type Lock } from './lock-holder.js';

/** Highest generation that exists, 0 if there is none. */
function highest(lock: string): number {
  const prefix = `${path.basename(lock)}.`;
  const generations = readdirSync(path.dirname(lock))
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(/^[1-9][0-9]{0,14}$/.exec(name.slice(prefix.length))?.[0] ?? 0));
  return Math.max(0, ...generations);
}

/** Let go, or left by a process that is gone. What cannot be read is nobody's to take. */
function isFree(file: string): boolean {
  try {
    if (readFileSync(file).length === 0) return true;
  } catch (error) {
    // Somebody has just taken it over.
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
  const holder = readHolder(file);
  return holder !== undefined && !isAlive(holder);
}

/**
 * Takes the lock or fails at once.
 * @throws JOURNAL_LOCKED, JOURNAL_UNWRITABLE
 */
export function acquireByGeneration(lock: string): Lock {
  try {
    return acquire(lock);
  } catch (error) {
    if (error instanceof EgressError) throw error;
    throw new EgressError('JOURNAL_UNWRITABLE', `cannot lock ${lock}: ${systemCode(error) ?? 'unknown error'}`, {
      hint: 'The key directory has to be writable by the user who records.',
      cause: error,
    });
  }
}

function acquire(lock: string): Lock {
  const before = highest(lock);
  const held = `${lock}.${before}`;
  if (before > 0 && !isFree(held)) throw locked(lock, readHolder(held));
  const own = `${lock}.${before + 1}`;
  if (!create(own)) throw locked(lock, readHolder(own));
  // Somebody who looked before us, was stopped, and went on now: others have taken the lock since, and count higher.
  if (highest(lock) !== before + 1) {
    rmSync(own, { force: true });
    throw locked(lock, undefined);
  }
  rmSync(held, { force: true });
  return {
    release(): void {
      truncateSync(own);
    },
  };
}

/** Puts the file there with all of its text at once. @returns false if it is there already */
function create(file: string): boolean {
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(fresh, holderText(), { flag: 'wx', mode: 0o600 });
  try {
    linkSync(fresh, file);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
}
