import { ffi } from './ffi.js';

const PR_SET_DUMPABLE = 4;

/**
 * Forbids other processes of this user to read this process's memory (ptrace, /proc/PID/mem, core dumps), since the
 * run key lives there. Linux only.
 * @returns false where the system does not offer it
 */
export function forbidMemoryReads(): boolean {
  const bindings = ffi();
  if ('reason' in bindings || bindings.prctl === undefined) return false;
  return bindings.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) === 0;
}
