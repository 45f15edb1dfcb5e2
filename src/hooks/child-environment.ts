/** What a child or worker needs in its environment to join the run, whatever the program put there. */
import type { Environment } from './settings.js';

/** The preload itself: this code is bundled into it. */
const PRELOAD = __filename;

const quoted = `"${PRELOAD.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** NODE_OPTIONS with the preload in front, once; the rest as it was. */
function withPreload(options: string): string {
  if (options.includes(PRELOAD)) return options;
  const allow = /--(experimental-)?permission(?=\s|$)/.test(options) ? ` --allow-fs-read=${quoted}` : '';
  return `--require ${quoted}${allow}${options === '' ? '' : ` ${options}`}`;
}

/** Of `KEY=value` pairs, changed in place, as `ChildProcess.prototype.spawn` passes them to libuv. */
export function joinPairs(pairs: string[], environment: Environment): void {
  const set = (name: string, value: (before: string) => string): void => {
    const index = pairs.findIndex((pair) => pair.startsWith(`${name}=`));
    const before = index < 0 ? '' : (pairs[index]?.slice(name.length + 1) ?? '');
    const pair = `${name}=${value(before)}`;
    if (index < 0) pairs.push(pair);
    else pairs[index] = pair;
  };
  set('NODE_OPTIONS', withPreload);
  for (const [name, value] of environment.variables) set(name, () => value);
}

/** A copy of a worker's `env` option that joins. */
export function joinedEnvironment(env: NodeJS.ProcessEnv, environment: Environment): NodeJS.ProcessEnv {
  return {
    ...env,
    NODE_OPTIONS: withPreload(env['NODE_OPTIONS'] ?? ''),
    ...Object.fromEntries(environment.variables),
  };
}
