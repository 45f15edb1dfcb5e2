/**
 * A run while it is recorded: takes frames from the peers and appends records. Everything that the program can cause
 * is bounded here, and what is not written down is counted.
 */
import { HEADERS_PER_THREAD_MAX, SITES_PER_THREAD_MAX } from '../core/limits.js';
import { formatMicros } from '../core/timestamp.js';
import type { CallFrame, ChildFrame, Frame, HelloFrame, HookSettings } from '../event/frame.js';
import type { GapReason } from '../event/gap-reason.js';
import type { RunCloseRecord } from '../event/record.js';
import { cap } from '../event/redaction.js';
import type { Attributor } from '../attribution/attributor.js';
import type { Capture } from './bodies/capture.js';
import { ChildWatch } from './program/child-watch.js';
import { hookGap } from './channel/claimed-time.js';
import { CallRows } from './rows/call-rows.js';
import { HeadersCache } from './rows/headers-cache.js';
import type { KernelAccount } from './reconciliation/kernel-account.js';
import { Lineage } from './program/lineage.js';
import type { OpenRow } from './channel/open-calls.js';
import type { Peer } from './channel/peer.js';
import { PeerState } from './channel/peer-state.js';
import type { Claim } from './reconciliation/reconciler.js';
import { withKernelsWord } from './reconciliation/unfinished-call.js';
import { WaitingCalls } from './reconciliation/waiting-calls.js';
import { RowWriter, type RecordSink } from './rows/row-writer.js';
import type { ProcessDetail } from './rows/segment-ledger.js';
import { SiteCache } from './rows/site-cache.js';

export interface SessionOptions {
  readonly sink: RecordSink;
  readonly attributor: Attributor;
  readonly run: number;
  readonly salt: Uint8Array;
  readonly settings: HookSettings;
  /** µs since the Unix epoch. */
  readonly now: () => number;
  /** Who a peer is, as far as the system can tell. */
  readonly identify: (peer: Peer, hello: HelloFrame) => ProcessDetail;
  /** What the other observer says; absent where the hooks are the only one. */
  readonly kernel?: KernelAccount | undefined;
  /** Absent where no body can be kept. */
  readonly capture?: Capture | undefined;
}

const HOOKS_ALONE: Claim = { observer: 'hooks' };

interface Unended {
  /** seq of the row that it has already. */
  readonly row: number | undefined;
  readonly claim: Claim;
  readonly open: boolean;
}

export class Session {
  readonly children = new ChildWatch();
  readonly lineage = new Lineage();
  readonly rows: RowWriter;

  readonly #options: SessionOptions;
  readonly #sites: SiteCache;
  readonly #peers = new Map<Peer, PeerState>();
  readonly #headers: HeadersCache;
  readonly #calls: CallRows;
  readonly #waiting: WaitingCalls<PeerState>;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#sites = new SiteCache(options.attributor);
    this.#headers = new HeadersCache(options.settings);
    this.rows = new RowWriter(options.sink, options.now);
    this.#calls = new CallRows(this.rows, this.lineage, options);
    this.#waiting = new WaitingCalls(
      ({ origin, frame }, isPatient) => options.kernel?.claim(origin.process.pid, frame, isPatient) ?? HOOKS_ALONE,
      ({ origin, frame, isCutOff, row }, claim) => {
        if (isCutOff) this.#unended(origin, frame, { row, claim, open: false });
        else this.#calls.row(origin, frame, false, claim);
      },
    );
  }

  get connectedPeers(): readonly Peer[] {
    return [...this.#peers.keys()];
  }

  isConnected(peer: Peer): boolean {
    return this.#peers.has(peer);
  }

  onHello(peer: Peer, hello: HelloFrame): void {
    const process = this.#options.identify(peer, hello);
    const bodies = this.#options.capture?.join(peer, process.pid);
    this.#peers.set(peer, new PeerState(process, hello.start, bodies));
    this.children.join(process.pid);
    for (const [channel] of hello.disabled ?? [])
      this.rows.gap('hook_error', 1, { pid: process.pid, channel: cap(channel, 64) });
  }

  onFrame(peer: Peer, frame: Frame): void {
    const state = this.#peers.get(peer);
    if (state === undefined) return;
    switch (frame.t) {
      case 'end':
        this.#end(state, frame);
        return;
      case 'begin':
        state.open.begin(frame, performance.now());
        this.#options.kernel?.onBegin(state.process.pid, frame);
        return;
      case 'site':
        if (state.sites.size >= SITES_PER_THREAD_MAX) this.rows.gap('sites_full', 1, { pid: state.process.pid });
        else state.sites.set(frame.n, this.#sites.get(frame.frames));
        return;
      case 'headers':
        if (state.headers.size < HEADERS_PER_THREAD_MAX) state.headers.set(frame.n, this.#headers.get(frame));
        return;
      case 'gap':
        // A lost body is no lost call.
        if (frame.why !== 'hook_body_lost') this.#options.kernel?.onLoss(state.process.pid);
        this.rows.gaps.add(hookGap(frame, state.process.pid, this.#options.now()));
        return;
      case 'child':
        this.#child(state, frame);
        return;
      case 'body':
        if (state.bodies === undefined) this.rows.gap('body_unasked', 1, { pid: state.process.pid });
        else this.#options.capture?.take(state.bodies, state.process.pid, frame);
        return;
      case 'hello':
      case 'busy':
      case 'shape':
      case 'flush':
      case 'ack':
        return;
    }
  }

  onLoss(peer: Peer, reason: GapReason, count: number): void {
    const pid = peer.credentials?.pid ?? this.#peers.get(peer)?.process.pid;
    if (pid !== undefined) this.#options.kernel?.onLoss(pid);
    this.rows.gap(reason, count, pid === undefined ? {} : { pid });
  }

  onEnd(peer: Peer): void {
    const state = this.#peers.get(peer);
    if (state === undefined) return;
    this.#peers.delete(peer);
    // The calls that were open are known to have begun; how they ended died with the process.
    for (const { frame, row } of state.open.drain()) this.#cutOff(state, frame, row);
    this.#waiting.settle();
    if (state.bodies !== undefined) this.#options.capture?.leave(state.bodies);
    if (peer.handedOver) return;
    this.#options.kernel?.onLoss(state.process.pid);
    this.rows.gap('peer_vanished', 1, state.gapSubject);
  }

  /**
   * The kernel's account has grown, or a moment has passed: calls that waited for it get their rows.
   * @returns whether any waited
   */
  settleWaiting(): boolean {
    return this.#waiting.settle();
  }

  /** Once a second: rows for calls that stay open, and the losses counted meanwhile. */
  tick(): void {
    const now = performance.now();
    this.settleWaiting();
    this.#options.capture?.tick();
    for (const state of this.#peers.values()) {
      state.open.writeOverdue(now, (frame) => this.#openRow(state, frame));
    }
    this.rows.writeGaps();
  }

  /** One connection more than may stand: whatever its thread does is not seen. */
  notePeerTooMany(): void {
    this.rows.gap('too_many_peers', 1, {});
  }

  /** A channel that the settings switch off is a hole in what is seen. */
  noteDisabledChannels(): void {
    for (const channel of this.#options.settings.disabled) this.rows.gap('channel_disabled', 1, { channel });
  }

  /** The program itself has to join like any child. */
  expectProgram(pid: number, file: string): void {
    this.children.expect(pid, file, 'program_not_joined', this.#options.now());
  }

  /** The run is over: rows for all that is still open, and no frame is taken any more. */
  endCalls(): void {
    this.#options.kernel?.take();
    this.#waiting.finish();
    for (const [peer, state] of this.#peers) {
      for (const { frame, row } of state.open.drain()) {
        const claim = row?.claim ?? this.#claimNow(state, frame);
        this.#unended(state, frame, { row: row?.seq, claim, open: true });
      }
      this.rows.gap('peer_outlived_run', 1, state.gapSubject);
      peer.abandon();
    }
    this.#peers.clear();
  }

  /** Writes what is still counted, then gives the closing record. */
  finish(exit: RunCloseRecord['exit']): RunCloseRecord {
    this.endCalls();
    const { kernel } = this.#options;
    kernel?.finish(this.rows, this.lineage);
    // A process without hooks is no hole where the other observer sees it.
    const unjoined = this.children.drain(this.#options.now());
    for (const gap of kernel === undefined ? unjoined : []) this.rows.gaps.add(gap);
    this.rows.writeGaps();
    const { unexplained, ...counts } = this.rows.counts;
    return {
      kind: 'run.close',
      time: formatMicros(this.#options.now()),
      run: { number: this.#options.run },
      exit,
      counts: kernel === undefined ? counts : { ...counts, unexplained, io_uring_refused: kernel.ioUringRefused },
    };
  }

  #end(state: PeerState, frame: CallFrame): void {
    const row = state.open.end(frame.id);
    if (row !== undefined) {
      this.#calls.end(state, frame, row.seq, false);
      return;
    }
    const claim = this.#options.kernel?.claim(state.process.pid, frame, this.#waiting.hasRoom);
    if (claim !== 'wait') this.#calls.row(state, frame, false, claim ?? HOOKS_ALONE);
    else this.#waiting.add({ origin: state, frame, since: performance.now(), isCutOff: false });
  }

  #openRow(state: PeerState, frame: CallFrame): OpenRow {
    const claim = this.#claimNow(state, frame);
    return { seq: this.#calls.row(state, frame, true, claim), claim };
  }

  #claimNow({ process }: PeerState, frame: CallFrame): Claim {
    return this.#options.kernel?.claimNow(process.pid, frame) ?? HOOKS_ALONE;
  }

  /** Its thread is gone: what the kernel tells of the socket's end is all that will be known. */
  #cutOff(origin: PeerState, frame: CallFrame, row: OpenRow | undefined): void {
    const since = performance.now();
    this.#waiting.add({ origin, frame, since, isCutOff: true, row: row?.seq, claim: row?.claim });
  }

  /** A call that the hooks told no end of, with all that will be known of it. */
  #unended(state: PeerState, frame: CallFrame, { row, claim, open }: Unended): void {
    const told = withKernelsWord(frame, claim.connection);
    if (row === undefined) this.#calls.row(state, told, open, claim);
    else this.#calls.end(state, told, row, open);
  }

  #child(state: PeerState, { pid, file, tag, site, script, why }: ChildFrame): void {
    const [packageFile, name] = script ?? [];
    const starter =
      packageFile === undefined || name === undefined
        ? state.sites.get(site ?? -1)
        : this.#sites.get([[packageFile, 1, 1, name]]);
    this.lineage.starts({ parent: state.process.pid, pid, tag }, starter);
    if (pid === undefined) return;
    const reason = why === 'permission_model' ? 'permission_model' : 'child_not_joined';
    this.children.expect(pid, cap(file, 255), reason, this.#options.now());
  }
}
