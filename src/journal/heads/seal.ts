/** Seals: the last record under each head. */
import type { SealReason } from '../../event/record.js';

/** Reasons after which nothing more is written to the segment. */
const CLOSING: ReadonlySet<unknown> = new Set<SealReason>([
  'segment_full',
  'segment_age',
  'run_close',
  'recording_stopped',
]);

/** Whether a seal with this reason ends its segment. */
export function endsSegment(reason: unknown): boolean {
  return CLOSING.has(reason);
}

/** Whether a record of kind `seal` ends its segment. */
export function isClosingSeal(record: Record<string, unknown> | undefined): boolean {
  const seal = record?.['seal'];
  return typeof seal === 'object' && seal !== null && endsSegment((seal as Record<string, unknown>)['reason']);
}
