import { matchesWildcard } from '../../core/wildcard.js';
import { UNEXPLAINED } from '../../event/net-record.js';
import type { RecordView } from '../../event/record-view.js';

/** What `log` was asked for. A record is shown if every member that is set accepts it. */
export interface LogFilter {
  /** Lower-case names or addresses; `*` stands for any characters. */
  readonly hosts: readonly string[];
  readonly packages: readonly string[];
  readonly channels: readonly string[];
  /** Nothing but what could not be recorded. */
  readonly gaps: boolean;
  /** Nothing but what one observer alone saw, or saw otherwise, and nothing explains. */
  readonly unexplained?: boolean;
  /** Timestamps as records write them, which sort as text. */
  readonly since?: string;
  readonly until?: string;
  readonly seq?: SeqRange;
}

/** Both ends belong to it. */
interface SeqRange {
  readonly first: number;
  readonly last: number;
}

const GAP_KINDS: ReadonlySet<string> = new Set(['gap', 'recovered']);

const anyOf = (patterns: readonly string[], texts: readonly (string | undefined)[]): boolean =>
  texts.some((text) => text !== undefined && patterns.some((pattern) => matchesWildcard(pattern, text)));

function hostsOf(view: RecordView): readonly (string | undefined)[] {
  const named = [view.text('server', 'address'), view.text('dns', 'question', 'name'), view.text('client', 'address')];
  return [...named.map((name) => name?.toLowerCase()), view.text('network', 'peer', 'address')];
}

export function isUnexplained(view: RecordView): boolean {
  if (view.kind === 'reconcile') return view.text('what') === 'destination_changed';
  return view.kind === 'net' && UNEXPLAINED.has(view.text('egress', 'reason') ?? '');
}

/** A line that is no record passes only where nothing is asked for that a record would have to answer. */
export function accepts(filter: LogFilter, view: RecordView | undefined): boolean {
  const { hosts, packages, channels, gaps, since, until, seq } = filter;
  const time = view?.text('time');
  if (since !== undefined && (time === undefined || time < since)) return false;
  if (until !== undefined && (time === undefined || time > until)) return false;
  if (seq !== undefined && !(view?.seq !== undefined && view.seq >= seq.first && view.seq <= seq.last)) return false;
  if (gaps && !GAP_KINDS.has(view?.kind ?? '')) return false;
  if (filter.unexplained === true && !(view !== undefined && isUnexplained(view))) return false;
  const asksForCalls = hosts.length + packages.length + channels.length > 0;
  if (!asksForCalls) return true;
  if (view?.kind !== 'net') return false;
  if (hosts.length > 0 && !anyOf(hosts, hostsOf(view))) return false;
  if (packages.length > 0 && !anyOf(packages, [view.text('package', 'name')])) return false;
  return channels.length === 0 || channels.includes(view.text('egress', 'channel') ?? '');
}
