/** A stored call as a policy looks at it. */
import type { RecordView } from '../../event/record-view.js';
import type { PolicyCall } from '../../policy/call.js';
import { judge, type Judgement } from '../../policy/judge.js';
import type { Policy } from '../../policy/policy.js';
import { bytesOf, isInboundCall } from '../stored/call-facts.js';
import { EXPIRED, type Judge } from '../rollup/rollup.js';
import type { SegmentContext } from '../rollup/segment-context.js';

/** What a row refers to by number. */
type CallContext = Pick<SegmentContext, 'site' | 'process'>;

const TRANSPORTS: Readonly<Record<string, PolicyCall['transport']>> = { udp: 'udp', unix: 'unix' };

export function policyCall(view: RecordView, context: CallContext): PolicyCall {
  const question = view.text('dns', 'question', 'name');
  const address = view.text('network', 'peer', 'address');
  return {
    host: question ?? view.text('server', 'address'),
    address,
    port: view.integer('server', 'port') ?? view.integer('network', 'peer', 'port'),
    transport: TRANSPORTS[view.text('network', 'transport') ?? ''] ?? 'tcp',
    isLookup: question !== undefined,
    packageName: view.text('package', 'name'),
    packageVersion: context.site(view)?.text('package', 'version'),
    executable: context.process(view)?.text('process', 'executable'),
    method: view.text('http', 'request', 'method'),
    sent: bytesOf(view).sent,
    time: view.text('time') ?? '',
  };
}

/** What the policy says of a stored call; undefined for one that came in, which no policy is about. */
function judgeRecord(policy: Policy, view: RecordView, context: CallContext): Judgement | undefined {
  return isInboundCall(view) ? undefined : judge(policy, policyCall(view, context));
}

/** The same as a report counts by it. Without a policy nothing is judged. */
export function policyJudge(policy: Policy | undefined): Judge {
  if (policy === undefined) return () => ({ class: 'unjudged' });
  return (view, context) => {
    const judgement = judgeRecord(policy, view, context);
    if (judgement === undefined) return { class: 'unjudged' };
    const { class: callClass, rule, vendor, expired } = judgement;
    const decided = rule ?? (expired === undefined ? undefined : `${EXPIRED}${expired}`);
    return {
      class: callClass,
      ...(decided === undefined ? {} : { rule: decided }),
      ...(vendor === undefined ? {} : { vendor }),
    };
  };
}
