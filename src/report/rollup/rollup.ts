/**
 * What a report counts, of any number of records, in bounded memory: however many destinations, packages and hours a
 * program makes up, only so many are told apart, and the rest is counted together and shown as such.
 */
import type { RecordView } from '../../event/record-view.js';
import { bytesOf } from '../stored/call-facts.js';
import { UNEXPLAINED } from '../../event/net-record.js';
import { isBodyInTime } from '../../officers/capture.js';
import { count, countGap, type RunTally } from '../../verdict/run-tally.js';
import {
  addSums,
  addTotals,
  emptyTotals,
  flowKey,
  restOf,
  type CallClass,
  type Flow,
  type FlowIdentity,
} from './flow.js';
import { BodyLog } from './body-log.js';
import { askedByOf, HOST_CHARS_MAX, identityOf, NAME_CHARS_MAX } from './call-flow.js';
import { Hours } from './hours.js';
import { observersOf, RunLog } from './run-log.js';
import { RunTallies } from './run-tallies.js';
import type { SegmentContext } from './segment-context.js';

/** What the policy says of one call. */
interface Judgement {
  readonly class: CallClass;
  readonly rule?: string;
  readonly vendor?: string;
}

/** Before the id of a rule that would have expected a call, had it not expired. */
export const EXPIRED = 'expired:';

export type Judge = (call: RecordView, context: SegmentContext) => Judgement;

/** Records of one reason for a gap. */
export interface GapTotals {
  records: number;
  /** Sum of the records' counts. */
  lost: number;
  firstSeq: number;
}

/** A call whose row was written while it was open. */
interface OpenCall {
  readonly key: string;
  readonly hour: string;
  /** Undefined where it was not known yet. */
  readonly sent: number | undefined;
  readonly received: number | undefined;
}

const FLOWS_MAX = 4_096;
const OPEN_MAX = 16_384;
const REASONS_MAX = 64;

export class Rollup {
  readonly flows = new Map<string, Flow>();
  readonly hours = new Hours();
  readonly runs = new RunLog();
  readonly tallies = new RunTallies();
  readonly gaps = new Map<string, GapTotals>();
  readonly bodies = new BodyLog();
  records = 0;
  /** Lines that are no records. */
  broken = 0;
  /** Calls that came from egress itself. */
  self = 0;
  first = '';
  last = '';
  lastSeq = 0;
  readonly #open = new Map<number, OpenCall>();
  /** `net.end` records whose rows lie in an earlier segment. */
  readonly #ends: RecordView[] = [];

  add(view: RecordView, context: SegmentContext, judge: Judge): void {
    this.records += 1;
    const time = view.text('time') ?? '';
    if (this.first === '') this.first = time;
    if (time > this.last) this.last = time;
    this.lastSeq = view.seq ?? this.lastSeq;
    switch (view.kind) {
      case 'net':
        this.#call(view, context, judge);
        break;
      case 'net.end':
        this.#end(view);
        break;
      case 'gap':
        this.#gap(view, context);
        break;
      case 'reconcile':
        this.#tally(context).corrected += 1;
        break;
      case 'body.stored':
        this.bodies.add(view);
        if (!isBodyInTime(context.captureUntil, time)) this.#tally(context).bodiesWhileOff += 1;
        break;
      case 'run.open':
      case 'run.close':
      case 'session.open':
      case 'policy':
        this.#runRecord(view, context);
        break;
      default:
        context.learn(view);
        this.bodies.add(view);
        if (view.kind === 'segment.open') this.#tally(context).policy = context.policy;
    }
  }

  /** A line that is no record. */
  addBroken(context: SegmentContext): void {
    this.broken += 1;
    this.#tally(context).unreadableLines += 1;
  }

  /** Adds what a later stretch of the same journal, or another journal, counted. */
  merge(later: Rollup): void {
    this.records += later.records;
    this.broken += later.broken;
    this.self += later.self;
    if (this.first === '' || (later.first !== '' && later.first < this.first)) this.first = later.first;
    if (later.last > this.last) this.last = later.last;
    this.lastSeq = Math.max(this.lastSeq, later.lastSeq);
    const keys = this.addFlows(later);
    this.hours.merge(later.hours, (key) => keys.get(key) ?? key);
    this.runs.merge(later.runs);
    this.tallies.merge(later.tallies);
    this.bodies.merge(later.bodies.facts);
    for (const [reason, totals] of later.gaps) this.#addGap(reason, totals);
    for (const end of later.#ends) this.#end(end);
    for (const [seq, call] of later.#open) this.#remember(seq, { ...call, key: keys.get(call.key) ?? call.key });
  }

  /**
   * Adds the calls of another journal, whose records have numbers of their own.
   * @returns the key that each flow has here, by the key that it has there
   */
  addFlows(other: Rollup): ReadonlyMap<string, string> {
    const keys = new Map<string, string>();
    for (const [key, flow] of other.flows) {
      const into = this.#flow(flow, key);
      keys.set(key, into.key);
      addTotals(into.flow, flow);
    }
    return keys;
  }

  /** Open calls and ends without a row, for storing them. */
  get loose(): { readonly open: readonly (readonly [number, OpenCall])[]; readonly ends: readonly RecordView[] } {
    return { open: [...this.#open], ends: this.#ends };
  }

  restoreLoose(open: readonly (readonly [number, OpenCall])[], ends: readonly RecordView[]): void {
    for (const [seq, call] of open) this.#remember(seq, call);
    this.#ends.push(...ends.slice(0, OPEN_MAX));
  }

  #tally({ run }: SegmentContext): RunTally {
    return this.tallies.of(run);
  }

  #runRecord(view: RecordView, context: SegmentContext): void {
    const tally = this.#tally(context);
    if (view.kind === 'session.open') tally.isSession = true;
    else if (view.kind === 'policy') tally.policyName = view.text('policy', 'name')?.slice(0, HOST_CHARS_MAX);
    else this.runs.add(view);
    if (view.kind === 'run.open') tally.observers = observersOf(view);
    if (view.kind === 'run.close') tally.hasEnd = true;
  }

  #call(view: RecordView, context: SegmentContext, judge: Judge): void {
    const identity = identityOf(view, context, judge(view, context));
    tallyCall(this.#tally(context), identity);
    const { key, flow } = this.#flow(identity);
    const { sent, received } = bytesOf(view);
    const time = view.text('time') ?? '';
    const seq = view.seq ?? Number.MAX_SAFE_INTEGER;
    const failed = view.text('event', 'outcome') === 'failure' ? 1 : 0;
    const unsized = { unsizedSent: sent === undefined ? 1 : 0, unsizedReceived: received === undefined ? 1 : 0 };
    const call = { calls: 1, failed, sent: sent ?? 0, received: received ?? 0, ...unsized };
    addTotals(flow, { ...call, ...askedByOf(context.site(view)), first: time, last: time, firstSeq: seq });
    const hour = time.slice(0, 13);
    this.hours.add(hour, key, call);
    if (identity.package === 'egress') this.self += 1;
    if (view.flag('egress', 'open')) this.#remember(seq, { key, hour, sent, received });
  }

  /** Totals of a call replace what its row knew of it. */
  #end(view: RecordView): void {
    const seq = view.integer('ends') ?? -1;
    const call = this.#open.get(seq);
    const flow = this.flows.get(call?.key ?? '');
    if (call === undefined || flow === undefined) {
      if (this.#ends.length < OPEN_MAX) this.#ends.push(view);
      return;
    }
    this.#open.delete(seq);
    const bytes = bytesOf(view, undefined, flow.direction === 'ingress');
    const sent = gained(call.sent, bytes.sent);
    const received = gained(call.received, bytes.received);
    const failed = view.text('event', 'outcome') === 'failure' ? 1 : 0;
    const sums = { calls: 0, failed, sent: sent.bytes, received: received.bytes };
    const more = { ...sums, unsizedSent: sent.unsized, unsizedReceived: received.unsized };
    addSums(flow, more);
    this.hours.add(call.hour, call.key, more);
  }

  #remember(seq: number, call: OpenCall): void {
    if (this.#open.size < OPEN_MAX) this.#open.set(seq, call);
  }

  #gap(view: RecordView, context: SegmentContext): void {
    const reason = (view.text('gap', 'reason') ?? '?').slice(0, NAME_CHARS_MAX);
    const lost = view.integer('gap', 'count') ?? 0;
    countGap(this.#tally(context).gaps, reason, { records: 1, lost });
    this.#addGap(reason, { records: 1, lost, firstSeq: view.seq ?? Number.MAX_SAFE_INTEGER });
  }

  #addGap(reason: string, { records, lost, firstSeq }: Readonly<GapTotals>): void {
    const name = this.gaps.has(reason) || this.gaps.size < REASONS_MAX ? reason : '(other)';
    const totals = this.gaps.get(name) ?? { records: 0, lost: 0, firstSeq };
    totals.records += records;
    totals.lost += lost;
    totals.firstSeq = Math.min(totals.firstSeq, firstSeq);
    this.gaps.set(name, totals);
  }

  #flow(identity: FlowIdentity, known = flowKey(identity)): { readonly key: string; readonly flow: Flow } {
    const found = this.flows.get(known);
    if (found !== undefined) return { key: known, flow: found };
    const isFull = this.flows.size >= FLOWS_MAX && identity.isRest !== true;
    const [kept, key] = isFull ? [restOf(identity), flowKey(restOf(identity))] : [identity, known];
    const flow = this.flows.get(key) ?? { ...kept, ...emptyTotals() };
    this.flows.set(key, flow);
    return { key, flow };
  }
}

/** What the total of a call adds to what its row knew. */
function gained(known: number | undefined, total: number | undefined): { bytes: number; unsized: number } {
  const bytes = Math.max(0, (total ?? known ?? 0) - (known ?? 0));
  return { bytes, unsized: known === undefined && total !== undefined ? -1 : 0 };
}

/** What a call means for the verdict on its run. */
function tallyCall(tally: RunTally, flow: FlowIdentity): void {
  const { direction, class: callClass, rule = '', because = '' } = flow;
  if (flow.package === 'egress') tally.self += 1;
  if (UNEXPLAINED.has(because)) count(tally.unexplained, because);
  if (direction !== 'egress') return;
  tally.outbound += 1;
  if (callClass === 'alarm') count(tally.alarms, rule);
  if (callClass === 'unexpected') tally.unexpected += 1;
  if (callClass === 'unexpected' && rule.startsWith(EXPIRED)) count(tally.expired, rule.slice(EXPIRED.length));
  // A program without packages is named itself. What a policy expects or not, it has said without knowing who calls.
  const isNamed = flow.package !== undefined || flow.program !== undefined;
  if (callClass === 'unjudged') tally.unjudged += 1;
  if (!isNamed && callClass === 'unjudged') tally.unattributed += 1;
}
