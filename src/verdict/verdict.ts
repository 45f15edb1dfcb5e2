/**
 * One answer to "do I have to do something?". Pure: whoever has the journal and the policy comes to the same. First
 * match wins, from the worst level to the best; ALL CLEAR is what is left when no reason is, and there is always a
 * reason where nobody looked. docs/VERDICTS.md says what each claims.
 */
import type { Policy } from '../policy/policy.js';
import { LEVELS, mergeReasons, ofRun, reason, type Level, type Reason } from './reason.js';
import type { RunTally } from './run-tally.js';

/** What a policy says beside its rules: which gaps are accepted, who has to have looked, whether it only warns. */
export type Terms = Pick<Policy, 'gaps' | 'observers' | 'unexpected'>;

/** What is known of the journal as a whole. */
export interface JournalEvidence {
  /** `own`: written by this very process a moment ago. */
  readonly state: 'verified' | 'own' | 'not_verified' | 'not_checked';
  /** Of the last two: what failed, or what was in the way. */
  readonly why?: string;
  /** Runs without an end that the key then in force signed. */
  readonly unsignedRuns: ReadonlySet<number>;
  /** The key that it was verified with came with it. */
  readonly isKeyUncompared?: boolean;
  /** Records behind the last head, in words. */
  readonly unsignedTail?: string;
}

export interface RunEvidence {
  readonly tally: Readonly<RunTally>;
  /** Undefined where there is no policy to judge the run by. */
  readonly terms: Terms | undefined;
  /** Somebody records it right now. */
  readonly isGoingOn: boolean;
  /** Why the recording ended before the program did. */
  readonly stopped?: string;
}

export interface Verdict {
  readonly level: Level;
  /** Whether the kernel was not observed in each run: "all clear" then rests on the hooks alone. */
  readonly hooksOnly: boolean;
  /** Whether a run still goes on. */
  readonly soFar: boolean;
  /** Why, the worst first; empty for ALL CLEAR. */
  readonly reasons: readonly Reason[];
}

/** What a job makes of it; see EXIT and RUN_EXIT for the codes. `clean` is ALL CLEAR of runs that are over, or a policy that only warns. */
export type Conclusion = 'clean' | 'unexpected' | 'incomplete';

export function verdictOf(journal: JournalEvidence, runs: readonly RunEvidence[]): Verdict {
  const judged = runs.filter(({ tally }) => !isIdleSession(tally));
  const soFar = judged.some(({ isGoingOn }) => isGoingOn);
  const reasons = mergeReasons([
    ...journalReasons(journal, soFar),
    ...(judged.length === 0 ? [reason('no_run', {})] : []),
    ...judged.flatMap((run) => runReasons(run, journal).map((one) => ofRun(one, run.tally.number))),
  ]);
  return {
    level: reasons[0]?.level ?? 'ALL_CLEAR',
    hooksOnly: judged.some(({ tally }) => tally.observers?.includes('kernel') !== true),
    soFar,
    reasons,
  };
}

/** The worst of several journals, with all of their reasons. @returns NOT CHECKED for none */
export function worstOf(verdicts: readonly Verdict[]): Verdict {
  const [only] = verdicts;
  if (only !== undefined && verdicts.length === 1) return only;
  const reasons = only === undefined ? [reason('no_run', {})] : verdicts.flatMap((verdict) => verdict.reasons);
  // Runs of different journals have the same numbers.
  const merged = mergeReasons(reasons.map((one) => ({ ...one, runs: [] })));
  return {
    level: merged[0]?.level ?? 'ALL_CLEAR',
    hooksOnly: verdicts.some(({ hooksOnly }) => hooksOnly),
    soFar: verdicts.some(({ soFar }) => soFar),
    reasons: merged,
  };
}

export function conclusionOf({ reasons, soFar }: Verdict): Conclusion {
  if (reasons.some(({ weight }) => weight === 'unexpected')) return 'unexpected';
  return soFar || reasons.some(({ weight }) => weight === 'incomplete') ? 'incomplete' : 'clean';
}

/** Whether one is worse than the other, for sorting: negative if `a` is. */
export function compareVerdicts(a: Pick<Verdict, 'level'>, b: Pick<Verdict, 'level'>): number {
  return LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);
}

/** A hold or a vacuum while nothing was recorded is no run to judge, unless calls or such bodies stand in it. */
function isIdleSession({ isSession, outbound, bodiesWhileOff }: RunTally): boolean {
  return isSession && outbound === 0 && bodiesWhileOff === 0;
}

function journalReasons(journal: JournalEvidence, isGoingOn: boolean): Reason[] {
  const { state, why, unsignedTail, isKeyUncompared = false } = journal;
  const subject = why === undefined ? {} : { subject: why };
  return [
    ...(state === 'not_verified' ? [reason('not_verified', subject)] : []),
    ...(state === 'not_checked' ? [reason('not_checked', subject)] : []),
    ...(isKeyUncompared ? [reason('key_not_compared', {})] : []),
    // While a run goes on, its newest records are signed every few seconds.
    ...(unsignedTail === undefined || isGoingOn ? [] : [reason('unsigned', { subject: unsignedTail })]),
  ];
}

function runReasons(run: RunEvidence, journal: JournalEvidence): Reason[] {
  const { tally, terms } = run;
  return [...trafficReasons(tally, terms), ...coverageReasons(tally, terms), ...endReasons(run, journal)];
}

function trafficReasons(tally: Readonly<RunTally>, terms: Terms | undefined): Reason[] {
  const weight = terms?.unexpected === 'warn' ? 'warned' : 'unexpected';
  const expired = [...tally.expired.values()].reduce((sum, calls) => sum + calls, 0);
  const plain = tally.unexpected - expired;
  return [
    ...[...tally.alarms].map(([rule, calls]) => {
      const vendor = /^vendor:(.*)$/s.exec(rule)?.[1];
      if (vendor === undefined) return reason('denied', { count: calls, subject: rule });
      return reason('undeclared', { count: calls, subject: vendor });
    }),
    ...(tally.self > 0 ? [reason('self_egress', { count: tally.self })] : []),
    ...(tally.bodiesWhileOff > 0 ? [reason('body_while_off', { count: tally.bodiesWhileOff })] : []),
    ...(plain > 0 ? [reason('unexpected', { count: plain, weight })] : []),
    ...[...tally.expired].map(([subject, calls]) => reason('expired', { count: calls, subject, weight })),
    ...policyReasons(tally, terms),
  ];
}

/** Calls that were counted while their policy could not be read stay without a judgement. */
function policyReasons({ policy, unjudged }: Readonly<RunTally>, terms: Terms | undefined): Reason[] {
  if (terms !== undefined && unjudged === 0) return [];
  return [policy === undefined ? reason('no_policy', {}) : reason('policy_unreadable', { subject: policy })];
}

function coverageReasons(tally: Readonly<RunTally>, terms: Terms | undefined): Reason[] {
  const { observers, gaps, unexplained, corrected, unattributed, unreadableLines } = tally;
  const accepted = new Set(terms?.gaps.map(({ reason: name }) => name));
  const missing = new Set(terms?.observers.filter((name) => observers?.includes(name) !== true));
  const counted = (code: 'corrected' | 'unattributed' | 'unreadable_lines', many: number): Reason[] =>
    many > 0 ? [reason(code, { count: many })] : [];
  return [
    ...[...gaps]
      .filter(([name]) => !accepted.has(name))
      .map(([subject, { records, lost }]) => reason('gap', { count: records, lost, subject })),
    ...[...unexplained].map(([subject, calls]) => reason('unexplained', { count: calls, subject })),
    ...counted('corrected', corrected),
    ...counted('unattributed', unattributed),
    ...counted('unreadable_lines', unreadableLines),
    ...[...missing].map((subject) => reason('observer_missing', { subject })),
    ...(observers === undefined || observers.length === 0 ? [reason('unobserved', {})] : []),
  ];
}

function endReasons({ tally, isGoingOn, stopped }: RunEvidence, { unsignedRuns }: JournalEvidence): Reason[] {
  if (stopped !== undefined) return [reason('recording_stopped', { subject: stopped })];
  const isOver = tally.hasEnd && !unsignedRuns.has(tally.number);
  return isOver || isGoingOn ? [] : [reason('unfinished', {})];
}
