/** Rows of calls that the hooks told of: who made it, what the other observer says, and where its bodies are. */
import path from 'node:path';
import type { CallFrame, HookSettings } from '../../event/frame.js';
import type { Capture } from '../bodies/capture.js';
import { isPlausible } from '../channel/claimed-time.js';
import type { PeerState } from '../channel/peer-state.js';
import type { Lineage } from '../program/lineage.js';
import type { KernelAccount } from '../reconciliation/kernel-account.js';
import type { Claim } from '../reconciliation/reconciler.js';
import { fingerprint } from './fingerprint.js';
import { netEndRow, netRow } from './net-row.js';
import type { RowWriter } from './row-writer.js';
import { frameCourse, frameTraffic } from './traffic-tally.js';

interface CallRowsOptions {
  readonly run: number;
  readonly salt: Uint8Array;
  readonly settings: HookSettings;
  /** µs since the Unix epoch. */
  readonly now: () => number;
  readonly kernel?: KernelAccount | undefined;
  readonly capture?: Capture | undefined;
}

export class CallRows {
  readonly #rows: RowWriter;
  readonly #lineage: Lineage;
  readonly #options: CallRowsOptions;

  constructor(rows: RowWriter, lineage: Lineage, options: CallRowsOptions) {
    this.#rows = rows;
    this.#lineage = lineage;
    this.#options = options;
  }

  /** @returns seq of the row, 0 if it could not be written */
  row(state: PeerState, frame: CallFrame, open: boolean, claim: Claim): number {
    const { run, salt, settings, kernel } = this.#options;
    const rows = this.#rows;
    if (!rows.prepare()) return rows.unwritten();
    const own = frame.site === undefined ? undefined : state.sites.get(frame.site);
    // Code without a package (`node -e`, a file in /tmp) does what the package wanted that started it.
    const { pid, parent_pid: parent, executable } = state.process;
    const starter = own?.package === undefined ? this.#lineage.of([pid, parent], state.start) : undefined;
    const site = starter ?? own;
    const headers = frame.hdr === undefined ? undefined : state.headers.get(frame.hdr);
    const packageName = site?.package?.name;
    const program = starter === undefined ? undefined : path.basename(executable);
    const proc = rows.ledger.process(state.process);
    if (proc === undefined) return rows.unwritten();
    const { observer, reason } = claim;
    const now = this.#options.now();
    const row = netRow(frame, {
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
    const traffic = frameTraffic(frame, packageName, program);
    const seq = rows.row(row, { observer, reason, site, traffic, isOpen: open });
    if (claim.connection !== undefined && seq > 0) kernel?.onRow(claim.connection, seq);
    this.#linkBodies(state, frame, seq, packageName);
    return seq;
  }

  /**
   * What became of a call whose row was written while it was open.
   * @param row its seq, 0 if the journal did not take it
   * @param open it still is, and nobody will tell of its end
   */
  end(state: PeerState, frame: CallFrame, row: number, open: boolean): void {
    if (row === 0) return;
    this.#rows.end(netEndRow(frame, row, this.#options.now(), open), row, frameCourse(frame));
    this.#linkBodies(state, frame, row, state.sites.get(frame.site ?? -1)?.package?.name);
  }

  #linkBodies({ bodies }: PeerState, frame: CallFrame, seq: number, packageName: string | undefined): void {
    if (bodies !== undefined && seq > 0) this.#options.capture?.link(bodies, frame, seq, packageName);
  }
}
