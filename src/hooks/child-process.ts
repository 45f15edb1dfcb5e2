/** Children: each is announced, so that one that never joins shows as a gap, and gets what it needs to join. */
import { ChildProcess } from 'node:child_process';
import { FILE_PATH_CHARS_MAX } from '../core/limits.js';
import { asksForPermissions, joinPairs } from './child-environment.js';
import { quote } from './json-text.js';
import { attempt, wrap } from './patch.js';
import { apply, isArray } from './primordials.js';
import type { Foreign, ForeignFunction } from './primordials.js';
import type { Environment } from './settings.js';
import { channel, hookFailed, observing } from './thread.js';

function argsOf(options: Foreign): string[] {
  return isArray(options?.args) ? options.args.filter((arg: unknown) => typeof arg === 'string') : [];
}

/** From Node 25 on the permission model refuses every connection, the recorder's too, without `--allow-net`. */
function refusal(args: readonly string[]): string {
  const isRefused = Number.parseInt(process.versions.node, 10) >= 25 && asksForPermissions(args);
  return isRefused && !args.includes('--allow-net') ? ',"why":"permission_model"' : '';
}

function announce(pid: unknown, options: Foreign): void {
  if (!observing() || typeof pid !== 'number' || pid <= 0) return;
  const file = quote(String(options?.file), FILE_PATH_CHARS_MAX);
  channel().push(`{"t":"child","pid":${pid},"file":${file}${refusal(argsOf(options))}}`);
}

function observed(environment: Environment, pidOf: (self: Foreign, result: Foreign) => unknown) {
  return (original: ForeignFunction): ForeignFunction =>
    function spawn(this: Foreign, options: Foreign) {
      try {
        if (observing() && isArray(options?.envPairs)) joinPairs(options.envPairs, argsOf(options), environment);
      } catch {
        hookFailed();
      }
      const result: Foreign = apply(original, this, arguments);
      try {
        announce(pidOf(this, result), options);
      } catch {
        hookFailed();
      }
      return result;
    };
}

/** `spawnSync` and its like go past the class, straight to a binding that only `process.binding` gives out. */
function patchSync(environment: Environment): void {
  const target: Foreign = process;
  // Under --pending-deprecation the binding warns, and a program's stderr is not ours to write to.
  const before: unknown = target.noDeprecation;
  target.noDeprecation = true;
  try {
    const wrapSync = observed(environment, (_self, result) => result?.pid);
    wrap(target.binding('spawn_sync'), 'spawn', wrapSync);
  } finally {
    if (before === undefined) delete target.noDeprecation;
    else target.noDeprecation = before;
  }
}

export function patchChildProcess(environment: Environment): void {
  const wrapSpawn = observed(environment, (self) => self.pid);
  wrap(ChildProcess.prototype, 'spawn', wrapSpawn);
  attempt('child_process_sync', () => {
    patchSync(environment);
  });
}
