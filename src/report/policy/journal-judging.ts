/** Each run of a journal by its own policy, from what lies in the journal. */
import { sha256 } from '../../journal/tree/tree-hasher.js';
import type { Policy } from '../../policy/policy.js';
import type { Judging } from './judging.js';
import { policyJudge } from './policy-judge.js';
import { StoredPolicies } from '../stored/stored-policies.js';

export interface PolicyChoice {
  /** Named by the user: judges every run, whatever it was recorded under. */
  readonly given?: Policy | undefined;
  /** For runs that were recorded without a policy. */
  readonly fallback?: Policy | undefined;
}

/**
 * @param mayGrow whether the journal is read on while it is recorded: then a later run may be the first with a policy
 * @throws JOURNAL_UNREADABLE
 */
export async function judgingOf(
  directory: string,
  { given, fallback }: PolicyChoice,
  mayGrow = false,
): Promise<Judging> {
  if (given !== undefined) return { judge: policyJudge(given), digest: given.digest, policyFor: () => given };
  const stored = await StoredPolicies.open(directory, mayGrow);
  const policyFor = (inForce: string | undefined): Policy | undefined =>
    inForce === undefined ? fallback : stored.get(inForce);
  return {
    judge: (view, context) => policyJudge(policyFor(context.policy))(view, context),
    digest: sha256(Buffer.from(JSON.stringify([fallback?.digest, stored.digests]))),
    policyFor,
  };
}
