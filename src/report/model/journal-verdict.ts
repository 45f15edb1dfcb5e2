/** From what was counted and what was verified to the evidence that a verdict is made of. */
import type { Verification } from '../../audit/verification.js';
import type { Reason } from '../../verdict/reason.js';
import type { RunTally } from '../../verdict/run-tally.js';
import { verdictOf, type JournalEvidence, type RunEvidence, type Terms, type Verdict } from '../../verdict/verdict.js';
import type { Rollup } from '../rollup/rollup.js';
import type { RecordQuery } from './record-query.js';

export interface VerdictInput {
  readonly rollup: Rollup;
  /** `own`: this process wrote it a moment ago. Undefined: nobody verified it. */
  readonly verification: Verification | 'own' | undefined;
  /** What the policy of a run says beside its rules; undefined where there is none. */
  readonly termsOf: (run: Readonly<RunTally>) => Terms | undefined;
  /** Whether somebody records the newest run right now. */
  readonly isRecorded?: boolean;
  /** Why the recording ended before the program did. */
  readonly stopped?: string;
}

/** The verdict on a journal: on all its runs, the worst on top. */
export function journalVerdict(input: VerdictInput): Verdict {
  return verdictOf(journalEvidence(input.verification), runEvidence(input));
}

/** A verdict for each run by itself. */
export function runVerdicts(input: VerdictInput): ReadonlyMap<number, Verdict> {
  const journal = journalEvidence(input.verification);
  return new Map(runEvidence(input).map((run) => [run.tally.number, verdictOf(journal, [run])]));
}

function runEvidence({ rollup, termsOf, isRecorded = false, stopped }: VerdictInput): readonly RunEvidence[] {
  const { all } = rollup.tallies;
  const newest = all.at(-1);
  return all.map((tally) => ({
    tally,
    terms: termsOf(tally),
    isGoingOn: isRecorded && tally === newest && !tally.hasEnd,
    ...(stopped === undefined || tally !== newest ? {} : { stopped }),
  }));
}

function journalEvidence(verification: VerdictInput['verification']): JournalEvidence {
  const unsignedRuns = new Set<number>();
  if (verification === undefined) return { state: 'not_checked', unsignedRuns };
  if (verification === 'own') return { state: 'own', unsignedRuns };
  const { verdict, findings, obstacle, limits } = verification;
  if (verdict === 'NOT_CHECKED') return { state: 'not_checked', why: obstacle?.message ?? '', unsignedRuns };
  for (const { run } of limits) if (run !== undefined) unsignedRuns.add(run);
  const tail = limits.find(({ code }) => code === 'UNSEALED')?.message;
  return {
    state: verdict === 'NOT_VERIFIED' ? 'not_verified' : 'verified',
    ...(verdict === 'NOT_VERIFIED' ? { why: findings[0]?.message ?? 'a check failed' } : {}),
    unsignedRuns,
    ...(verification.journal.pinned === 'page' ? { isKeyUncompared: true } : {}),
    ...(tail === undefined ? {} : { unsignedTail: tail }),
  };
}

/** The records that a reason is about; undefined where it is about none that are there. */
export function reasonQuery({ code, subject }: Reason): RecordQuery | undefined {
  const about = subject === undefined || subject === '' ? undefined : subject;
  switch (code) {
    case 'self_egress':
      return { kind: 'net', package: 'egress' };
    case 'body_while_off':
      return { kind: 'body.stored' };
    case 'denied':
      return { kind: 'net', class: 'alarm', ...(about === undefined ? {} : { rule: about }) };
    case 'undeclared':
      return { kind: 'net', class: 'alarm', ...(about === undefined ? {} : { vendor: about }) };
    case 'unexpected':
      return { kind: 'net', class: 'unexpected' };
    case 'expired':
      return { kind: 'net', class: 'unexpected', rule: `expired:${about ?? ''}` };
    case 'gap':
      return { kind: 'gap', ...(about === undefined ? {} : { reason: about }) };
    case 'unexplained':
      return about === undefined ? undefined : { kind: 'net', because: about };
    case 'corrected':
      return { kind: 'reconcile' };
    case 'unattributed':
      return { kind: 'net', direction: 'egress', package: '', program: '' };
    default:
      return undefined;
  }
}
