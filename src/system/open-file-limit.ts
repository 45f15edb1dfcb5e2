/**
 * Node raises its limit of open files to what is allowed at all, and children would inherit that: a program that
 * closes every possible descriptor (old daemons do) then takes seconds to start.
 */
import { readFileSync } from 'node:fs';
import type { KernelCalls } from './kernel-calls.js';

const RLIMIT_NOFILE = 7;

/** The limits of whoever started us, who had no reason to give us others. */
function parentLimits(): { readonly soft: bigint; readonly hard: bigint } | undefined {
  try {
    const match = /^Max open files\s+([0-9]+)\s+([0-9]+)/m.exec(readFileSync(`/proc/${process.ppid}/limits`, 'latin1'));
    return match === null ? undefined : { soft: BigInt(match[1] ?? 0), hard: BigInt(match[2] ?? 0) };
  } catch {
    return undefined;
  }
}

/** Runs `fork`, which has to be over when it returns, with the limit that a child is to inherit. Linux only. */
export function withInheritedFileLimit<T>(calls: KernelCalls, fork: () => T): T {
  const own = Buffer.alloc(16);
  const inherited = parentLimits();
  if (inherited === undefined || calls.getrlimit(RLIMIT_NOFILE, own) !== 0) return fork();
  const [soft, hard] = [own.readBigUInt64LE(0), own.readBigUInt64LE(8)];
  if (inherited.hard !== hard || inherited.soft >= soft) return fork();
  const lowered = Buffer.from(own);
  lowered.writeBigUInt64LE(inherited.soft, 0);
  // Descriptors that are open stay open; for this moment no thread gets one beyond the limit.
  calls.setrlimit(RLIMIT_NOFILE, lowered);
  try {
    return fork();
  } finally {
    calls.setrlimit(RLIMIT_NOFILE, own);
  }
}
