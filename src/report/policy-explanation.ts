/** Why a recorded call is expected or not: the rule that decided, with its reason, or the rule that is missing. */
import type { ChalkInstance } from 'chalk';
import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';
import { targetText } from './endpoint-text.js';
import { LearnedRules } from './learned-rules.js';
import { judgeRecord } from './policy-judge.js';
import type { Judging } from './judging.js';
import { isInboundCall } from './call-facts.js';
import { findRecord, type RecordContext } from './record-context.js';
import { emptyTotals } from './rollup/flow.js';
import { identityOf } from './rollup/rollup.js';

export interface Explanation {
  readonly seq: number;
  /** What the call was about; safe to print. */
  readonly call: string;
  readonly class: 'expected' | 'unexpected' | 'alarm';
  /** Name of the policy that judges. */
  readonly policy: string;
  /** Whether it is another one than the run was recorded under. */
  readonly whatIf: boolean;
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

/**
 * @throws RECORD_NOT_FOUND if there is no such record, or it is not an outbound call; POLICY_MISSING if nothing says
 * what is expected
 */
export function explainRecord(journal: string, seq: number, judging: Judging): Explanation {
  const context = findRecord(journal, seq);
  if (context.view.kind !== 'net' || isInboundCall(context.view)) {
    throw new EgressError('RECORD_NOT_FOUND', `#${seq} is not an outbound call`, {
      hint: 'A policy is about outbound calls; egress log lists them.',
    });
  }
  const explanation = explainContext(context, judging);
  if (explanation !== undefined) return explanation;
  throw new EgressError('POLICY_MISSING', 'no policy says what is expected', {
    hint: '--policy FILE names one, --expect none expects nothing but this machine.\negress policy learn writes a first one from what was recorded.',
  });
}

/** @returns undefined for what is no outbound call, and where there is no policy */
export function explainContext(found: RecordContext, judging: Judging): Explanation | undefined {
  const { view, site, process, policy: inForce } = found;
  const policy = judging.policyFor(inForce);
  const context = { site: () => site, process: () => process };
  const judgement = view.kind === 'net' && policy !== undefined ? judgeRecord(policy, view, context) : undefined;
  if (judgement === undefined || policy === undefined) return undefined;
  const stated = [...policy.rules, ...policy.deny].find(({ id }) => id === judgement.rule);
  const learned = new LearnedRules();
  learned.add([{ ...identityOf(view, context, judgement), ...emptyTotals(), calls: 1 }], '');
  return {
    seq: view.seq ?? 0,
    call: targetText(view),
    class: judgement.class,
    policy: policy.name,
    whatIf: inForce !== undefined && inForce !== policy.digest,
    ...(judgement.rule === undefined ? {} : { rule: judgement.rule }),
    ...(stated === undefined ? {} : { why: stated.why, place: stated.place }),
    ...(judgement.expired === undefined ? {} : { expired: judgement.expired }),
    ...(judgement.class === 'unexpected' && judgement.rule === undefined ? { add: learned.toYaml() } : {}),
  };
}

const WORDS = { expected: '✓ EXPECTED', unexpected: '! UNEXPECTED', alarm: '✗ ALARM' } as const;

/** Without a final newline. */
export function explanationText(explanation: Explanation, colour: ChalkInstance): string {
  const { seq, call } = explanation;
  const paint = { expected: colour.green, unexpected: colour.yellow, alarm: colour.red }[explanation.class];
  const width = 11;
  const rows = explanationRows(explanation).map(([name, text]) => `  ${name.padEnd(width)} ${text}`.trimEnd());
  return [paint(`${WORDS[explanation.class]}   #${seq} ${call}`), '', ...rows].join('\n');
}

/** The same for every reader: a name, and what there is to say. Safe to print. */
export function explanationRows(explanation: Explanation): readonly (readonly [name: string, text: string])[] {
  const { policy, whatIf, rule, why, place, expired, add } = explanation;
  const some = (name: string, text: string | undefined, max: number): readonly (readonly [string, string])[] =>
    text === undefined ? [] : [[name, printable(text, { max })]];
  const isNothing = rule === undefined && expired === undefined;
  return [
    ...some('Decided by', isNothing ? 'nothing: no rule matches' : rule, 80),
    ...some('It stands', place, 200),
    ...some('Because', why, 400),
    ...some(
      'Expired',
      expired === undefined ? undefined : `${expired}: at the time of the call it did not hold any more`,
      120,
    ),
    ...some('Policy', policy, 80),
    ...some('What if', whatIf ? 'the run was recorded under another policy' : undefined, 80),
    ...(add ?? '')
      .split('\n')
      .filter((line) => line !== '' && line !== 'version: 1')
      .map((line, at) => [at === 0 ? 'Rule to add' : '', printable(line)] as const),
  ];
}
