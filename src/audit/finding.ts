/** What a verification can say. Codes are a contract (`egress verify --json`): they are only ever added. */

/** Something that a whole, unchanged journal never shows: NOT VERIFIED. */
export type FindingCode =
  | 'GENESIS_MISMATCH'
  | 'JOURNAL_FILE_DAMAGED'
  | 'LINE_DAMAGED'
  | 'LINE_EXTRA'
  | 'LINES_MISSING'
  | 'SEGMENT_MISSING'
  | 'SEGMENT_STRUCTURE'
  | 'SEGMENT_UNSEALED'
  | 'STATE_CHANGED'
  | 'RECOVERED_MISMATCH'
  | 'EPOCH_INVALID'
  | 'HEAD_INVALID'
  | 'HEAD_WRONG_KEY'
  | 'HEAD_MISSING'
  | 'HEAD_MISMATCH'
  | 'SEAL_MISSING'
  | 'TAIL_CUT'
  | 'EXPECTED_HEAD_MISMATCH'
  | 'VACUUM_INVALID'
  | 'HOLD_BROKEN'
  | 'STATEMENT_INVALID'
  | 'BODY_UNAUTHORIZED'
  | 'BODY_MISSING'
  | 'BODY_ALTERED'
  | 'BOUNDARY_PROOF_INVALID'
  | 'POLICY_CHANGED'
  | 'POLICY_MISSING'
  | 'COSIGNATURE_INVALID'
  | 'COSIGNATURE_MISMATCH'
  | 'PROOF_INVALID'
  | 'PROOF_MISMATCH'
  | 'BUNDLE_FILE_CHANGED'
  | 'BUNDLE_FILE_MISSING'
  | 'BUNDLE_FILE_EXTRA';

/** Something that keeps a good journal from proving all that it could: VERIFIED, WITH A LIMIT. */
type LimitCode =
  | 'NO_EXPECTED_HEAD'
  | 'EXPECTED_HEAD_OLDER'
  | 'EXPECTED_HEAD_APART'
  | 'WITNESS_MISSING'
  | 'WITNESS_OLDER'
  | 'UNSEALED'
  | 'RUN_OPEN'
  | 'INTERRUPTED'
  | 'RECOVERED'
  | 'TORN_TAIL'
  | 'UNKNOWN_KINDS'
  | 'EPOCH_EMPTY'
  | 'VACUUMED'
  | 'VACUUM_UNFINISHED'
  | 'ACCESS_LOOSE'
  | 'PARTLY_DISCLOSED'
  | 'OFFICER_REPLACED'
  | 'BODIES_NOT_CHECKED';

/** Why nothing could be decided: NOT CHECKED. */
export type ObstacleCode = 'NO_KEY' | 'UNREADABLE' | 'UNKNOWN_FORMAT' | 'NOTHING_TO_CHECK' | 'EXPECTED_HEAD_REMOVED';

/** A place in a segment. Line and byte of a line's begin count from 1 and 0. */
interface Place {
  readonly segment: number;
  readonly line?: number;
  readonly byte?: number;
}

/** Records `first` to `last`, by seq. */
export type SeqRange = readonly [first: number, last: number];

export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
  readonly place?: Place;
  /** Records that the finding is about. */
  readonly records?: SeqRange;
  /** File of the finding, relative to the journal, where it is not about a line. */
  readonly file?: string;
  /** Hash that something else states, and the one that is there. */
  readonly expected?: string;
  readonly found?: string;
}

export interface Limit {
  readonly code: LimitCode;
  readonly message: string;
  /** Of INTERRUPTED and RUN_OPEN: the run without an end. */
  readonly run?: number;
  readonly records?: SeqRange;
  /** Of VACUUMED: a head that was kept elsewhere covers the receipt. Then `--strict` lets it pass. */
  readonly corroborated?: boolean;
}

export interface Obstacle {
  readonly code: ObstacleCode;
  readonly message: string;
  readonly hint: string;
}

/** More than anybody reads; the rest is counted. */
const FINDINGS_MAX = 200;

/** Collects findings up to FINDINGS_MAX, so that a hostile journal cannot grow our memory. */
export class FindingList {
  readonly items: Finding[] = [];
  omitted = 0;

  add(code: FindingCode, message: string, detail: Omit<Finding, 'code' | 'message'> = {}): void {
    if (this.items.length < FINDINGS_MAX) this.items.push({ code, message, ...detail });
    else this.omitted += 1;
  }

  get isEmpty(): boolean {
    return this.items.length === 0;
  }
}
