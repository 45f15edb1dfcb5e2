import { sizesJson } from '../model/sizes.js';
import type { PolicyOutcome } from './policy-outcome.js';
import { verdictJson, type Json } from './verdict-json.js';

/** `egress policy check --json`, and `policy` in the summary file of a run. */
export function outcomeJson(outcome: PolicyOutcome): Json {
  const { policy, whatIf, verdict, conclusion, journals, calls, unexpected } = outcome;
  return {
    ...(policy === undefined ? {} : { policy }),
    what_if: whatIf,
    ...verdictJson(verdict),
    conclusion,
    calls,
    journals: journals.map((judged) => ({ journal: judged.journal, ...verdictJson(judged.verdict) })),
    unexpected: unexpected.map(({ isAlarm, group, hint }) => {
      const { host, port, channel, package: name, version, program, rule, firstSeq, askedBy } = group;
      return {
        ...{ alarm: isAlarm, host, port, channel, package: name, version, asked_by: askedBy, program, rule },
        ...{ calls: group.calls, ...sizesJson(group), first_seq: firstSeq, query: group.query },
        ...(hint === undefined ? {} : { hint }),
      };
    }),
  };
}
