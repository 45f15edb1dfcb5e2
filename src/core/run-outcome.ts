/** What a run came to, as its recorder counted it. */
import type { EgressError } from './error.js';
import type { Exit } from './launcher.js';

/** Where outbound calls of one package went. */
export interface Destination {
  /** As named by the program: host, address or socket path. Hostile text. */
  readonly host: string;
  readonly port: number | undefined;
  /** The application protocol over a bare connection where it is known, else the channel. */
  readonly protocol: string;
  readonly packageName: string | undefined;
  /** File name of a program that has no packages; `packageName` then is what started it. Hostile text. */
  readonly program: string | undefined;
  readonly calls: number;
  readonly failed: number;
  /** As far as known. */
  readonly sentBytes: number;
  /** Calls of which it is not known how much they sent. */
  readonly unsized: number;
}

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
  /** What the kernel observer did not do; codes, as in `run.open`. */
  readonly kernelLimits: readonly string[];
  readonly self: number;
  readonly gaps: number;
  readonly lost: number;
  readonly destinations: readonly Destination[];
  /** To destinations that are not told apart. */
  readonly otherCalls: number;
  /** Why the recording ended before the program did; calls since then are in no journal. */
  readonly failure: EgressError | undefined;
  readonly lostUnjournaled: number;
}
