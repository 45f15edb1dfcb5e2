/** What a run came to, for those who start one. */
import type { Exit } from '../core/launcher.js';
import type { RunOutcome } from '../core/run-outcome.js';
import type { JournalWriter } from '../journal/writer.js';
import type { KernelObserver, NoObserver } from '../kernel/kernel-observer.js';
import type { Session } from './session.js';

export function runOutcome(
  session: Session,
  kernel: KernelObserver | NoObserver,
  run: number,
  exit: Exit,
  writer: JournalWriter,
): RunOutcome {
  const { calls, both, kernel_only, unexplained, unattributed, self, gaps, lost } = session.rows.counts;
  const { inbound, outbound, others } = session.rows.traffic;
  const isAlone = 'reason' in kernel;
  return {
    exit,
    run,
    calls,
    inbound,
    outbound,
    unattributed,
    both,
    kernelOnly: kernel_only,
    unexplained: isAlone ? undefined : unexplained,
    noKernel: isAlone ? kernel.reason : undefined,
    kernelLimits: isAlone ? [] : kernel.limits,
    self,
    gaps,
    lost,
    destinations: session.rows.traffic.destinations(),
    otherCalls: others,
    failure: writer.failure,
    lostUnjournaled: session.rows.lostUnjournaled,
  };
}
