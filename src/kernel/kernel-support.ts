/** What the kernel observer would do here, found out beforehand: by reading, and by asking without doing. */
import { readFileSync } from 'node:fs';
import { kernelCalls, type KernelCalls } from '../system/kernel-calls.js';
import { canFilterWithPrivileges } from '../system/process-status.js';
import { abiOf } from './abi.js';
import { openSocketEnds } from './socket-ends.js';

export interface KernelSupport {
  /** Why it would not work; a code, as in `run.open`. */
  readonly reason?: string;
  /** What it would not do; codes. */
  readonly limits: readonly string[];
}

const SECCOMP_GET_NOTIFICATION_SIZES = 3;

/** Changes nothing: a filter that was installed to try could not be taken away again. */
export function kernelSupport(): KernelSupport {
  const calls = kernelCalls();
  if ('reason' in calls) return { reason: calls.reason, limits: [] };
  if (abiOf(process.arch) === undefined) return { reason: 'processor_unsupported', limits: [] };
  if (calls.seccomp(SECCOMP_GET_NOTIFICATION_SIZES, 0, Buffer.alloc(6)) !== 0) {
    // The call is there since Linux 5.0; a container that forbids seccomp answers EPERM.
    return { reason: calls.errno() === 1 ? 'not_permitted' : 'kernel_too_old', limits: [] };
  }
  if (isFiltered()) return { limits: ['filtered_already', ...limitsOf(calls)] };
  return { limits: limitsOf(calls) };
}

function limitsOf(calls: KernelCalls): string[] {
  const limits: string[] = [];
  if (!canFilterWithPrivileges()) limits.push('no_new_privileges');
  const ends = openSocketEnds(calls);
  if (ends === undefined) limits.push('no_socket_ends');
  else calls.close(ends);
  if (!canLookAtSockets(calls)) limits.push('no_socket_look');
  if (yamaScope() >= 1 && process.getuid?.() !== 0) limits.push('daemons_unreadable');
  return limits;
}

/** Tried with a descriptor of our own: what forbids it altogether is an old kernel, or a container's profile. */
export function canLookAtSockets(calls: KernelCalls): boolean {
  const pidfd = calls.pidfdOpen(process.pid);
  if (pidfd < 0) return false;
  const copy = calls.pidfdGetfd(pidfd, pidfd);
  if (copy >= 0) calls.close(copy);
  calls.close(pidfd);
  return copy >= 0;
}

/** Somebody's filter is on us; if that one has a listener too, ours is refused with EBUSY. */
function isFiltered(): boolean {
  return /^Seccomp:\s*2$/m.test(readText('/proc/self/status'));
}

function yamaScope(): number {
  return Number(readText('/proc/sys/kernel/yama/ptrace_scope').trim() || '0');
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
