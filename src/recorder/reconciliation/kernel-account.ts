/** The kernel observer's account during a run: takes its observations in, and gives rows for what it alone saw. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { processStatus } from '../../system/process-status.js';
import type { CallFrame } from '../../event/frame.js';
import type { KernelObserver } from '../../kernel/kernel-observer.js';
import type { Observation, ProcessFacts } from '../../kernel/observation.js';
import type { KernelConnection } from './kernel-connection.js';
import { kernelEndRecord, kernelRecord } from './kernel-row.js';
import type { Lineage } from '../program/lineage.js';
import { Reconciler, type Claim } from './reconciler.js';
import { resolverAddresses } from './resolver-addresses.js';
import { recordCourse } from '../rows/traffic-tally.js';
import type { RowWriter } from '../rows/row-writer.js';
import type { ProcessDetail } from '../rows/segment-ledger.js';

const POLL_MS = 5;

function isAlive(pid: number): boolean {
  const status = processStatus(pid);
  return status !== undefined && status.state !== 'ended';
}

export class KernelAccount {
  ioUringRefused = 0;
  readonly #observer: Pick<KernelObserver, 'drain' | 'kept' | 'isUnwatched' | 'failure'>;
  readonly #reconciler: Reconciler;
  /** µs since the Unix epoch. */
  readonly #now: () => number;
  readonly #details = new Map<ProcessFacts, ProcessDetail>();
  /** Gaps that the session has not been told of yet. */
  #holes: (Observation & { readonly t: 'hole' })[] = [];

  constructor(
    observer: Pick<KernelObserver, 'drain' | 'kept' | 'isUnwatched' | 'failure'>,
    hasDisabledChannels: boolean,
    now: () => number,
  ) {
    this.#observer = observer;
    this.#now = now;
    this.#reconciler = new Reconciler({ resolvers: resolverAddresses(), hasDisabledChannels, exists: existsSync, now });
  }

  /** Path of the hooks' own socket: who connects to it has hooks, and both observers see that it does. */
  expectHooksAt(path: string): void {
    this.#reconciler.hookSocket = path;
  }

  /** All that was observed by now. */
  take(): void {
    const nowMs = performance.now();
    for (const observation of this.#observer.drain()) this.#observe(observation, nowMs);
  }

  #observe(observation: Observation, nowMs: number): void {
    switch (observation.t) {
      case 'process':
        this.#reconciler.onProcess(observation);
        return;
      case 'connect':
        this.#reconciler.onConnect(observation, nowMs);
        return;
      case 'datagrams':
        this.#reconciler.onDatagrams(observation, nowMs);
        return;
      case 'closed':
      case 'standing':
        this.#reconciler.onSocket(observation, nowMs);
        return;
      case 'hole':
        this.#holes.push(observation);
        return;
      case 'refused':
        this.ioUringRefused += 1;
        return;
      default:
        return;
    }
  }

  onBegin(pid: number, frame: CallFrame): void {
    this.#reconciler.absorbLookups(pid, frame);
  }

  onLoss(pid: number): void {
    this.#reconciler.onLoss(pid);
  }

  onRow(connection: KernelConnection, seq: number): void {
    this.#reconciler.onRow(connection, seq);
  }

  /**
   * @param isPatient whether the answer may be to wait: the supervisor tells in batches, and the hooks of a process that
   * was idle tell at once
   */
  claim(pid: number, frame: CallFrame, isPatient: boolean): Claim | 'wait' {
    const claim = this.claimNow(pid, frame);
    return claim.reason !== undefined && isPatient ? 'wait' : claim;
  }

  claimNow(pid: number, frame: CallFrame): Claim {
    const claim = this.#reconciler.claim(pid, frame);
    if (claim.reason === undefined) return claim;
    // What the supervisor has told may not have had its turn in the event loop yet.
    this.take();
    return this.#reconciler.claim(pid, frame);
  }

  /** Waits for the ends of connections that are closed already, but not for long. */
  async awaitEnds(msMax: number): Promise<void> {
    const deadline = performance.now() + msMax;
    this.take();
    while (this.#reconciler.isEndAwaited && performance.now() < deadline) {
      await delay(POLL_MS);
      this.take();
    }
  }

  /** Writes rows whose time has come. */
  write(rows: RowWriter, lineage: Lineage): void {
    this.take();
    this.#write(rows, lineage, false);
  }

  finish(rows: RowWriter, lineage: Lineage): void {
    this.take();
    this.#write(rows, lineage, true);
    const { kept, isUnwatched, failure } = this.#observer;
    if (kept > 0) rows.gap('recorder_stopped', kept, {});
    if (failure !== undefined) rows.gap(failure, 1, {});
    else if (!isUnwatched) rows.gap('processes_outlived_run', 1, {});
  }

  #write(rows: RowWriter, lineage: Lineage, isFinal: boolean): void {
    for (const only of this.#reconciler.takeDue(performance.now(), isFinal, isAlive)) {
      const { process } = only.connection;
      // Beneath the hooks of a process it is code in it that calls, and not whoever started it.
      const starter =
        only.reason === 'no_hooks' ? lineage.of([process.pid, ...process.ancestry], process.start) : undefined;
      const packageName = starter?.package?.name;
      const seq = rows.kernelRow(this.#detail(process), starter, (proc, site) =>
        kernelRecord(only, proc, { packageName, site }),
      );
      if (seq > 0) this.#reconciler.onOwnRow(only, seq);
    }
    for (const connection of this.#reconciler.takeEnded()) {
      const end = kernelEndRecord(connection, this.#now());
      rows.end(JSON.stringify(end), end.ends, recordCourse(end));
    }
    for (const record of this.#reconciler.takeRecords()) {
      if (record.what === 'destination_changed') rows.counts.unexplained += 1;
      rows.note(record);
    }
    for (const { reason, count, process } of this.#holes.splice(0)) {
      const facts = this.#reconciler.process(process);
      rows.gap(reason, count, facts === undefined ? {} : { pid: facts.pid, executable: facts.executable });
    }
  }

  #detail(facts: ProcessFacts): ProcessDetail {
    let detail = this.#details.get(facts);
    if (detail === undefined) {
      const { pid, parentPid, executable, argv0, args, options, ancestry } = facts;
      detail = { pid, parent_pid: parentPid, executable, argv0, args, options, ancestry, identity: 'kernel' };
      this.#details.set(facts, detail);
    }
    return detail;
  }
}
