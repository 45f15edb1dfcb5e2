/** What is known of stored bodies without reading one. */
import type { ChalkInstance } from 'chalk';
import { printable } from '../../core/printable.js';
import type { BodySender } from '../../event/officer-record.js';
import type { RecordView } from '../../event/record-view.js';
import type { JournalState } from '../../journal/state/journal-state.js';
import { parseVerifierKey } from '../../keys/verifier-key.js';
import { bodyPartText, senderOf } from '../text/body-text.js';
import { bytesText } from '../text/quantity-text.js';
import { StoredLines } from '../stored/stored-lines.js';
import { tableLines, type Column } from '../text/table.js';
import { timeText } from '../text/time-text.js';

/** More than anybody reads on one page; the newest are kept. */
const BODIES_MAX = 1_000;

interface BodyEntry {
  readonly seq: number;
  readonly time: string;
  readonly net: number;
  readonly part: string;
  /** Who sent it. */
  readonly from: BodySender;
  /** `websocket`: its messages, in one direction. */
  readonly protocol?: string;
  readonly bytes: number;
  readonly truncated: boolean;
  /** Readings that were journaled, with an outcome or not. */
  readonly reads: number;
}

export interface BodyList {
  readonly capture: JournalState['capture'];
  readonly forensics?: JournalState['forensics'];
  readonly grants: JournalState['grants'];
  /** Oldest first. */
  readonly bodies: readonly BodyEntry[];
  /** Older ones that are not listed. */
  readonly omitted: number;
}

export function listBodies(directory: string, { capture, forensics, grants }: JournalState): BodyList {
  const lines = new StoredLines(directory);
  const entries: Omit<BodyEntry, 'reads'>[] = [];
  const reads = new Map<number, number>();
  let count = 0;
  for (const segment of lines.segments()) {
    for (const { bytes, view } of lines.forward(segment)) {
      // Most lines are calls: those are not worth decoding.
      if (!bytes.includes('"kind":"body.')) continue;
      if (view?.kind === 'body.read.intent') {
        const body = view.integer('statement', 'body') ?? 0;
        reads.set(body, (reads.get(body) ?? 0) + 1);
      }
      const entry = view?.kind === 'body.stored' ? entryOf(view) : undefined;
      if (entry === undefined) continue;
      count += 1;
      entries.push(entry);
      if (entries.length > 2 * BODIES_MAX) entries.splice(0, BODIES_MAX);
    }
  }
  const bodies = entries.slice(-BODIES_MAX).map((entry) => ({ ...entry, reads: reads.get(entry.seq) ?? 0 }));
  const open = forensics === undefined ? {} : { forensics };
  return { capture, ...open, grants, bodies, omitted: count - bodies.length };
}

function entryOf(view: RecordView): Omit<BodyEntry, 'reads'> | undefined {
  const { seq } = view;
  const [net, bytes] = [view.integer('body', 'net'), view.integer('body', 'bytes')];
  const [time, part] = [view.text('time'), view.text('body', 'part')];
  if (seq === undefined || net === undefined || bytes === undefined || part === undefined) return undefined;
  const protocol = view.text('body', 'protocol');
  const what = { part, from: senderOf(part), ...(protocol === undefined ? {} : { protocol }) };
  return { seq, time: time ?? '?', net, ...what, bytes, truncated: view.flag('body', 'truncated') };
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'TIME', align: 'left' },
  { title: 'CALL', align: 'right' },
  { title: 'PART', align: 'left', max: 16 },
  { title: 'SIZE', align: 'right' },
  { title: 'READ', align: 'right' },
];

export function bodyListText(list: BodyList, colour: ChalkInstance, columns = 80): string {
  const { capture, forensics, grants, bodies, omitted } = list;
  const match = forensics?.match === undefined ? '' : `, of ${printable(forensics.match, { max: 255 })} only`;
  const until = forensics === undefined ? '' : ` until ${timeText(forensics.until, false)}${match} (#${forensics.seq})`;
  const lines = [`Bodies ${capture === 'on' ? colour.red(`ON${until}`) : 'OFF'}`];
  if (bodies.length === 0) lines.push('No bodies are stored.');
  else {
    const rows = bodies.map(({ seq, time, net, part, protocol, bytes, truncated, reads }) => [
      ...[`#${seq}`, timeText(time, false), `#${net}`, bodyPartText(part, protocol)],
      ...[`${bytesText(bytes)}${truncated ? ' cut' : ''}`, reads === 0 ? '–' : `${reads}×`],
    ]);
    lines.push(...tableLines(COLUMNS, rows, columns));
  }
  if (omitted > 0) lines.push(`and ${omitted} older ${omitted === 1 ? 'body' : 'bodies'}`);
  for (const { seq, reader, until: end } of grants) {
    const name = printable(parseVerifierKey(reader).name, { max: 64 });
    lines.push(`Granted to ${name} until ${timeText(end, false)}: copy #${seq}`);
  }
  return lines.join('\n');
}
