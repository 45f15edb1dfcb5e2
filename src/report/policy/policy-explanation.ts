/** Why a recorded call is expected or not: the rule that decided, with its reason, or the rule that is missing. */
import type { ChalkInstance } from 'chalk';
import { EgressError } from '../../core/error.js';
import { printable } from '../../core/printable.js';
import type { PolicyCall } from '../../policy/call.js';
import { judge } from '../../policy/judge.js';
import { nearMisses, type NearMiss } from '../../policy/near-miss.js';
import type { Policy } from '../../policy/policy.js';
import { endpointText, targetText } from '../text/endpoint-text.js';
import { LearnedRules } from './learned-rules.js';
import { policyCall } from './policy-judge.js';
import type { Judging } from './judging.js';
import { isInboundCall } from '../stored/call-facts.js';
import { findRecord, type RecordContext } from '../stored/record-context.js';
import { countText } from '../text/quantity-text.js';
import { emptyTotals, type FlowIdentity } from '../rollup/flow.js';
import { identityOf } from '../rollup/call-flow.js';

export interface Explanation {
  /** Of the record; absent for a call that somebody asks about. */
  readonly seq?: number;
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
  /** Where nothing matched: rules that lead to the same host, and what keeps each from matching. */
  readonly near?: readonly NearMiss[];
  /** And how many lead elsewhere. */
  readonly elsewhere?: number;
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
  if (explanation === undefined) throw noPolicy();
  return explanation;
}

export function noPolicy(): EgressError {
  return new EgressError('POLICY_MISSING', 'no policy says what is expected', {
    hint: '--policy FILE names one, --expect none expects nothing but this machine.\negress policy learn writes a first one from what was recorded.',
  });
}

/** @returns undefined for what is no outbound call, and where there is no policy */
export function explainContext(found: RecordContext, judging: Judging): Explanation | undefined {
  const { view, site, process, policy: inForce } = found;
  const policy = judging.policyFor(inForce);
  if (view.kind !== 'net' || isInboundCall(view) || policy === undefined) return undefined;
  const context = { site: () => site, process: () => process };
  const identity = identityOf(view, context, { class: 'unexpected' });
  return {
    seq: view.seq ?? 0,
    call: targetText(view),
    whatIf: inForce !== undefined && inForce !== policy.digest,
    ...explained(policy, policyCall(view, context), identity),
  };
}

/** A call that nobody made yet. */
export function explainCall(policy: Policy, call: PolicyCall): Explanation {
  const { host, port, transport, packageName, executable } = call;
  const program = packageName === undefined ? executable?.replace(/^.*\//, '') : undefined;
  const identity: FlowIdentity = {
    ...{ direction: 'egress', channel: transport, observer: '', thirdParty: false, class: 'unexpected' },
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(packageName === undefined ? {} : { package: packageName }),
    ...(program === undefined ? {} : { program }),
  };
  const udp = transport === 'udp' ? '/udp' : '';
  return { call: `${endpointText(host, port)}${udp}`, whatIf: false, ...explained(policy, call, identity) };
}

function explained(
  policy: Policy,
  call: PolicyCall,
  identity: FlowIdentity,
): Omit<Explanation, 'seq' | 'call' | 'whatIf'> {
  const { class: callClass, rule, vendor, expired } = judge(policy, call);
  const decided = { class: callClass, policy: policy.name };
  if (rule !== undefined) {
    const stated = [...policy.rules, ...policy.deny].find(({ id }) => id === rule);
    const because = stated?.why ?? declaredText(policy, vendor);
    return {
      ...{ ...decided, rule },
      ...(because === undefined ? {} : { why: because }),
      ...(stated === undefined ? {} : { place: stated.place }),
    };
  }
  const { rules, elsewhere } = nearMisses(policy, call);
  const learned = new LearnedRules();
  learned.add([{ ...identity, ...emptyTotals(), calls: 1 }], '');
  return {
    ...decided,
    ...(expired === undefined ? {} : { expired }),
    ...{ near: rules.filter((one) => one.rule !== expired), elsewhere },
    // Its counts are of one call, which says nothing.
    add: learned.toYaml().replaceAll(/^ *#.*\n?/gm, ''),
  };
}

/** What the vendor said that it does: inside of it a call is expected, all else of theirs is an alarm. */
function declaredText({ vendors }: Policy, name: string | undefined): string | undefined {
  const declared = vendors.find((vendor) => vendor.name === name)?.declared ?? [];
  if (declared.length === 0) return undefined;
  const texts = declared.map(({ to, methods, requestBytesMax }) => {
    const size = requestBytesMax === undefined ? [] : [`of at most ${countText(requestBytesMax, 'byte')}`];
    return [...(methods.length === 0 ? [] : [methods.join(' or ')]), to.text, ...size].join(' ');
  });
  return `${name ?? '?'} declared ${texts.join('; ')}, and nothing else`;
}

const WORDS = { expected: '✓ EXPECTED', unexpected: '! UNEXPECTED', alarm: '✗ ALARM' } as const;

/** Without a final newline. */
export function explanationText(explanation: Explanation, colour: ChalkInstance): string {
  const { seq, call } = explanation;
  const paint = { expected: colour.green, unexpected: colour.yellow, alarm: colour.red }[explanation.class];
  const width = 11;
  const rows = explanationRows(explanation).map(([name, text]) => `  ${name.padEnd(width)} ${text}`.trimEnd());
  const which = seq === undefined ? call : `#${seq} ${call}`;
  return [paint(`${WORDS[explanation.class]}   ${which}`), '', ...rows].join('\n');
}

const NEAR_MAX = 8;

function elsewhereText(near: readonly NearMiss[], elsewhere: number): string {
  const hidden = Math.max(0, near.length - NEAR_MAX);
  const others = near.length === 0 ? countText(elsewhere, 'rule') : countText(elsewhere, 'other rule');
  return `${hidden > 0 ? `${hidden} more, ` : ''}${others}, for other hosts`;
}

/** The same for every reader: a name, and what there is to say. Safe to print. */
export function explanationRows(explanation: Explanation): readonly (readonly [name: string, text: string])[] {
  const { policy, whatIf, rule, why, place, expired, near = [], elsewhere = 0, add } = explanation;
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
    ...near
      .slice(0, NEAR_MAX)
      .map(
        ({ rule: id, place: at, because }, index) =>
          [index === 0 ? 'Not by' : '', printable(`${id}, which ${because} (${at})`, { max: 240 })] as const,
      ),
    ...some(near.length === 0 ? 'Not by' : '', elsewhere === 0 ? undefined : elsewhereText(near, elsewhere), 80),
    ...some('Policy', policy, 80),
    ...some('What if', whatIf ? 'the run was recorded under another policy' : undefined, 80),
    ...(add ?? '')
      .split('\n')
      .filter((line) => line !== '' && line !== 'version: 1')
      .map((line, at) => [at === 0 ? 'Rule to add' : '', printable(line)] as const),
  ];
}
