/** Calls that are alike in all that a report groups by. */

/** What the policy says of a call. `unjudged`: there is no policy to ask. */
export const CLASSES = ['expected', 'unexpected', 'alarm', 'unjudged'] as const;
export type CallClass = (typeof CLASSES)[number];

export interface FlowIdentity {
  readonly direction: 'egress' | 'ingress';
  /** Absent where it is not known, and in a flow that stands for many. */
  readonly host?: string;
  readonly port?: number;
  readonly channel: string;
  /** Application protocol over a bare connection, where it is sure. */
  readonly protocol?: string;
  /** The culprit; absent where the call could not be attributed. */
  readonly package?: string;
  readonly version?: string;
  /** File name of a program that has no packages; `package` then is what started it. */
  readonly program?: string;
  /** `hooks`, `kernel` or `both`, as the record says. */
  readonly observer: string;
  /** Code, why only one of two active observers saw the call. */
  readonly because?: string;
  /** Whether the culprit lies in node_modules. */
  readonly thirdParty: boolean;
  readonly class: CallClass;
  /** Id of the rule that decided. */
  readonly rule?: string;
  /** Name of the vendor that the call belongs to. */
  readonly vendor?: string;
  /** Stands for calls to more destinations than are told apart. */
  readonly isRest?: true;
}

/** What calls add up to. */
export interface CallSums {
  calls: number;
  failed: number;
  /** Bytes, as far as known. */
  sent: number;
  received: number;
  /** Calls of which it is not known how much they sent, and received. */
  unsizedSent: number;
  unsizedReceived: number;
}

export interface FlowTotals extends CallSums {
  /** Timestamps as the records have them; empty where none was readable. */
  first: string;
  last: string;
  /** Number of the first record. */
  firstSeq: number;
  /** Who depends on the package, as the first record's call site has it: outermost first; empty for the project itself. */
  askedBy?: readonly string[];
}

export type Flow = Readonly<FlowIdentity> & FlowTotals;

/** Two calls with the same key belong to the same flow. */
export function flowKey(flow: FlowIdentity): string {
  return JSON.stringify([
    flow.direction,
    flow.host,
    flow.port,
    flow.channel,
    flow.protocol,
    flow.package,
    flow.version,
    flow.program,
    flow.observer,
    flow.because,
    flow.thirdParty,
    flow.class,
    flow.rule,
    flow.vendor,
    flow.isRest,
  ]);
}

/**
 * The flow that takes what is one too many. What a verdict asks for is kept: an unexpected call stays unexpected, and
 * one that nothing explains unexplained.
 */
export function restOf({ direction, class: callClass, observer, because }: FlowIdentity): FlowIdentity {
  return {
    ...{ direction, channel: '', observer, thirdParty: false, class: callClass, isRest: true },
    ...(because === undefined ? {} : { because }),
  };
}

export function emptySums(): CallSums {
  return { calls: 0, failed: 0, sent: 0, received: 0, unsizedSent: 0, unsizedReceived: 0 };
}

export function addSums(into: CallSums, from: Readonly<CallSums>): void {
  into.calls += from.calls;
  into.failed += from.failed;
  into.sent += from.sent;
  into.received += from.received;
  into.unsizedSent += from.unsizedSent;
  into.unsizedReceived += from.unsizedReceived;
}

export function emptyTotals(): FlowTotals {
  return { ...emptySums(), first: '', last: '', firstSeq: Number.MAX_SAFE_INTEGER };
}

export function addTotals(into: FlowTotals, from: Readonly<FlowTotals>): void {
  addSums(into, from);
  if (into.first === '' || (from.first !== '' && from.first < into.first)) into.first = from.first;
  if (from.last > into.last) into.last = from.last;
  if (from.firstSeq < into.firstSeq && from.askedBy !== undefined) into.askedBy = from.askedBy;
  into.firstSeq = Math.min(into.firstSeq, from.firstSeq);
}
