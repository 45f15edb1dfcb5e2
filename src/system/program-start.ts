import { spawn, type ChildProcess } from 'node:child_process';
import { EgressError } from '../core/error.js';
import type { Command } from '../core/launcher.js';
import type { KernelCalls } from './kernel-calls.js';
import { withInheritedFileLimit } from './open-file-limit.js';
import { withGroupsOf } from './user-rights.js';

/**
 * Starts the program as a child with our own stdin, stdout, stderr and process group: it cannot tell the difference.
 * @throws USER_REFUSED where it is to be another user's, and the system does not let us
 */
export function startProgram(command: Command, calls: KernelCalls | { readonly reason: string }): ChildProcess {
  const { file, args, cwd, env, user } = command;
  const rights = user === undefined ? {} : { uid: user.uid };
  const start = (): ChildProcess => spawn(file, args, { cwd, env, stdio: 'inherit', ...rights });
  if ('reason' in calls) {
    if (user === undefined) return start();
    throw new EgressError('USER_REFUSED', `--user needs system calls that cannot be made here (${calls.reason})`);
  }
  const limited = (): ChildProcess => withInheritedFileLimit(calls, start);
  return user === undefined ? limited() : withGroupsOf(calls, user, limited);
}
