/** What a run came to, for those who start one. */
import type { EgressError } from '../core/error.js';
import type { Exit } from '../core/launcher.js';
import type { JournalWriter } from '../journal/writer.js';
import type { KernelObserver, NoObserver } from '../kernel/kernel-observer.js';
import type { Session } from './session.js';
import type { Destination } from './traffic-tally.js';

export interface RunOutcome {
  readonly exit: Exit;
  readonly run: number;
  readonly calls: number;
  readonly inbound: number;
  readonly outbound: number;
  readonly unattributed: number;
  readonly both: number;
  readonly kernelOnly: number;
  /** What one observer alone saw and nothing explains; undefined with one observer. */
  readonly unexplained: number | undefined;
  /** Why the kernel was not observed. */
  readonly noKernel: string | undefined;
  readonly noNewPrivileges: boolean;
  readonly self: number;
  readonly gaps: number;
  readonly lost: number;
  readonly destinations: readonly Destination[];
  readonly otherCalls: number;
  /** Why the recording ended before the program did; calls since then are in no journal. */
  readonly failure: EgressError | undefined;
  readonly lostUnjournaled: number;
}

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
    noNewPrivileges: !isAlone && kernel.noNewPrivileges,
    self,
    gaps,
    lost,
    destinations: session.rows.traffic.destinations(),
    otherCalls: others,
    failure: writer.failure,
    lostUnjournaled: session.rows.lostUnjournaled,
  };
}
