/** A worker that is given an environment of its own would start without the preload. */
import workerThreads, { SHARE_ENV } from 'node:worker_threads';
import { joinedEnvironment } from './child-environment.js';
import { replace } from './patch.js';
import { ProxyConstructor, construct } from './primordials.js';
import type { Foreign } from './primordials.js';
import type { Environment } from './settings.js';
import { hookFailed, observing } from './thread.js';

/** A Proxy and not a subclass: `instanceof`, `extends` and the static members stay what they were. */
export function patchWorkers(environment: Environment): void {
  const { Worker } = workerThreads;
  const observed = new ProxyConstructor(Worker, {
    construct(target, args: Foreign[], newTarget): object {
      const [file, options] = args;
      const env: unknown = options?.env;
      if (observing() && typeof env === 'object' && env !== null && (env as unknown) !== SHARE_ENV) {
        try {
          args = [file, { ...options, env: joinedEnvironment(env as NodeJS.ProcessEnv, environment) }];
        } catch {
          hookFailed();
        }
      }
      return construct(target, args, newTarget) as object;
    },
  });
  replace(workerThreads, 'Worker', observed);
}
