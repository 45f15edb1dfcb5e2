/** A worker that is given an environment of its own would start without the preload. */
import workerThreads, { SHARE_ENV } from 'node:worker_threads';
import { ENV_SOCKET } from '../../event/frame.js';
import { joinedEnvironment } from './child-environment.js';
import { replace } from '../patch.js';
import { ProxyConstructor, construct } from '../primordials.js';
import type { Foreign } from '../primordials.js';
import type { Environment } from '../settings.js';
import { hookFailed, observing } from '../thread.js';

/** The environment that a worker was given, or would inherit from a process that has lost what it needs. */
function ownEnvironment(options: Foreign): NodeJS.ProcessEnv | undefined {
  const env: unknown = options?.env;
  if (env === SHARE_ENV) return undefined;
  if (typeof env === 'object' && env !== null) return env as NodeJS.ProcessEnv;
  return (env === undefined || env === null) && process.env[ENV_SOCKET] === undefined ? process.env : undefined;
}

/** A Proxy and not a subclass: `instanceof`, `extends` and the static members stay what they were. */
export function patchWorker(environment: Environment): void {
  const { Worker } = workerThreads;
  const observed = new ProxyConstructor(Worker, {
    construct(target, args: Foreign[], newTarget): object {
      let given = args;
      try {
        const env = observing() ? ownEnvironment(args[1]) : undefined;
        if (env !== undefined) given = [args[0], { ...args[1], env: joinedEnvironment(env, environment) }];
      } catch {
        hookFailed();
      }
      return construct(target, given, newTarget) as object;
    },
  });
  replace(workerThreads, 'Worker', observed);
}
