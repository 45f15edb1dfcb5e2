import type { RunOutcome } from '../../core/run-outcome.js';
import { emptyTally, type GapCount } from '../../verdict/run-tally.js';
import { verdictOf, type Verdict } from '../../verdict/verdict.js';

type Counted = Pick<
  RunOutcome,
  'run' | 'outbound' | 'self' | 'unattributed' | 'gaps' | 'lost' | 'unexplained' | 'noKernel' | 'failure'
>;

/**
 * The verdict on a run that no policy judges, by the recorder's own counts: the journal is not read again for it. The
 * level is what a report gives: nothing but a call of egress itself is worse than that there is no policy.
 */
export function unjudgedVerdict(counts: Counted): Verdict {
  const { run, outbound, self, unattributed, gaps, lost, unexplained = 0, noKernel, failure } = counts;
  // Reasons and codes are in the journal; here they are counted together.
  const tally = {
    ...emptyTally(run),
    ...{ hasEnd: true, outbound, self, unattributed },
    observers: noKernel === undefined ? ['hooks', 'kernel'] : ['hooks'],
    unexplained: new Map(unexplained > 0 ? [['', unexplained]] : []),
    gaps: new Map<string, GapCount>(gaps > 0 ? [['', { records: gaps, lost }]] : []),
  };
  const stopped = failure === undefined ? {} : { stopped: failure.message };
  const journal = { state: 'own', unsignedRuns: new Set<number>() } as const;
  return verdictOf(journal, [{ tally, terms: undefined, isGoingOn: false, ...stopped }]);
}
