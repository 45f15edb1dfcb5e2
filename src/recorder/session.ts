/**
 * A run while it is recorded: takes frames from the peers and appends records. Everything that the program can cause
 * is bounded here, and what is not written down is counted.
 */
import path from 'node:path';
import { HEADERS_PER_THREAD_MAX, SITES_PER_THREAD_MAX } from '../core/limits.js';
import { formatMicros } from '../core/timestamp.js';
import type { CallFrame, ChildFrame, Frame, GapReason, HelloFrame, HookSettings } from '../event/frame.js';
import type { RunCloseRecord } from '../event/record.js';
import { cap } from '../event/redaction.js';
import type { Attributor } from '../attribution/attributor.js';
import type { Capture } from './bodies/capture.js';
import { ChildWatch } from './program/child-watch.js';
import { hookGap, isPlausible } from './channel/claimed-time.js';
import { fingerprint } from './rows/fingerprint.js';
import { HeadersCache } from './rows/headers-cache.js';
import type { KernelAccount } from './reconciliation/kernel-account.js';
import { Lineage } from './program/lineage.js';
import { netEndRow, netRow } from './rows/net-row.js';
import { OpenCalls } from './channel/open-calls.js';
import type { PeerBodies } from './bodies/peer-bodies.js';
import type { Peer } from './channel/peer.js';
import type { Claim } from './reconciliation/reconciler.js';
import { RowWriter, type GapSubject, type RecordSink } from './rows/row-writer.js';
import type { HeadersDetail, ProcessDetail } from './rows/segment-ledger.js';
import { SiteCache, type AttributedSite } from './rows/site-cache.js';
import { frameTraffic } from './rows/traffic-tally.js';

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

/** A call that the hooks told of, while the kernel's account of it is awaited. */
interface WaitingCall {
  readonly state: PeerState;
  readonly frame: CallFrame;
  readonly since: number;
}

/** The kernel's account takes microseconds; a recorder that is behind may need this long to come to it. */
const WAIT_MS_MAX = 50;
const WAITING_MAX = 4_096;
const HOOKS_ALONE: Claim = { observer: 'hooks' };

/** What one thread has declared so far. */
interface PeerState {
  /** EGRESS_START that the process came with. */
  readonly start: string | undefined;
  readonly process: ProcessDetail;
  readonly sites: Map<number, AttributedSite>;
  readonly headers: Map<number, HeadersDetail>;
  readonly open: OpenCalls;
  readonly bodies: PeerBodies | undefined;
}

function whoIs(state: PeerState): GapSubject {
  return { pid: state.process.pid, executable: state.process.executable };
}

export class Session {
  readonly children = new ChildWatch();
  readonly lineage = new Lineage();
  readonly rows: RowWriter;

  readonly #options: SessionOptions;
  readonly #sites: SiteCache;
  readonly #peers = new Map<Peer, PeerState>();
  readonly #headers: HeadersCache;
  readonly #waiting: WaitingCall[] = [];

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#sites = new SiteCache(options.attributor);
    this.#headers = new HeadersCache(options.settings);
    this.rows = new RowWriter(options.sink, options.now);
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
    const { start } = hello;
    this.#peers.set(peer, { start, process, sites: new Map(), headers: new Map(), open: new OpenCalls(), bodies });
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
    for (const frame of state.open.drain()) this.#end(state, frame);
    if (state.bodies !== undefined) this.#options.capture?.leave(state.bodies);
    if (peer.handedOver) return;
    this.#options.kernel?.onLoss(state.process.pid);
    this.rows.gap('peer_vanished', 1, whoIs(state));
  }

  /**
   * The kernel's account has grown, or a moment has passed: calls that waited for it get their rows.
   * @returns whether any waited
   */
  settleWaiting(): boolean {
    if (this.#waiting.length === 0) return false;
    const now = performance.now();
    for (const call of this.#waiting.splice(0)) this.#end(call.state, call.frame, call.since, now);
    return true;
  }

  /** Once a second: rows for calls that stay open, and the losses counted meanwhile. */
  tick(): void {
    const now = performance.now();
    this.settleWaiting();
    this.#options.capture?.tick();
    for (const state of this.#peers.values()) {
      state.open.writeOverdue(now, (frame) => this.#row(state, frame, true));
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
    for (const [peer, state] of this.#peers) {
      for (const frame of state.open.drain()) this.#row(state, frame, true);
      this.rows.gap('peer_outlived_run', 1, whoIs(state));
      peer.abandon();
    }
    this.#peers.clear();
    for (const call of this.#waiting.splice(0)) this.#row(call.state, call.frame, false);
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

  #end(state: PeerState, frame: CallFrame, since?: number, now = 0): void {
    const row = since === undefined ? state.open.end(frame.id) : undefined;
    if (row !== undefined) {
      if (!this.rows.hasFailed) this.rows.appendJson(netEndRow(frame, row, this.#options.now()));
      this.#linkBodies(state, frame, row, state.sites.get(frame.site ?? -1)?.package?.name);
      return;
    }
    const { kernel } = this.#options;
    const isRecent = since === undefined || now - since < WAIT_MS_MAX;
    const isPatient = isRecent && this.#waiting.length < WAITING_MAX;
    const claim = kernel?.claim(state.process.pid, frame, isPatient);
    if (claim !== 'wait') this.#row(state, frame, false, claim);
    else this.#waiting.push({ state, frame, since: since ?? performance.now() });
  }

  #row(state: PeerState, frame: CallFrame, open: boolean, known?: Claim): number {
    const { run, salt, settings, kernel } = this.#options;
    const { rows } = this;
    if (!rows.prepare()) return rows.unwritten();
    const claim = known ?? kernel?.claimNow(state.process.pid, frame) ?? HOOKS_ALONE;
    const own = frame.site === undefined ? undefined : state.sites.get(frame.site);
    // Code without a package (`node -e`, a file in /tmp) does what the package wanted that started it.
    const { pid, parent_pid: parent, executable } = state.process;
    const starter = own?.package === undefined ? this.lineage.of([pid, parent], state.start) : undefined;
    const site = starter ?? own;
    const headers = frame.hdr === undefined ? undefined : state.headers.get(frame.hdr);
    const packageName = site?.package?.name;
    const program = starter === undefined ? undefined : path.basename(executable);
    const proc = rows.ledger.process(state.process);
    if (proc === undefined) return rows.unwritten();
    const { observer, reason } = claim;
    const now = this.#options.now();
    const json = netRow(frame, {
      // A start time far from our clock is a broken or lying clock: the time of arrival takes its place.
      at: isPlausible(frame.at, now) ? frame.at : now,
      proc,
      site: site === undefined ? undefined : rows.ledger.site(site),
      headers: headers === undefined ? undefined : rows.ledger.headers(headers),
      packageName,
      program,
      // Its key holds the row's number, which is known only now: the declarations have theirs.
      fingerprint: frame.body === undefined ? undefined : fingerprint(salt, run, rows.nextSeq, frame.body),
      open,
      strict: settings.strict,
      observer,
      reason,
    });
    const seq = rows.row(json, { observer, reason, site, traffic: frameTraffic(frame, packageName, program) });
    if (claim.connection !== undefined && seq > 0) kernel?.onRow(claim.connection, seq);
    this.#linkBodies(state, frame, seq, packageName);
    return seq;
  }

  #linkBodies({ bodies }: PeerState, frame: CallFrame, seq: number, packageName: string | undefined): void {
    if (bodies !== undefined && seq > 0) this.#options.capture?.link(bodies, frame, seq, packageName);
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
