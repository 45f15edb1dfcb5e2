/** Children: each is announced, so that one that never joins shows as a gap, and gets what it needs to join. */
import { ChildProcess } from 'node:child_process';
import { joinPairs } from './child-environment.js';
import { quote } from './json-text.js';
import { wrap } from './patch.js';
import { apply } from './primordials.js';
import type { Foreign } from './primordials.js';
import type { Environment } from './settings.js';
import { channel, hookFailed, observing } from './thread.js';

function announce(pid: unknown, file: unknown): void {
  if (!observing() || typeof pid !== 'number' || pid <= 0) return;
  channel().push(`{"t":"child","pid":${pid},"file":${quote(String(file), 255)}}`);
  // At once: the child may outlive us by being killed with us.
  channel().flush();
}

function prepare(options: Foreign, environment: Environment): void {
  if (observing() && Array.isArray(options?.envPairs)) joinPairs(options.envPairs, environment);
}

/** `process.binding` warns under this flag, and a program's stderr is not ours to write to. */
const WARNS = /--pending-deprecation/;

export function patchChildProcesses(environment: Environment): void {
  wrap(ChildProcess.prototype, 'spawn', (original) => {
    return function spawn(this: Foreign, options: Foreign) {
      try {
        prepare(options, environment);
      } catch {
        hookFailed();
      }
      const result: unknown = apply(original, this, arguments);
      try {
        announce(this.pid, options?.file);
      } catch {
        hookFailed();
      }
      return result;
    };
  });
  if (WARNS.test(process.execArgv.join(' ')) || WARNS.test(process.env['NODE_OPTIONS'] ?? '')) return;
  const { binding } = process as Foreign;
  wrap(binding.call(process, 'spawn_sync'), 'spawn', (original) => {
    return function spawn(this: Foreign, options: Foreign) {
      try {
        prepare(options, environment);
      } catch {
        hookFailed();
      }
      const result: Foreign = apply(original, this, arguments);
      try {
        announce(result?.pid, options?.file);
      } catch {
        hookFailed();
      }
      return result;
    };
  });
}
