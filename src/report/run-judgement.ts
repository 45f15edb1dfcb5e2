/** A run that has just ended, judged by what stands in the journal: what an auditor will come to as well. */
import type { Policy } from '../policy/policy.js';
import { policyJudge } from './policy-judge.js';
import { PolicyAssessment, type PolicyOutcome } from './policy-outcome.js';
import { Traffic } from './rollup/traffic.js';

interface RecordedRun {
  readonly run: number;
  readonly failure: { readonly message: string } | undefined;
}

export function judgeRecordedRun(directory: string, policy: Policy, { run, failure }: RecordedRun): PolicyOutcome {
  const traffic = new Traffic(directory, { judge: policyJudge(policy), run });
  const steps = traffic.advance();
  while (steps.next().done !== true);
  const assessment = new PolicyAssessment(policy);
  // A recording that stopped has no more to say of what came after it.
  assessment.add(traffic.rollup, failure === undefined ? [] : [`the recording stopped: ${failure.message}`]);
  return assessment.outcome();
}
