/** What a child or worker needs in its environment to join the run, whatever the program put there. */
import { ENV_START, START_TAG } from '../../event/frame.js';
import type { Environment } from '../settings.js';

/** The preload itself: this code is bundled into it. */
const PRELOAD = __filename;
const quoted = `"${PRELOAD.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
const PERMISSION = /^--(experimental-)?permission$/;

/** Read before the program can change it. */
const started = process.env[ENV_START];

export function asksForPermissions(args: readonly string[]): boolean {
  return args.some((arg) => PERMISSION.test(arg));
}

/**
 * NODE_OPTIONS with the preload in front, once; the rest as it was. Under the permission model a preload that may not
 * be read kills the program on Node 20, so it may be; nothing else is allowed that was not.
 */
function withPreload(options: string, args: readonly string[]): string {
  let joined = options;
  if (asksForPermissions([...args, ...options.split(/\s+/)]) && !joined.includes(`--allow-fs-read=${quoted}`)) {
    joined = `--allow-fs-read=${quoted} ${joined}`;
  }
  if (!joined.includes(`--require ${quoted}`) && !joined.includes(`--require=${quoted}`)) {
    joined = `--require ${quoted} ${joined}`;
  }
  return joined.trimEnd();
}

/** Of `KEY=value` pairs, changed in place, as `ChildProcess.prototype.spawn` passes them to libuv. */
export function joinPairs(pairs: string[], args: readonly string[], environment: Environment, tag: string): void {
  const set = (name: string, value: (before: string) => string): void => {
    const index = pairs.findIndex((pair) => pair.startsWith(`${name}=`));
    const before = index < 0 ? '' : (pairs[index]?.slice(name.length + 1) ?? '');
    const pair = `${name}=${value(before)}`;
    if (index < 0) pairs.push(pair);
    else pairs[index] = pair;
  };
  set('NODE_OPTIONS', (before) => withPreload(before, args));
  for (const [name, value] of environment.variables) set(name, () => value);
  set(ENV_START, () => tag);
}

/** A copy of a worker's `env` option that joins. */
export function joinedEnvironment(env: NodeJS.ProcessEnv, environment: Environment): NodeJS.ProcessEnv {
  return {
    ...env,
    NODE_OPTIONS: withPreload(env['NODE_OPTIONS'] ?? '', []),
    ...Object.fromEntries(environment.variables),
  };
}

/** For the greeting: what this process came from. Whatever does not look like a tag of ours is none. */
export function startText(): string {
  return START_TAG.test(started ?? '') ? `,"start":"${started}"` : '';
}
