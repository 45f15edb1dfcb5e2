/**
 * Calls as flat rows for other tools: what a record says, and what the records say that it refers to. A row is a view:
 * nothing of it is verified, and it cannot be traced to what was signed but by `journal` and `seq`.
 */
import type { RecordView } from '../event/record-view.js';
import { referencesOf } from '../event/record-references.js';
import { bytesOf } from '../report/stored/call-facts.js';
import { accepts, type LogFilter } from '../report/log/log-filter.js';
import { StoredLines } from '../report/stored/stored-lines.js';

type Value = string | number | boolean | undefined;

/** Columns in their order, and their types as Parquet has them. */
export const COLUMNS = {
  journal: 'VARCHAR',
  seq: 'BIGINT',
  time: 'TIMESTAMP',
  run: 'INTEGER',
  direction: 'VARCHAR',
  channel: 'VARCHAR',
  transport: 'VARCHAR',
  protocol: 'VARCHAR',
  observer: 'VARCHAR',
  reason: 'VARCHAR',
  host: 'VARCHAR',
  port: 'INTEGER',
  peer_address: 'VARCHAR',
  peer_port: 'INTEGER',
  local_port: 'INTEGER',
  client_address: 'VARCHAR',
  scheme: 'VARCHAR',
  method: 'VARCHAR',
  path: 'VARCHAR',
  status: 'INTEGER',
  dns_name: 'VARCHAR',
  dns_type: 'VARCHAR',
  sent_bytes: 'BIGINT',
  received_bytes: 'BIGINT',
  package: 'VARCHAR',
  package_version: 'VARCHAR',
  purl: 'VARCHAR',
  pid: 'INTEGER',
  executable: 'VARCHAR',
  outcome: 'VARCHAR',
  error: 'VARCHAR',
  duration_ns: 'BIGINT',
  reused: 'BOOLEAN',
  open: 'BOOLEAN',
} as const;

export type Column = keyof typeof COLUMNS;
export type CallRow = Readonly<Record<Column, Value>>;

export interface RowQuery {
  readonly filter: LogFilter;
  /** Ascending ranges that do not touch; undefined: all. */
  readonly ranges: readonly (readonly [first: number, last: number])[] | undefined;
}

/** Processes and sites of one segment that are kept to be looked up; a hostile file may declare more. */
const DECLARED_MAX = 100_000;

/** What the records of a segment refer to. */
class Declared {
  readonly #views = new Map<string, RecordView>();

  add(view: RecordView): void {
    const number = view.integer(view.kind, 'number');
    if (number !== undefined && this.#views.size < DECLARED_MAX) this.#views.set(`${view.kind} ${number}`, view);
  }

  of(view: RecordView, kind: 'process' | 'site'): RecordView | undefined {
    return this.#views.get(`${kind} ${referencesOf(view).get(kind) ?? ''}`);
  }
}

/**
 * The calls of a journal, the oldest first, with the memory of one segment’s declarations.
 * @param journal what to put into the column of that name
 * @throws JOURNAL_MISSING, JOURNAL_FOREIGN, JOURNAL_UNREADABLE
 */
export function* callRows(directory: string, journal: string, { filter, ranges }: RowQuery): Generator<CallRow, void> {
  const lines = new StoredLines(directory);
  const isWanted = ({ seq = 0 }: RecordView): boolean =>
    ranges === undefined || ranges.some(([first, last]) => seq >= first && seq <= last);
  for (const segment of lines.segments()) {
    const declared = new Declared();
    let run: number | undefined;
    for (const { view } of lines.forward(segment)) {
      if (view === undefined) continue;
      if (view.kind === 'segment.open') run = view.integer('segment', 'run');
      else if (view.kind === 'process' || view.kind === 'site') declared.add(view);
      else if (view.kind === 'net' && isWanted(view) && accepts(filter, view))
        yield rowOf(view, journal, run, declared);
    }
  }
}

function rowOf(view: RecordView, journal: string, run: number | undefined, declared: Declared): CallRow {
  const [process, site] = [declared.of(view, 'process'), declared.of(view, 'site')];
  const { sent, received } = bytesOf(view);
  return {
    journal,
    seq: view.seq,
    time: view.text('time'),
    run,
    direction: view.text('network', 'direction'),
    channel: view.text('egress', 'channel'),
    transport: view.text('network', 'transport') ?? 'tcp',
    protocol: view.text('network', 'protocol'),
    observer: view.text('egress', 'observer'),
    reason: view.text('egress', 'reason'),
    host: view.text('server', 'address'),
    port: view.integer('server', 'port'),
    peer_address: view.text('network', 'peer', 'address'),
    peer_port: view.integer('network', 'peer', 'port'),
    local_port: view.integer('network', 'local', 'port'),
    client_address: view.text('client', 'address'),
    scheme: view.text('url', 'scheme'),
    method: view.text('http', 'request', 'method'),
    path: view.text('url', 'path'),
    status: view.integer('http', 'response', 'status_code'),
    dns_name: view.text('dns', 'question', 'name'),
    dns_type: view.text('dns', 'question', 'type'),
    sent_bytes: sent,
    received_bytes: received,
    package: view.text('package', 'name'),
    package_version: site?.text('package', 'version'),
    purl: site?.text('package', 'purl'),
    pid: process?.integer('process', 'pid'),
    executable: process?.text('process', 'executable') ?? view.text('process', 'name'),
    outcome: view.text('event', 'outcome'),
    error: view.text('error', 'type'),
    duration_ns: view.integer('event', 'duration'),
    reused: view.flag('egress', 'reused') ? true : undefined,
    open: view.flag('egress', 'open') ? true : undefined,
  };
}
