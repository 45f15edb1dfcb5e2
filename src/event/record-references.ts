import type { RecordView } from './record-view.js';

/** Kinds whose records others refer to by number, within one segment. */
export const DECLARING: ReadonlySet<string> = new Set(['process', 'site', 'headers']);

/** What a record refers to: the kind of each line, and the number that it has there. */
export function referencesOf(view: RecordView): ReadonlyMap<string, number> {
  const named = [
    ['process', view.integer('egress', 'proc') ?? view.integer('gap', 'proc')],
    ['site', view.integer('egress', 'site')],
    ['headers', view.integer('egress', 'headers')],
  ] as const;
  return new Map(named.flatMap(([kind, number]) => (number === undefined ? [] : [[kind, number]])));
}
