import type { ChalkInstance } from 'chalk';
import type { RecordView } from '../../event/record-view.js';
import type { JournalState } from '../../journal/state/journal-state.js';
import { countText } from '../text/quantity-text.js';
import { findRecord } from '../stored/record-context.js';
import { holdSentence } from '../sentence/statement-sentence.js';
import { timeText } from '../text/time-text.js';

/** An open hold with its record, which is still there: a hold is younger than what it holds. */
export interface HoldEntry {
  readonly seq: number;
  readonly first: number;
  readonly last: number;
  readonly view: RecordView;
}

/** @throws whatever reading throws */
export function openHolds(directory: string, { holds }: JournalState): readonly HoldEntry[] {
  return holds.map((hold) => ({ ...hold, view: findRecord(directory, hold.seq).view }));
}

export function holdsText(holds: readonly HoldEntry[], colour: ChalkInstance): string {
  if (holds.length === 0) return 'No records are held.';
  const lines = holds.map(({ seq, view }) => {
    return `  #${seq}  ${colour.dim(timeText(view.text('time'), false))}  ${holdSentence(view)}`;
  });
  return [colour.bold(countText(holds.length, 'open hold')), ...lines].join('\n');
}
