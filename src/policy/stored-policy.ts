/** Policies as a journal keeps them. Anybody may have written them. */
import { EgressError } from '../core/error.js';
import type { Policy } from './policy.js';
import { policySchema } from './policy-schema.js';
import { checked, invalid, resolve } from './resolve-policy.js';

/**
 * A policy with all that it extends in it, as JSON.
 * @throws POLICY_INVALID
 */
export function parseStoredPolicy(name: string, text: string): Policy {
  const source = checked(policySchema, {
    value: parseJson(name, text),
    places: { ofValue: () => name, ofKey: () => name },
  });
  if (source.file.extends !== undefined) throw invalid(name, 'a policy in a journal extends nothing');
  return resolve(name, [source]);
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new EgressError('POLICY_INVALID', `${name} is no JSON`, { cause: error });
  }
}
