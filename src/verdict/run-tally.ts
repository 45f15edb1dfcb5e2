/** What is counted of one run for its verdict, in bounded memory whatever the program or its journal make up. */

export interface GapCount {
  records: number;
  /** Sum of the records' counts. */
  lost: number;
}

export interface RunTally {
  /** Of the run; 0 for records that belong to none, and for runs that are too many to be told apart. */
  readonly number: number;
  /** A command that wrote while nothing was recorded has the place of a run. */
  isSession: boolean;
  /** Whether its closing record is there. */
  hasEnd: boolean;
  /** Digest and name of the policy that it was recorded under; undefined for none. */
  policy: string | undefined;
  policyName: string | undefined;
  /** Observers that were at work; undefined where no record says so. */
  observers: readonly string[] | undefined;
  outbound: number;
  unexpected: number;
  /** Outbound calls that no policy judges; and those of them that nobody is named for. */
  unjudged: number;
  unattributed: number;
  /** Calls that came from egress itself. */
  self: number;
  /** Bodies that were stored while nobody had ordered it. */
  bodiesWhileOff: number;
  corrected: number;
  unreadableLines: number;
  /** Calls by the denial that they hit, or `vendor:<name>`. */
  readonly alarms: Map<string, number>;
  /** Unexpected calls by the expired rule that would have expected them. */
  readonly expired: Map<string, number>;
  /** Calls by the code that no innocent explanation goes with. */
  readonly unexplained: Map<string, number>;
  readonly gaps: Map<string, GapCount>;
}

/** Subjects that are told apart in each map; what is one too many goes by OTHER. */
const SUBJECTS_MAX = 64;
const OTHER = '(other)';
/** No digest of any policy: there is none that judges them all. */
const SEVERAL = '(several)';

export function emptyTally(number: number): RunTally {
  return {
    ...{ number, isSession: false, hasEnd: false, observers: undefined, policy: undefined, policyName: undefined },
    ...{ outbound: 0, unexpected: 0, unjudged: 0, unattributed: 0, self: 0, bodiesWhileOff: 0 },
    ...{ corrected: 0, unreadableLines: 0 },
    ...{ alarms: new Map(), expired: new Map(), unexplained: new Map(), gaps: new Map() },
  };
}

/** The key under which a subject is counted in a map. */
function subjectOf(map: ReadonlyMap<string, unknown>, subject: string): string {
  return map.has(subject) || map.size < SUBJECTS_MAX ? subject : OTHER;
}

export function count(map: Map<string, number>, subject: string, calls = 1): void {
  const key = subjectOf(map, subject);
  map.set(key, (map.get(key) ?? 0) + calls);
}

export function countGap(map: Map<string, GapCount>, subject: string, { records, lost }: Readonly<GapCount>): void {
  const key = subjectOf(map, subject);
  const known = map.get(key) ?? { records: 0, lost: 0 };
  map.set(key, { records: known.records + records, lost: known.lost + lost });
}

/** Adds what another stretch of the same run counted. */
export function addTally(into: RunTally, more: Readonly<RunTally>): void {
  addCounts(into, more);
  into.isSession ||= more.isSession;
  into.hasEnd ||= more.hasEnd;
  into.observers ??= more.observers;
  into.policy ??= more.policy;
  into.policyName ??= more.policyName;
}

/** Adds another run, where runs are not told apart any more: what holds for both is what each of them has. */
export function addRun(into: RunTally, run: Readonly<RunTally>, isFirst: boolean): void {
  addCounts(into, run);
  into.isSession = run.isSession && (isFirst || into.isSession);
  into.hasEnd = run.hasEnd && (isFirst || into.hasEnd);
  const both = into.observers?.filter((name) => run.observers?.includes(name));
  into.observers = isFirst ? run.observers : both;
  into.policy = isFirst || into.policy === run.policy ? run.policy : SEVERAL;
}

function addCounts(into: RunTally, more: Readonly<RunTally>): void {
  for (const name of [
    'outbound',
    'unexpected',
    'unjudged',
    'unattributed',
    'self',
    'bodiesWhileOff',
    'corrected',
    'unreadableLines',
  ] as const) {
    into[name] += more[name];
  }
  for (const name of ['alarms', 'expired', 'unexplained'] as const) {
    for (const [subject, calls] of more[name]) count(into[name], subject, calls);
  }
  for (const [subject, gap] of more.gaps) countGap(into.gaps, subject, gap);
}
