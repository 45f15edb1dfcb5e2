/** Why a verdict is not green: every reason there is, how bad it is, and what a job that asks for an exit code gets. */

/** From the worst to the best; the first that has a reason is the verdict. */
export const LEVELS = ['ALARM', 'NOT_CHECKED', 'ATTENTION', 'ALL_CLEAR'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * `unexpected`: something happened that should not. `incomplete`: it cannot be said that nothing did.
 * `warned`: something happened, and the policy asks for words only.
 */
export type Weight = 'unexpected' | 'incomplete' | 'warned';

/** Codes are a contract (`--json`): they are only ever added. Within a level the first comes first. */
const TABLE = {
  /** A verification check failed. */
  not_verified: ['ALARM', 'incomplete'],
  /** egress itself opened a connection. */
  self_egress: ['ALARM', 'incomplete'],
  /** A body was stored while no officer had ordered it. */
  body_while_off: ['ALARM', 'incomplete'],
  /** A denial of the policy was hit. */
  denied: ['ALARM', 'unexpected'],
  /** A vendor's traffic outside what the vendor declared. */
  undeclared: ['ALARM', 'unexpected'],
  /** No key, unreadable, unknown format, or nobody looked. */
  not_checked: ['NOT_CHECKED', 'incomplete'],
  no_run: ['NOT_CHECKED', 'incomplete'],
  unexpected: ['ATTENTION', 'unexpected'],
  /** A rule would have expected it, had it not expired at the time. */
  expired: ['ATTENTION', 'unexpected'],
  /** A recording that ended before the program did. */
  recording_stopped: ['ATTENTION', 'incomplete'],
  /** No end that was signed in time. */
  unfinished: ['ATTENTION', 'incomplete'],
  gap: ['ATTENTION', 'incomplete'],
  /** One observer saw what the other should have seen, and nothing explains it. */
  unexplained: ['ATTENTION', 'incomplete'],
  /** The observers disagreed about rows that were written already. */
  corrected: ['ATTENTION', 'incomplete'],
  unattributed: ['ATTENTION', 'incomplete'],
  /** An observer that the policy requires was not at work. */
  observer_missing: ['ATTENTION', 'incomplete'],
  /** No record says that anybody looked. */
  unobserved: ['ATTENTION', 'incomplete'],
  /** Lines that are no records. */
  unreadable_lines: ['ATTENTION', 'incomplete'],
  /** Records behind the last head although nobody records. */
  unsigned: ['ATTENTION', 'incomplete'],
  /** The journal agrees with itself, by a key that came with it. */
  key_not_compared: ['ATTENTION', 'incomplete'],
  no_policy: ['ATTENTION', 'incomplete'],
  /** The policy that a run was recorded under is not in the journal, or is not what its name says. */
  policy_unreadable: ['ATTENTION', 'incomplete'],
} as const satisfies Readonly<Record<string, readonly [Level, Weight]>>;

export type ReasonCode = keyof typeof TABLE;

export const REASON_CODES = Object.keys(TABLE) as ReasonCode[];

export interface Reason {
  readonly code: ReasonCode;
  readonly level: Level;
  readonly weight: Weight;
  /** How many of what the code is about: calls, gaps, lines; 0 where there is nothing to count. */
  readonly count: number;
  /** What it is about: a rule, a gap's reason, an observer, a message. As recorded: not yet safe to print. */
  readonly subject?: string;
  /** Of gaps: what they count. */
  readonly lost?: number;
  /** Runs that it is about, the first few of them; and how many there are. */
  readonly runs: readonly number[];
  readonly runCount: number;
}

const RUNS_NAMED_MAX = 8;

export function reason(
  code: ReasonCode,
  detail: Partial<Pick<Reason, 'count' | 'subject' | 'lost' | 'weight'>>,
): Reason {
  const [level, weight] = TABLE[code];
  return { code, level, weight, count: 0, runs: [], runCount: 0, ...detail };
}

/** The reason as one that a run has; 0 stands for records that belong to no run. */
export function ofRun(known: Reason, run: number): Reason {
  return { ...known, runs: run > 0 ? [run] : [], runCount: 1 };
}

/** Reasons of several runs as one list, the worst first: what is alike is added up. */
export function mergeReasons(reasons: readonly Reason[]): readonly Reason[] {
  const merged = new Map<string, Reason>();
  for (const one of reasons) {
    const key = JSON.stringify([one.code, one.weight, one.subject]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? one : added(known, one));
  }
  const rank = ({ code, level }: Reason): number => LEVELS.indexOf(level) * 1_000 + REASON_CODES.indexOf(code);
  return [...merged.values()].sort((a, b) => rank(a) - rank(b) || b.count - a.count);
}

function added(a: Reason, b: Reason): Reason {
  return {
    ...a,
    count: a.count + b.count,
    ...(a.lost === undefined ? {} : { lost: a.lost + (b.lost ?? 0) }),
    runs: [...a.runs, ...b.runs].slice(0, RUNS_NAMED_MAX),
    runCount: a.runCount + b.runCount,
  };
}
