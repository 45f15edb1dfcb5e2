/** A run that has just ended, judged by what stands in the journal: what an auditor will come to as well. */
import type { Policy } from '../../policy/policy.js';
import { journalVerdict } from '../model/journal-verdict.js';
import { policyJudge } from './policy-judge.js';
import { PolicyAssessment, type PolicyOutcome } from './policy-outcome.js';
import { Traffic } from '../rollup/traffic.js';

interface RecordedRun {
  /** As the user named the journal. */
  readonly journal: string;
  readonly run: number;
  readonly failure: { readonly message: string } | undefined;
}

export function judgeRecordedRun(directory: string, policy: Policy, recorded: RecordedRun): PolicyOutcome {
  const { journal, run, failure } = recorded;
  const judging = { judge: policyJudge(policy), digest: policy.digest, policyFor: () => policy };
  const traffic = new Traffic(directory, { judge: judging.judge, run });
  const steps = traffic.advance();
  while (steps.next().done !== true);
  const verdict = journalVerdict({
    rollup: traffic.rollup,
    verification: 'own',
    termsOf: () => policy,
    ...(failure === undefined ? {} : { stopped: failure.message }),
  });
  const assessment = new PolicyAssessment(policy);
  assessment.add(journal, traffic.rollup, verdict, judging);
  return assessment.outcome();
}
