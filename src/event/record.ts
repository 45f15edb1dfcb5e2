/**
 * Records: what one journal line says after its `seq` and `prev`. The only place where record kinds are declared.
 *
 * A field has one JSON type wherever it stands; a member that is unknown or does not apply is left out, never null;
 * numbers are integers. Names follow OpenTelemetry, then ECS, then ours under `egress`. There is no field that could
 * hold a body.
 */
import type { GapReason } from './gap-reason.js';
import type { NetEndRecord, NetRecord, ReconcileRecord } from './net-record.js';
import type { Author } from './author.js';
import type { BodyRecord } from './officer-record.js';
import type { OfficerState } from './officer-state.js';
import type { HeadersRecord, ProcessRecord, SiteRecord } from './reference-record.js';
import type { Continuation, JournalBeginning, Roles } from './roles.js';

/** RFC 3339 in UTC with six decimals: `2026-10-20T12:04:41.218311Z`. */
type Timestamp = string;

/** Repeats journal.json, so that a change of that file is found like any other. Third record of segment 1. */
interface JournalOpenRecord extends JournalBeginning {
  readonly kind: 'journal.open';
  readonly time: Timestamp;
  readonly journal: {
    readonly version: 1;
    readonly origin: string;
    readonly key: string;
    readonly created: Timestamp;
    /** The first officer, `<verifier key> <age recipient>`, and the verifier key of the recovery key. */
    readonly officer?: string;
    readonly recovery?: string;
  };
}

/** First record of every segment. */
interface SegmentOpenRecord {
  readonly kind: 'segment.open';
  readonly time: Timestamp;
  readonly segment: {
    readonly number: number;
    readonly run: number;
    readonly epoch: number;
    /** Verifier key of this epoch's run key. */
    readonly key: string;
    /** SHA-256 (hex) of journal.json. */
    readonly journal: string;
    /** Of the run's policy, `policies/<digest>`; absent where the run has none. */
    readonly policy?: string;
  };
}

/** Second record of every segment: what later readers need and a vacuum may have removed. */
export interface StateRecord {
  readonly kind: 'state';
  readonly time: Timestamp;
  readonly state: OfficerState & {
    readonly holds: readonly OpenHold[];
    /** The newest vacuum's receipt, and the record that it stands in. */
    readonly vacuum?: VacuumReceipt & { readonly seq: number };
    /** Whom the modes of the files are set for; absent where they say nothing. */
    readonly roles?: Roles;
    readonly continues?: Continuation;
  };
}

/** A hold that nobody has released. */
export interface OpenHold {
  /** Of the `hold` record. */
  readonly seq: number;
  readonly first: number;
  readonly last: number;
}

/** Records that no vacuum may remove until the hold is released. */
export interface HoldRecord {
  readonly kind: 'hold';
  readonly time: Timestamp;
  readonly hold: { readonly first: number; readonly last: number; readonly why: string };
  readonly by: Author;
}

export interface ReleaseRecord {
  readonly kind: 'release';
  readonly time: Timestamp;
  /** `hold`: seq of the hold record. */
  readonly release: { readonly hold: number; readonly why: string };
  readonly by: Author;
}

/** What stands in for the records that a vacuum removed. */
export interface VacuumReceipt {
  /** Of this vacuum in its journal, from 1. */
  readonly number: number;
  /** First and last record that it removed, and its last segment. */
  readonly first: number;
  readonly boundary: number;
  readonly segment: number;
  /** Leaf hash of the record `boundary`. */
  readonly hash: string;
  /** Complete subtrees that cover the records up to `boundary`, left to right; they give its root. */
  readonly frontier: readonly string[];
  /** Bytes of the segments that it removed. */
  readonly bytes: number;
  /** Bodies that went with the segments: keys that were destroyed, files, their bytes; absent if there were none. */
  readonly bodies?: { readonly keys: number; readonly files: number; readonly bytes: number };
  readonly rule: 'older_than' | 'max_size';
  /** As it was given: `90d`, `2GB`. */
  readonly window: string;
}

export interface VacuumRecord {
  readonly kind: 'vacuum';
  readonly time: Timestamp;
  readonly vacuum: VacuumReceipt;
  readonly by: Author;
}

export interface RolesRecord {
  readonly kind: 'roles';
  readonly time: Timestamp;
  readonly roles: Roles;
  readonly by: Author;
}

/** A command that wrote to the journal while nothing was recorded; it takes the place of a run. */
interface SessionOpenRecord {
  readonly kind: 'session.open';
  readonly time: Timestamp;
  readonly session: { readonly run: number; readonly command: string };
  readonly versions: RunOpenRecord['versions'];
  readonly by: Author;
}

export interface SessionCloseRecord {
  readonly kind: 'session.close';
  readonly time: Timestamp;
  readonly session: { readonly run: number };
}

/** One observer and whether it is at work in this run. */
export interface ObserverState {
  readonly name: 'hooks' | 'kernel';
  readonly active: boolean;
  /** A code; only when not active. */
  readonly reason?: string;
  /** What an active observer does not do here; codes. */
  readonly limits?: readonly string[];
}

export interface RunOpenRecord {
  readonly kind: 'run.open';
  readonly time: Timestamp;
  readonly run: {
    readonly number: number;
    /** Argument values are not kept: they carry secrets. */
    readonly command: { readonly argv0: string; readonly args: number; readonly options: readonly string[] };
    readonly cwd: string;
    /** That the program ran as, where it was not the recorder's. */
    readonly user?: { readonly uid: number; readonly name: string };
  };
  readonly versions: { readonly egress: string; readonly node: string; readonly os: string };
  /** Name, value as text, and where it came from (`flag`, `env`, `config`, `default`). */
  readonly settings: readonly (readonly [name: string, value: string, from: string])[];
  readonly observers: readonly ObserverState[];
}

/** The policy that a run is recorded under; every segment of the run names its digest too. */
export interface PolicyRecord {
  readonly kind: 'policy';
  readonly time: Timestamp;
  /** `digest`: SHA-256 (hex) of `policies/<digest>`; `name`: what it was called by whoever recorded. */
  readonly policy: { readonly digest: string; readonly name: string };
}

export interface GapRecord {
  readonly kind: 'gap';
  readonly time: Timestamp;
  readonly gap: {
    readonly reason: GapReason;
    readonly count: number;
    readonly pid?: number;
    readonly executable?: string;
    /** Of a channel that is switched off, or whose patch failed. */
    readonly channel?: string;
    readonly from: Timestamp;
    readonly to: Timestamp;
  };
}

export interface RunCloseRecord {
  readonly kind: 'run.close';
  readonly time: Timestamp;
  readonly run: { readonly number: number };
  /** Exit code of the program, or the signal that ended it. */
  readonly exit: { readonly code?: number; readonly signal?: string };
  readonly counts: {
    readonly calls: number;
    readonly both: number;
    readonly hooks_only: number;
    readonly kernel_only: number;
    readonly gaps: number;
    /** With both observers: rows that one alone saw and nothing explains, and destinations that were changed. */
    readonly unexplained?: number;
    /** How often io_uring was asked for and refused, so that nothing goes past the kernel observer. */
    readonly io_uring_refused?: number;
    /** Sum of the gaps' counts. */
    readonly lost: number;
    readonly unattributed: number;
    /** Calls attributed to egress itself; has to be 0. */
    readonly self: number;
  };
}

/** Last record under each head. */
interface SealRecord {
  readonly kind: 'seal';
  readonly time: Timestamp;
  readonly seal: { readonly segment: number; readonly reason: SealReason };
}
export type SealReason =
  | 'segment_full'
  | 'run_close'
  | 'interval'
  | 'hold'
  | 'release'
  | 'vacuum'
  | 'roles'
  | 'statement'
  | 'segment_age'
  | 'recording_stopped';

/** Second last under the head at a segment's end, when the run goes on with new keys. */
export interface EpochNextRecord {
  readonly kind: 'epoch.next';
  readonly time: Timestamp;
  readonly epoch: {
    readonly number: number;
    /** Verifier keys. */
    readonly key: string;
    readonly resume: string;
  };
}

/** First in the segment that follows a crash: what was found at the end of the one before. */
export interface RecoveredRecord {
  readonly kind: 'recovered';
  readonly time: Timestamp;
  readonly recovered: {
    readonly segment: number;
    /** Bytes after the last valid line, and their SHA-256 (hex). */
    readonly torn_bytes: number;
    readonly torn_sha256: string;
    /** Whole records that no head covered, `[first, last]`; absent if there were none. */
    readonly unproven?: readonly [first: number, last: number];
  };
}

export type JournalRecord =
  | JournalOpenRecord
  | SegmentOpenRecord
  | StateRecord
  | RunOpenRecord
  | PolicyRecord
  | ProcessRecord
  | SiteRecord
  | HeadersRecord
  | NetRecord
  | NetEndRecord
  | ReconcileRecord
  | GapRecord
  | RunCloseRecord
  | SealRecord
  | RecoveredRecord
  | HoldRecord
  | ReleaseRecord
  | VacuumRecord
  | RolesRecord
  | SessionOpenRecord
  | SessionCloseRecord
  | BodyRecord
  | EpochNextRecord;

/** A record as it stands in the journal. */
export type SequencedRecord<R extends JournalRecord = JournalRecord> = R & {
  readonly seq: number;
  readonly prev: string;
};
