/** A run that has just ended, judged by what stands in the journal: what an auditor will come to as well. */
import type { Policy } from '../policy/policy.js';
import { policyJudge } from './policy-judge.js';
import { PolicyAssessment, type PolicyOutcome } from './policy-outcome.js';
import { Traffic } from './rollup/traffic.js';

interface RecordedRun {
  readonly run: number;
  readonly failure: { readonly message: string } | undefined;
  readonly lostUnjournaled: number;
  readonly unexplained: number | undefined;
}

export function judgeRecordedRun(directory: string, policy: Policy, recorded: RecordedRun): PolicyOutcome {
  const traffic = new Traffic(directory, { judge: policyJudge(policy), run: recorded.run });
  const steps = traffic.advance();
  while (steps.next().done !== true);
  const assessment = new PolicyAssessment(policy);
  assessment.add(traffic.rollup, troubleOf(recorded));
  return assessment.outcome();
}

function troubleOf({ failure, unexplained = 0 }: RecordedRun): string[] {
  const trouble: string[] = [];
  if (failure !== undefined) trouble.push(`the recording stopped: ${failure.message}`);
  if (unexplained > 0) trouble.push(`${unexplained} calls that nothing explains: egress log --unexplained`);
  return trouble;
}
