/** The result of checking a proof file, as `egress verify FILE --json` prints it. */
import type { Answer } from '../verification.js';

/** A line that the proof discloses and that the head covers. */
export interface ProvenRecord {
  readonly seq: number;
  readonly kind: string;
  /** As it is stored, without its newline. */
  readonly line: string;
}

export interface ProofVerification extends Answer {
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
}
