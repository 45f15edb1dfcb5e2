import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type * as Inspector from 'node:inspector';
import { ffi } from './ffi.js';

const PR_SET_DUMPABLE = 4;

/**
 * Forbids other processes to read this process's memory, since keys and plaintext live there: through the debugger that
 * Node.js opens, to any user of this machine, for whoever may send it SIGUSR1; and, on Linux, through ptrace,
 * /proc/PID/mem and core dumps.
 * @returns false where the system does not offer the latter
 */
export function forbidMemoryReads(): boolean {
  if (isMainThread) closeDebugger();
  const bindings = ffi();
  if ('reason' in bindings || bindings.prctl === undefined) return false;
  return bindings.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) === 0;
}

/** With a listener of our own the signal opens nothing; and what it had opened before is closed. */
function closeDebugger(): void {
  if (process.platform !== 'win32' && !process.listeners('SIGUSR1').includes(ignore)) process.on('SIGUSR1', ignore);
  const require = createRequire(import.meta.url);
  try {
    const inspector = require('node:inspector') as typeof Inspector;
    if (inspector.url() !== undefined) inspector.close();
  } catch {
    // A Node.js that was built without a debugger.
  }
}

function ignore(): void {
  // Whom it was meant for has a listener of its own.
}
