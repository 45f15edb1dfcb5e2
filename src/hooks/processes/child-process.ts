/** Children: each is announced, so that one that never joins shows as a gap, and gets what it needs to join. */
import { ChildProcess } from 'node:child_process';
import { threadId } from 'node:worker_threads';
import path from 'node:path';
import { FILE_PATH_CHARS_MAX, NAME_CHARS_MAX } from '../../core/limits.js';
import { asksForPermissions, joinPairs } from './child-environment.js';
import { quote } from '../json-text.js';
import { attempt, wrap } from '../patch.js';
import { apply, isArray } from '../primordials.js';
import type { Foreign, ForeignFunction } from '../primordials.js';
import type { Environment } from '../settings.js';
import { captureSite } from '../caller/stack.js';
import { channel, hookFailed, observing } from '../thread.js';

function argsOf(options: Foreign): string[] {
  return isArray(options?.args) ? options.args.filter((arg: unknown) => typeof arg === 'string') : [];
}

/** From Node 25 on the permission model refuses every connection, the recorder's too, without `--allow-net`. */
function refusal(args: readonly string[]): string {
  const isRefused = Number.parseInt(process.versions.node, 10) >= 25 && asksForPermissions(args);
  return isRefused && !args.includes('--allow-net') ? ',"why":"permission_model"' : '';
}

/** Children that this thread has started. */
let starts = 0;

const SCRIPT_VARIABLES = ['npm_lifecycle_event', 'npm_package_json', 'npm_package_name'];

/**
 * The script of a package that a package manager is about to run, if this is one: what the script does is the
 * package's doing, and not the package manager's. A child that merely inherits these variables starts no script.
 */
function scriptText({ envPairs, cwd }: Foreign): string | undefined {
  if (!isArray(envPairs)) return undefined;
  const [event, file] = SCRIPT_VARIABLES.map((name) => variable(envPairs, name));
  const isInherited = SCRIPT_VARIABLES.every((name) => variable(envPairs, name) === process.env[name]);
  if (event === undefined || isInherited) return undefined;
  const packageFile = file ?? path.join(String(cwd ?? process.cwd()), 'package.json');
  return `,"script":[${quote(packageFile, FILE_PATH_CHARS_MAX)},${quote(event, NAME_CHARS_MAX)}]`;
}

function variable(pairs: readonly unknown[], name: string): string | undefined {
  for (const pair of pairs) {
    if (typeof pair === 'string' && pair.startsWith(`${name}=`)) return pair.slice(name.length + 1);
  }
  return undefined;
}

/** Who starts it: a script, or the site above `spawn`; nothing where neither can be told. */
function starterText(options: Foreign, spawn: ForeignFunction): string {
  const script = scriptText(options);
  if (script !== undefined) return script;
  const site = captureSite(spawn);
  if (site === undefined) return '';
  channel().declare(site);
  return `,"site":${site.number}`;
}

/** Before it is started, at once: what it does may come to the recorder's eyes before its pid does. */
function announceStart(options: Foreign, spawn: ForeignFunction, tag: string): string {
  const starter = `,"tag":"${tag}"${starterText(options, spawn)}`;
  channel().push(`{"t":"child","file":${quote(String(options?.file), FILE_PATH_CHARS_MAX)}${starter}}`);
  channel().flush();
  return starter;
}

function announce(pid: unknown, options: Foreign, starter: string): void {
  if (!observing() || typeof pid !== 'number' || pid <= 0) return;
  const file = quote(String(options?.file), FILE_PATH_CHARS_MAX);
  channel().push(`{"t":"child","pid":${pid},"file":${file}${starter}${refusal(argsOf(options))}}`);
}

function observed(environment: Environment, pidOf: (self: Foreign, result: Foreign) => unknown) {
  return (original: ForeignFunction): ForeignFunction =>
    function spawn(this: Foreign, options: Foreign) {
      let starter = '';
      starts += 1;
      const tag = `${process.pid}-${threadId}.${starts}`;
      try {
        if (observing()) starter = announceStart(options, spawn, tag);
        if (observing() && isArray(options?.envPairs)) joinPairs(options.envPairs, argsOf(options), environment, tag);
      } catch {
        hookFailed();
      }
      const result: Foreign = apply(original, this, arguments);
      try {
        announce(pidOf(this, result), options, starter);
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
