/**
 * By which policy each run of a journal is judged: one that was named for the purpose, else the one that the run was
 * recorded under, else the project's own.
 */
import type { Policy } from '../../policy/policy.js';
import type { RunTally } from '../../verdict/run-tally.js';
import type { Judge } from '../rollup/rollup.js';

export interface Judging {
  readonly judge: Judge;
  /** Digest of what `judge` decides by. */
  readonly digest: string;
  /** @param inForce digest of the policy that a run was recorded under */
  readonly policyFor: (inForce: string | undefined) => Policy | undefined;
}

/** Nothing is judged. */
export const UNJUDGED: Judging = { judge: () => ({ class: 'unjudged' }), digest: 'none', policyFor: () => undefined };

/** What a report calls the policies that judged these runs; undefined where there is none. */
export function policyName({ policyFor }: Judging, runs: readonly Readonly<RunTally>[]): string | undefined {
  const names = new Set(
    runs.flatMap(({ isSession, policy: inForce, policyName: recorded }) => {
      const policy = isSession ? undefined : policyFor(inForce);
      if (policy === undefined) return [];
      return [policy.digest === inForce ? (recorded ?? policy.name) : policy.name];
    }),
  );
  const [only] = names;
  return names.size > 1 ? 'the policies in force' : only;
}

/** Runs that are judged by another policy than the one that they were recorded under. */
export function whatIfRuns({ policyFor }: Judging, runs: readonly Readonly<RunTally>[]): readonly number[] {
  return runs.flatMap(({ number, policy }) => {
    const judging = policyFor(policy);
    return policy === undefined || judging === undefined || judging.digest === policy ? [] : [number];
  });
}
