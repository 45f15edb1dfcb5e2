import type { RecordQuery } from './record-query.js';

/** `ok`: checked and good. `none`: not checked. `warning`: checked, with a limit. `failed`: checked and bad. */
type ChipState = 'ok' | 'none' | 'warning' | 'failed';

/** One property of the record that a reader can take in at a glance. */
export interface Chip {
  readonly name: string;
  readonly state: ChipState;
  /** What the state means, in a line. */
  readonly meaning: string;
  /** The records that it counts, if it counts any. */
  readonly query?: RecordQuery;
}
