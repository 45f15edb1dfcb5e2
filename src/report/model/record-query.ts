import type { RecordView } from '../../event/record-view.js';
import type { CallClass, FlowIdentity } from '../rollup/flow.js';
import { identityOf } from '../rollup/call-flow.js';
import type { Judge } from '../rollup/rollup.js';
import type { SegmentContext } from '../rollup/segment-context.js';

/**
 * Which records a number of the report counts. A record is among them if it has every member that is set; an empty text
 * asks for records that do not say it. A query is plain data: it can be shown, compared, and put to other journals.
 */
export interface RecordQuery {
  readonly kind?: 'net' | 'gap' | 'reconcile' | 'body.stored';
  readonly direction?: 'egress' | 'ingress';
  readonly host?: string;
  readonly port?: number;
  readonly channel?: string;
  readonly package?: string;
  readonly version?: string;
  readonly program?: string;
  readonly protocol?: string;
  readonly observer?: string;
  /** Code, why only one of two active observers saw the call. */
  readonly because?: string;
  readonly class?: CallClass;
  /** Any of these. */
  readonly classes?: readonly CallClass[];
  readonly rule?: string;
  readonly vendor?: string;
  /** Calls of any vendor. */
  readonly vendors?: true;
  readonly thirdParty?: boolean;
  readonly failed?: true;
  /** Numbers of the records. */
  readonly seqs?: readonly number[];
  /** Reason of a gap. */
  readonly reason?: string;
  /** What the time begins with: `2026-10-20`, `2026-10-20T12`. */
  readonly time?: string;
  /** Number of the run. */
  readonly run?: number;
}

const TEXTS = [
  ...(['host', 'channel', 'protocol', 'package', 'version', 'program'] as const),
  ...(['observer', 'because', 'rule', 'vendor'] as const),
];

const DECLARED = [
  ...(['class', 'classes', 'rule', 'vendor', 'vendors'] as const),
  ...(['version', 'thirdParty', 'run'] as const),
] satisfies readonly (keyof RecordQuery)[];

/** Members that only the judge, or a call site declared earlier in the segment, can answer. */
export function needsContext(query: RecordQuery): boolean {
  return DECLARED.some((member) => query[member] !== undefined);
}

/** Whether the query may select calls of this flow; time and outcome are not of a flow. */
export function matchesFlow(query: RecordQuery, flow: FlowIdentity): boolean {
  if (query.direction !== undefined && flow.direction !== query.direction) return false;
  if (query.class !== undefined && flow.class !== query.class) return false;
  if (query.classes !== undefined && !query.classes.includes(flow.class)) return false;
  if (query.vendors === true && flow.vendor === undefined) return false;
  if (query.port !== undefined && flow.port !== query.port) return false;
  if (query.thirdParty !== undefined && flow.thirdParty !== query.thirdParty) return false;
  return TEXTS.every((name) => query[name] === undefined || (flow[name] ?? '') === query[name]);
}

export function matchesRecord(query: RecordQuery, view: RecordView, context: SegmentContext, judge: Judge): boolean {
  if (query.kind !== undefined && view.kind !== query.kind) return false;
  if (query.time !== undefined && !(view.text('time') ?? '').startsWith(query.time)) return false;
  if (query.run !== undefined && context.run !== query.run) return false;
  if (query.seqs !== undefined && !query.seqs.includes(view.seq ?? 0)) return false;
  if (query.reason !== undefined && view.text('gap', 'reason') !== query.reason) return false;
  // A call that was open when its row was written may have failed later, which another record tells.
  if (query.failed === true && view.text('event', 'outcome') !== 'failure') return false;
  if (query.kind !== 'net') return true;
  const judgement = needsContext(query) ? judge(view, context) : { class: 'unjudged' as const };
  return matchesFlow(query, identityOf(view, context, judgement));
}
