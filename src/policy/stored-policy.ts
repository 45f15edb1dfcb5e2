/** Policies as a journal keeps them. Anybody may have written them. */
import { EgressError } from '../core/error.js';
import { isPolicyFile } from './policy-file-shape.js';
import type { Policy } from './policy.js';
import { invalid, resolve } from './resolve-policy.js';

/**
 * A policy with all that it extends in it, as JSON.
 * @throws POLICY_INVALID
 */
export function parseStoredPolicy(name: string, text: string): Policy {
  const file = parseJson(name, text);
  if (!isPolicyFile(file)) throw invalid(name, 'is no policy, or one that extends others');
  return resolve(name, [{ file, place: () => name }]);
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new EgressError('POLICY_INVALID', `${name} is no JSON`, { cause: error });
  }
}
