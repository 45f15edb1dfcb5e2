import type { PolicyOutcome } from '../policy-outcome.js';

/** File that a finding points at: the policy, where a rule would belong; without one the project itself. */
export function policyFile({ policy }: Pick<PolicyOutcome, 'policy'>): string {
  return policy.name.startsWith('--') ? 'package.json' : policy.name;
}
