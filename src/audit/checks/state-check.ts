/** The state of each segment has to be what the one before and its records lead to. */
import {
  decodeState,
  initialState,
  nextState,
  STATE_KINDS,
  stateText,
  type JournalState,
} from '../../journal/state/journal-state.js';
import { segmentName } from '../../journal/folder/layout.js';
import type { FindingList } from '../finding.js';
import type { OfficerCheck } from './officer-check.js';
import { isSignedInTime, type FoundHead, type WalkedEpoch } from '../heads/signed-files.js';
import type { WalkedSegment } from '../segments/tree-walk.js';
import { checkReceipt } from './vacuum-check.js';

/** @returns the state that the records leave, where it is known */
export function checkStates(
  segments: readonly WalkedSegment[],
  heads: readonly FoundHead[],
  epochs: readonly WalkedEpoch[],
  officers: OfficerCheck | undefined,
  findings: FindingList,
): JournalState | undefined {
  // Undefined where it is not known: behind a damaged line nobody can say what it changed.
  const isWhole = segments[0]?.segment === 1 && officers !== undefined;
  let state: JournalState | undefined = isWhole ? initialState(officers.journal) : undefined;
  for (const segment of segments) {
    const stated = statedIn(segment);
    if (stated !== undefined) {
      const found = decodeState(stated);
      if (found === undefined || (state !== undefined && stateText(found) !== stateText(state))) {
        const message = `${segmentName(segment.segment)}: the state is not what the segment before left`;
        const records = [segment.first + 1, segment.first + 1] as const;
        findings.add('STATE_CHANGED', message, { place: { segment: segment.segment }, records });
      }
      state = found;
    }
    const bodies = [...segment.bodies];
    for (const item of segment.control) {
      while ((bodies[0]?.first ?? item.seq) < item.seq) officers?.checkBodies(bodies.shift(), state);
      officers?.seeTime(item);
      // Statements that no head covered when a crash came have no effect.
      const isExpiry = item.kind === 'forensics.expired';
      const isJudged = isExpiry || STATE_KINDS.has(item.kind);
      if (state === undefined || !isJudged || !isSignedInTime(item.seq, heads, epochs)) continue;
      if (isExpiry) officers?.checkExpiry(item, state);
      if (item.kind === 'vacuum') checkReceipt(item, state, heads, findings);
      officers?.checkStatement(item, state);
      state = nextState(state, item.seq, item.record);
    }
    for (const stretch of bodies) officers?.checkBodies(stretch, state);
    if (segment.isDamaged) state = undefined;
  }
  return state;
}

/** A segment that a crash left at its very beginning has none. */
function statedIn({ control, first }: WalkedSegment): unknown {
  return control.find(({ kind, seq }) => kind === 'state' && seq === first + 1)?.record['state'];
}
