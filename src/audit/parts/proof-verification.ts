/** The result of checking a proof file, as `egress verify FILE --json` prints it. */
import type { Finding, Limit, Obstacle } from '../finding.js';
import type { CheckedItem, Verdict, WitnessedHead } from '../verification.js';

/** A line that the proof discloses and that the head covers. */
export interface ProvenRecord {
  readonly seq: number;
  readonly kind: string;
  /** As it is stored, without its newline. */
  readonly line: string;
}

export interface ProofVerification {
  readonly verdict: Verdict;
  readonly proof: {
    readonly path: string;
    /** `record`: that one stands in the journal; `consistency`: that one head is the beginning of another. */
    readonly kind: 'record' | 'consistency';
    readonly origin?: string;
    /** The pinned genesis key. */
    readonly key?: string;
  };
  /** Only if the verdict is one of the good ones: the record, then the lines that it refers to. */
  readonly records: readonly ProvenRecord[];
  /** The earlier head of a consistency proof. Root in base64. */
  readonly old?: { readonly size: number; readonly root: string };
  /** The signed head that the proof leads to, and the run key that signed it. */
  readonly head?: { readonly size: number; readonly root: string; readonly key: string };
  readonly witnessed: readonly WitnessedHead[];
  readonly checked: readonly CheckedItem[];
  readonly findings: readonly Finding[];
  readonly findingsOmitted: number;
  readonly limits: readonly Limit[];
  readonly obstacle?: Obstacle;
  readonly notShown: readonly string[];
}
