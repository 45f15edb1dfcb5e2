import type { PolicyOutcome } from '../policy/policy-outcome.js';

/** File that a finding points at: the policy, where a rule would belong; without one the project itself. */
export function policyFile({ policy }: Pick<PolicyOutcome, 'policy'>): string {
  const name = policy?.name ?? '--';
  return name.startsWith('--') || name.includes(' ') ? 'package.json' : name;
}
