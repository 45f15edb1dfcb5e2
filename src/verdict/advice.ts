import type { Reason, ReasonCode } from './reason.js';

/** What to do, in one sentence; undefined where the finding itself says it. docs/VERDICTS.md says more. */
const ADVICE: Readonly<Record<ReasonCode, string | undefined>> = {
  not_verified: 'Keep this copy as it is; egress verify says where. Then verify another copy.',
  self_egress: 'Please report it: egress has no reason to connect.',
  body_while_off: 'Keep the journal as it is; egress forensics list shows the bodies. Ask who ran the recorder.',
  denied: undefined,
  undeclared: 'Ask the vendor, and stop the call until there is an answer.',
  not_checked: 'Bring its key (--key), or read it as a user who may; egress verify says more.',
  no_run: 'Is it the right folder? egress log shows what is in it.',
  unexpected: undefined,
  expired: undefined,
  recording_stopped: 'Mend the cause, and run again.',
  unfinished: 'Wait for its end, or run again: a recorder that was killed signs no end.',
  gap: 'egress log --gaps shows where. Close it, or accept it by name and reason (gaps: in the policy).',
  unexplained: 'egress log --unexplained lists them; native code and removed hooks look like this.',
  corrected: 'egress log --unexplained lists them.',
  unattributed: 'egress show SEQ shows what is known of the caller.',
  observer_missing: 'egress doctor says why it was not at work.',
  unobserved: 'Run again: nothing says that anybody looked.',
  unreadable_lines: 'egress verify says what they are.',
  unsigned: 'egress verify says which.',
  key_not_compared: 'Compare the key with one that you got on another way.',
  no_policy: 'egress policy learn > egress.policy.yaml makes a first one; --expect none needs none.',
  policy_unreadable: 'egress verify says what is missing; --policy FILE judges by another.',
};

/** Of the reasons in their order, each once. */
export function adviceFor(reasons: readonly Pick<Reason, 'code'>[]): readonly string[] {
  return [...new Set(reasons.flatMap(({ code }) => ADVICE[code] ?? []))];
}
