/** Why a recorded call is expected or not: the rule that decided, with its reason, or the rule that is missing. */
import type { ChalkInstance } from 'chalk';
import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';
import type { Policy } from '../policy/policy.js';
import { targetText } from './endpoint-text.js';
import { LearnedRules } from './learned-rules.js';
import { judgeRecord } from './policy-judge.js';
import { findRecord } from './record-context.js';
import { emptyTotals } from './rollup/flow.js';
import { identityOf } from './rollup/rollup.js';

export interface Explanation {
  readonly seq: number;
  /** What the call was about; safe to print. */
  readonly call: string;
  readonly class: 'expected' | 'unexpected' | 'alarm';
  /** What decided; absent if nothing matched. */
  readonly rule?: string;
  readonly why?: string;
  /** Where the rule stands: `file:line:column`. */
  readonly place?: string;
  /** A rule that would have matched, had it not expired. */
  readonly expired?: string;
  /** YAML of a policy that expects the call. */
  readonly add?: string;
}

/** @throws RECORD_NOT_FOUND if there is no such record, or it is not an outbound call */
export function explainRecord(journal: string, seq: number, policy: Policy): Explanation {
  const { view, site, process } = findRecord(journal, seq);
  const context = { site: () => site, process: () => process };
  const judgement = view.kind === 'net' ? judgeRecord(policy, view, context) : undefined;
  if (judgement === undefined) {
    throw new EgressError('RECORD_NOT_FOUND', `#${seq} is not an outbound call`, {
      hint: 'A policy is about outbound calls; egress log lists them.',
    });
  }
  const stated = [...policy.rules, ...policy.deny].find(({ id }) => id === judgement.rule);
  const learned = new LearnedRules();
  learned.add([{ ...identityOf(view, context, judgement), ...emptyTotals(), calls: 1 }], journal);
  return {
    seq,
    call: targetText(view),
    class: judgement.class,
    ...(judgement.rule === undefined ? {} : { rule: judgement.rule }),
    ...(stated === undefined ? {} : { why: stated.why, place: stated.place }),
    ...(judgement.expired === undefined ? {} : { expired: judgement.expired }),
    ...(judgement.class === 'unexpected' && judgement.rule === undefined ? { add: learned.toYaml() } : {}),
  };
}

const WORDS = { expected: '✓ EXPECTED', unexpected: '! UNEXPECTED', alarm: '✗ ALARM' } as const;

/** Without a final newline. */
export function explanationText(explanation: Explanation, colour: ChalkInstance): string {
  const { seq, call, rule, why, place, expired, add } = explanation;
  const paint = { expected: colour.green, unexpected: colour.yellow, alarm: colour.red }[explanation.class];
  const lines = [paint(`${WORDS[explanation.class]}   #${seq} ${call}`), ''];
  if (rule !== undefined) lines.push(`  Decided by  ${printable(rule, { max: 80 })}`);
  if (place !== undefined) lines.push(`  It stands   ${printable(place, { max: 200 })}`);
  if (why !== undefined) lines.push(`  Because     ${printable(why, { max: 400 })}`);
  if (expired !== undefined)
    lines.push(`  Expired     ${printable(expired, { max: 80 })}: at the time of the call it did not hold any more`);
  if (rule === undefined && expired === undefined) lines.push('  Decided by  nothing: no rule matches');
  if (add !== undefined)
    lines.push('', '  A policy that expects it:', '', ...add.split('\n').map((line) => `    ${printable(line)}`));
  return lines.join('\n').trimEnd();
}
