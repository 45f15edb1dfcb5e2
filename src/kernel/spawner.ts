/**
 * A worker thread that carries the filter and starts the program. Filters are inherited by whatever a thread forks
 * and by nothing else, so the recorder's other threads stay free; and the listener comes into the descriptor table
 * that all of them share. The thread has to end with the program: as long as it lives, so does the filter.
 */
import type { ChildProcess } from 'node:child_process';
import { parentPort } from 'node:worker_threads';
import { systemCode } from '../core/error.js';
import type { Command, Exit } from '../core/launcher.js';
import { kernelCalls, type KernelCalls } from '../system/kernel-calls.js';
import { startProgram } from '../system/program-start.js';
import { canFilterWithPrivileges } from '../system/process-status.js';
import { abiOf, ERRNO } from './abi.js';
import { assembleFilter } from './filter.js';

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
/** NEW_LISTENER, SPEC_ALLOW; and from Linux 5.19 a call that we have taken is not interrupted by signals. */
const FLAGS = 8 | 4;
const WAIT_KILLABLE = 32;

export type SpawnerMessage =
  | { readonly t: 'listener'; readonly fd: number; readonly noNewPrivileges: boolean }
  | { readonly t: 'refused'; readonly reason: string }
  | { readonly t: 'started'; readonly pid: number }
  | { readonly t: 'not_started'; readonly code: string }
  | { readonly t: 'exited'; readonly exit: Exit };

function refusal(errno: number): string {
  switch (errno) {
    case ERRNO.EBUSY:
      return 'observed_already';
    case ERRNO.ENOSYS:
    case ERRNO.EINVAL:
      return 'kernel_too_old';
    default:
      return 'not_permitted';
  }
}

function install(calls: KernelCalls): SpawnerMessage {
  const abi = abiOf(process.arch);
  if (abi === undefined) return { t: 'refused', reason: 'processor_unsupported' };
  const noNewPrivileges = !canFilterWithPrivileges();
  if (noNewPrivileges && calls.prctl(PR_SET_NO_NEW_PRIVS, 1) !== 0) return { t: 'refused', reason: 'not_permitted' };
  const filter = assembleFilter(abi);
  const program = Buffer.allocUnsafeSlow(16).fill(0);
  program.writeUInt16LE(filter.length / 8, 0);
  program.writeBigUInt64LE(calls.address(filter), 8);
  let fd = calls.seccomp(SECCOMP_SET_MODE_FILTER, FLAGS | WAIT_KILLABLE, program);
  if (fd < 0 && calls.errno() === ERRNO.EINVAL) fd = calls.seccomp(SECCOMP_SET_MODE_FILTER, FLAGS, program);
  return fd < 0 ? { t: 'refused', reason: refusal(calls.errno()) } : { t: 'listener', fd, noNewPrivileges };
}

function start(command: Command, calls: KernelCalls, post: (message: SpawnerMessage) => void): void {
  let child: ChildProcess;
  try {
    child = startProgram(command, calls);
  } catch (error) {
    post({ t: 'not_started', code: systemCode(error) ?? 'unknown error' });
    return;
  }
  child.once('error', (error) => {
    post({ t: 'not_started', code: systemCode(error) ?? 'unknown error' });
  });
  child.once('spawn', () => {
    post({ t: 'started', pid: child.pid ?? 0 });
  });
  child.once('exit', (code, signal) => {
    post({ t: 'exited', exit: signal === null ? { code: code ?? 0 } : { signal } });
  });
}

const parent = parentPort;
if (parent !== null) {
  const post = (message: SpawnerMessage): void => {
    parent.postMessage(message);
  };
  const calls = kernelCalls();
  if ('reason' in calls) post({ t: 'refused', reason: calls.reason });
  else {
    post(install(calls));
    // `once`: with no listener left, the thread ends when the program has.
    parent.once('message', (command: Command) => {
      start(command, calls, post);
    });
  }
}
