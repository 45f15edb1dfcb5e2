import type { ReasonCode } from '../../verdict/reason.js';
import { reasonText } from '../../verdict/verdict-text.js';
import type { Verdict } from '../../verdict/verdict.js';
import type { Unseen } from './traffic-diff.js';

const TROUBLE: ReadonlySet<ReasonCode> = new Set(['not_verified', 'not_checked']);
/** A comparison asks what was recorded, not what a policy makes of it. */
const OF_POLICY: ReadonlySet<ReasonCode> = new Set(['no_policy', 'policy_unreadable', 'unattributed']);

/** What of a verdict says that not all was seen. */
export function unseenOf({ reasons }: Verdict): Unseen {
  const said = (accept: (code: ReasonCode) => boolean): string[] =>
    reasons.filter(({ code }) => accept(code)).map((reason) => reasonText(reason));
  const incomplete = new Set(reasons.filter(({ weight }) => weight === 'incomplete').map(({ code }) => code));
  return {
    trouble: said((code) => TROUBLE.has(code)),
    holes: said((code) => incomplete.has(code) && !TROUBLE.has(code) && !OF_POLICY.has(code)),
  };
}
