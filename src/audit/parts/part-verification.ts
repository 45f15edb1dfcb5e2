/** The result of checking a part of a journal, as `egress verify BUNDLE --json` prints it. */
import type { SeqRange } from '../finding.js';
import type { Answer } from '../verification.js';
import type { ProvenRecord } from './proof-verification.js';

export interface PartVerification extends Answer {
  readonly part: {
    readonly path: string;
    readonly origin?: string;
    /** The pinned genesis key. */
    readonly key?: string;
  };
  /** Records under the head, those that a vacuum removed left out. */
  readonly total: number;
  /** Those that are shown; proven only if the verdict is one of the good ones. */
  readonly shown: {
    readonly count: number;
    readonly kinds: Readonly<Record<string, number>>;
    /** The first thousand ranges and records. */
    readonly ranges: readonly SeqRange[];
    readonly records: readonly ProvenRecord[];
  };
  /** Those that are there and not shown. */
  readonly withheld: { readonly count: number; readonly ranges: readonly SeqRange[] };
  /** Records that a vacuum had removed before. */
  readonly removed?: SeqRange;
}
