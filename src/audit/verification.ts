/** The result of a verification, as `egress verify --json` prints it. */
import { printable } from '../core/printable.js';
import type { Finding, Limit, Obstacle, SeqRange } from './finding.js';

export type Verdict = 'NOT_VERIFIED' | 'NOT_CHECKED' | 'VERIFIED_WITH_LIMIT' | 'VERIFIED' | 'VERIFIED_WITNESSED';

/**
 * The exit code that states a verdict: 0 verified, 1 not verified, 3 not checked.
 * @param isStrict whether a limit counts as a negative answer, but for a vacuum that a head from elsewhere covers
 */
export function verdictExitCode(
  { verdict, limits }: Pick<Verification, 'verdict' | 'limits'>,
  isStrict: boolean,
): 0 | 1 | 3 {
  if (verdict === 'NOT_CHECKED') return 3;
  if (verdict === 'NOT_VERIFIED') return 1;
  // Who names a witness demands its word; that it is missing must not pass in a script.
  if (limits.some(({ code }) => code === 'WITNESS_MISSING')) return 1;
  return isStrict && limits.some(({ corroborated }) => corroborated !== true) ? 1 : 0;
}

/** Something that was checked, and whether it held. */
export interface CheckedItem {
  readonly ok: boolean;
  readonly text: string;
  readonly detail?: string;
}

/** A cosignature by a witness that the auditor trusts, over a head that the records have. */
export interface WitnessedHead {
  /** Of the witness's key. */
  readonly name: string;
  readonly key: string;
  readonly size: number;
  /** When the witness signed, by its own clock. */
  readonly time: string;
}

/** Who cosigned, and when: what the ladder's top is worth. */
export function witnessItems(witnessed: readonly WitnessedHead[]): CheckedItem[] {
  return witnessed.map(({ name, size, time }) => {
    return { ok: true, text: `cosigned by ${printable(name)}`, detail: `${size} records, ${time}` };
  });
}

/** Records by what is known of them, as ranges in ascending order. */
export interface RecordRanges {
  /** Under a signed head, and unchanged. */
  readonly good: readonly SeqRange[];
  /** Chained, but not signed, or not while they were recorded. */
  readonly unproven: readonly SeqRange[];
  readonly damaged: readonly SeqRange[];
  readonly missing: readonly SeqRange[];
}

export interface NamedOfficer {
  readonly role: 'officer' | 'recovery';
  readonly name: string;
  /** Verifier key, and the fingerprint of its text. */
  readonly key: string;
  readonly fingerprint: string;
}

/** What every check answers, of a whole journal, a part of one or a proof. */
export interface Answer {
  readonly verdict: Verdict;
  /** The newest signed head that what was checked matches, and the run key that signed it. Root in base64. */
  readonly head?: { readonly size: number; readonly root: string; readonly key: string };
  /** For each of the auditor's witnesses the newest head that it cosigned. */
  readonly witnessed: readonly WitnessedHead[];
  readonly checked: readonly CheckedItem[];
  readonly findings: readonly Finding[];
  readonly findingsOmitted: number;
  readonly limits: readonly Limit[];
  readonly obstacle?: Obstacle;
  readonly notShown: readonly string[];
}

export interface Verification extends Answer {
  readonly journal: {
    readonly path: string;
    readonly origin?: string;
    /** The pinned genesis key. */
    readonly key?: string;
    /** Of its text, as `egress init` prints it. */
    readonly fingerprint?: string;
    /** Where the pinned key came from. */
    readonly pinned?: 'given' | 'own' | 'page';
  };
  /** Records that are there; after a vacuum less than the newest one's number. */
  readonly records: number;
  readonly segments: number;
  readonly bytes: number;
  /** Records that vacuums have removed, and the newest vacuum: its record, time, who asked, and for what. */
  readonly removed?: {
    readonly first: number;
    readonly last: number;
    readonly seq: number;
    readonly time: string;
    readonly by: string;
    readonly rule: string;
    readonly window: string;
  };
  /** Who is an officer at its end, and who may name one: to compare with what they say themselves. */
  readonly officers?: readonly NamedOfficer[];
  /** The journal that this one says it goes on from, and what was last signed there. */
  readonly continues?: { readonly origin: string; readonly size: number; readonly root: string; readonly why: string };
  /** Times of the first and the last record. */
  readonly from?: string;
  readonly to?: string;
  readonly ranges: RecordRanges;
  /** Records by kind. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly gaps: number;
}

/** Nothing can be said, and why. */
export function notChecked(journal: Verification['journal'], obstacle: Obstacle): Verification {
  return {
    verdict: 'NOT_CHECKED',
    journal,
    records: 0,
    segments: 0,
    bytes: 0,
    witnessed: [],
    checked: [],
    findings: [],
    findingsOmitted: 0,
    limits: [],
    obstacle,
    ranges: { good: [], unproven: [], damaged: [], missing: [] },
    notShown: [],
    kinds: {},
    gaps: 0,
  };
}

/** How many of the records that are there a signed head covers. */
export function signedRecords({ head, removed }: Verification): number {
  return Math.max(0, (head?.size ?? 0) - (removed?.last ?? 0));
}

/** Sorts ranges and joins those that touch. */
export function mergeRanges(ranges: readonly SeqRange[]): SeqRange[] {
  const merged: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

/** The parts of `whole` that are in none of `holes` (merged). */
export function subtractRanges(whole: SeqRange, holes: readonly SeqRange[]): SeqRange[] {
  const rest: SeqRange[] = [];
  let at = whole[0];
  for (const [first, last] of holes) {
    if (last < at) continue;
    if (first > whole[1]) break;
    if (first > at) rest.push([at, first - 1]);
    at = last + 1;
  }
  if (at <= whole[1]) rest.push([at, whole[1]]);
  return rest;
}
