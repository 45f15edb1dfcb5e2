/**
 * A run while it is recorded: takes frames from the peers and appends records. Everything that the program can cause
 * is bounded here, and what is not written down is counted.
 */
import { EgressError, stopsRecording } from '../core/error.js';
import { HEADERS_PER_THREAD_MAX, SITES_PER_THREAD_MAX } from '../core/limits.js';
import { formatMicros } from '../core/timestamp.js';
import type { CallFrame, Frame, GapReason, HelloFrame, HookSettings } from '../event/frame.js';
import { GAP_REASONS } from '../event/frame.js';
import type { JournalRecord, RunCloseRecord } from '../event/record.js';
import { cap } from '../event/redaction.js';
import type { Attributor } from '../attribution/attributor.js';
import { ChildWatch } from './child-watch.js';
import { fingerprint } from './fingerprint.js';
import { HeadersCache } from './headers-cache.js';
import { addCounts, GapTally, type Gap } from './gap-tally.js';
import { netEndRecord, netRecord, type CallContext } from './net-row.js';
import { OpenCalls } from './open-calls.js';
import type { Peer } from './peer.js';
import { SegmentLedger, type HeadersDetail, type ProcessDetail } from './segment-ledger.js';
import { SiteCache, type AttributedSite } from './site-cache.js';
import { TrafficTally } from './traffic-tally.js';

/** What the session needs of the journal. A failed writer takes no more records: `append` then does nothing. */
interface RecordSink {
  /** Begins a new segment if the present one is full. @returns whether it did */
  prepare(): boolean;
  /** @returns the record's seq */
  append(record: JournalRecord): number;
  readonly nextSeq: number;
  readonly failure: EgressError | undefined;
}

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
}

/** What one thread has declared so far. */
interface PeerState {
  readonly process: ProcessDetail;
  readonly sites: Map<number, AttributedSite>;
  readonly headers: Map<number, HeadersDetail>;
  readonly open: OpenCalls;
}

interface Counts {
  calls: number;
  gaps: number;
  lost: number;
  unattributed: number;
  self: number;
}

function whoIs(state: PeerState): Pick<Gap, 'pid' | 'executable'> {
  return { pid: state.process.pid, executable: state.process.executable };
}

/** A time that a program claims is believed within this distance of ours. */
const CLOCK_SKEW_MICROS_MAX = 24 * 3600 * 1e6;

const HOOK_REASONS: ReadonlySet<string> = new Set(GAP_REASONS.filter((reason) => reason.startsWith('hook_')));

export class Session {
  readonly traffic = new TrafficTally();
  readonly children = new ChildWatch();
  readonly counts: Counts = { calls: 0, gaps: 0, lost: 0, unattributed: 0, self: 0 };

  readonly #options: SessionOptions;
  readonly #ledger: SegmentLedger;
  readonly #gaps = new GapTally();
  readonly #sites: SiteCache;
  readonly #peers = new Map<Peer, PeerState>();
  readonly #headers: HeadersCache;
  /** Lost since the writer failed: cannot be journaled any more, only told. */
  lostUnjournaled = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#sites = new SiteCache(options.attributor);
    this.#headers = new HeadersCache(options.settings);
    this.#ledger = new SegmentLedger((record) => void this.#append(record), options.now);
  }

  get connectedPeers(): readonly Peer[] {
    return [...this.#peers.keys()];
  }

  isConnected(peer: Peer): boolean {
    return this.#peers.has(peer);
  }

  onHello(peer: Peer, hello: HelloFrame): void {
    const process = this.#options.identify(peer, hello);
    this.#peers.set(peer, { process, sites: new Map(), headers: new Map(), open: new OpenCalls() });
    this.children.join(process.pid);
    for (const [channel] of hello.disabled ?? [])
      this.#gap('hook_error', 1, { pid: process.pid, channel: cap(channel, 64) });
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
        return;
      case 'site':
        if (state.sites.size >= SITES_PER_THREAD_MAX) this.#gap('sites_full', 1, { pid: state.process.pid });
        else state.sites.set(frame.n, this.#sites.get(frame.frames));
        return;
      case 'headers':
        if (state.headers.size < HEADERS_PER_THREAD_MAX) state.headers.set(frame.n, this.#headers.get(frame));
        return;
      case 'gap':
        this.#hookGap(state, frame.why, frame.count, frame.from, frame.to);
        return;
      case 'child':
        this.#child(frame.pid, frame.file, frame.why);
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
    this.#gap(reason, count, pid === undefined ? {} : { pid });
  }

  onEnd(peer: Peer): void {
    const state = this.#peers.get(peer);
    if (state === undefined) return;
    this.#peers.delete(peer);
    // The calls that were open are known to have begun; how they ended died with the process.
    for (const frame of state.open.drain()) this.#row(state, frame, false);
    if (!peer.handedOver) this.#gap('peer_vanished', 1, whoIs(state));
  }

  /** Once a second: rows for calls that stay open, and the losses counted meanwhile. */
  tick(): void {
    const now = performance.now();
    for (const state of this.#peers.values()) {
      state.open.writeOverdue(now, (frame) => this.#row(state, frame, true));
    }
    this.#writeGaps();
  }

  /** A channel that the settings switch off is a hole in what is seen. */
  noteDisabledChannels(): void {
    for (const channel of this.#options.settings.disabled) this.#gap('channel_disabled', 1, { channel });
  }

  /** The program itself has to join like any child. */
  expectProgram(pid: number, file: string): void {
    this.children.expect(pid, file, 'program_not_joined', this.#options.now());
  }

  /** Writes what is still counted, then gives the closing record. */
  finish(exit: RunCloseRecord['exit']): RunCloseRecord {
    for (const [peer, state] of this.#peers) {
      for (const frame of state.open.drain()) this.#row(state, frame, true);
      this.#gap('peer_outlived_run', 1, whoIs(state));
      peer.abandon();
    }
    this.#peers.clear();
    for (const gap of this.children.drain(this.#options.now())) this.#gaps.add(gap);
    this.#writeGaps();
    const { calls, gaps, lost, unattributed, self } = this.counts;
    return {
      kind: 'run.close',
      time: formatMicros(this.#options.now()),
      run: { number: this.#options.run },
      exit,
      counts: { calls, both: 0, hooks_only: calls, kernel_only: 0, gaps, lost, unattributed, self },
    };
  }

  #end(state: PeerState, frame: CallFrame): void {
    const row = state.open.end(frame.id);
    if (row === undefined) this.#row(state, frame, false);
    else if (this.#options.sink.failure === undefined) this.#append(netEndRecord(frame, row, this.#options.now()));
  }

  #row(state: PeerState, frame: CallFrame, open: boolean): number {
    const { sink, run, salt, settings } = this.#options;
    if (sink.failure !== undefined) {
      this.lostUnjournaled += 1;
      return 0;
    }
    if (sink.prepare()) this.#ledger.reset();
    const site = frame.site === undefined ? undefined : state.sites.get(frame.site);
    const headers = frame.hdr === undefined ? undefined : state.headers.get(frame.hdr);
    const context: Omit<CallContext, 'fingerprint'> = {
      proc: this.#ledger.process(state.process),
      site: site === undefined ? undefined : this.#ledger.site(site),
      headers: headers === undefined ? undefined : this.#ledger.headers(headers),
      packageName: site?.package?.name,
      open,
      strict: settings.strict,
    };
    const body = frame.body === undefined ? undefined : fingerprint(salt, run, sink.nextSeq, frame.body);
    const record = netRecord(this.#plausible(frame), { ...context, fingerprint: body });
    this.counts.calls += 1;
    if (site?.package === undefined) this.counts.unattributed += 1;
    if (site?.self === true) this.counts.self += 1;
    this.traffic.add(record);
    return this.#append(record);
  }

  /** A record that the journal refuses was made from something the program sent: it is counted, and the run goes on. */
  #append(record: JournalRecord): number {
    try {
      return this.#options.sink.append(record);
    } catch (error) {
      if (!(error instanceof EgressError) || stopsRecording(error.code)) throw error;
      this.#gap('frame_invalid', 1, {});
      return 0;
    }
  }

  /** A start time far from our clock is a broken or lying clock: the time of arrival takes its place. */
  #plausible(frame: CallFrame): CallFrame {
    const now = this.#options.now();
    return Math.abs(frame.at - now) <= CLOCK_SKEW_MICROS_MAX ? frame : { ...frame, at: now };
  }

  #hookGap(state: PeerState, why: string, count: number, from: number, to: number): void {
    const reason = HOOK_REASONS.has(why) ? (why as GapReason) : 'frame_invalid';
    const now = this.#options.now();
    const isPlausible =
      from <= to && Math.abs(to - now) <= CLOCK_SKEW_MICROS_MAX && Math.abs(from - now) <= CLOCK_SKEW_MICROS_MAX;
    this.#gaps.add({
      reason,
      count,
      pid: state.process.pid,
      from: isPlausible ? from : now,
      to: isPlausible ? to : now,
    });
  }

  #child(pid: number, file: string, why: string | undefined): void {
    const reason = why === 'permission_model' ? 'permission_model' : 'child_not_joined';
    this.children.expect(pid, cap(file, 255), reason, this.#options.now());
  }

  #gap(reason: GapReason, count: number, who: Pick<Gap, 'pid' | 'executable' | 'channel'>): void {
    const now = this.#options.now();
    this.#gaps.add({ reason, count, ...who, from: now, to: now });
  }

  #writeGaps(): void {
    const { sink, now } = this.#options;
    for (const record of this.#gaps.drain(now())) {
      this.counts.gaps += 1;
      this.counts.lost = addCounts(this.counts.lost, record.gap.count);
      if (sink.failure !== undefined) continue;
      if (sink.prepare()) this.#ledger.reset();
      this.#append(record);
    }
  }
}
