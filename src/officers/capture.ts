import type { OfficerState } from '../event/officer-state.js';
import type { AgeRecipient } from './age.js';
import { parseOfficerLine } from './officer-card.js';

/** What an officer has allowed to be captured, now. */
export interface OpenCapture {
  /** Of the `forensics.enable`. */
  readonly seq: number;
  readonly until: string;
  /** Host pattern or `pkg:name`; all bodies if absent. */
  readonly match?: string;
  /** Of the officers in force: to whom a body is sealed. */
  readonly recipients: readonly AgeRecipient[];
}

/** What was being captured when the time came may still be stored; a minute later nothing is. */
const STORING_MS_MAX = 60_000;

/** Until when a body may be stored, for a capture that ends at `until`. */
function bodyDeadline(until: string): string {
  const end = new Date(Date.parse(until) + STORING_MS_MAX);
  return Number.isNaN(end.getTime()) ? '' : `${end.toISOString().slice(0, 23)}${until.slice(23)}`;
}

/**
 * Whether bodies could be stored then.
 * @param until end of the capture that was on; undefined where none was
 * @param latest time of the latest of them; empty where one has none
 */
export function isBodyInTime(until: string | undefined, latest: string): boolean {
  return until !== undefined && latest !== '' && latest <= bodyDeadline(until);
}

/** @param time the latest known @returns undefined while capture is off, has expired, or nobody could read a body */
export function openCapture(state: OfficerState, time: string): OpenCapture | undefined {
  const { forensics, officers } = state;
  if (forensics === undefined || forensics.until < time || officers.length === 0) return undefined;
  return { ...forensics, recipients: officers.map((line) => parseOfficerLine(line).recipient) };
}
