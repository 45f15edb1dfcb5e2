/** Orders to capture bodies, readings and grants, as tables of a report. */
import { printable } from '../../core/printable.js';
import type { Column } from '../text/table.js';
import { bodyPartText } from '../text/body-text.js';
import type { BodyEvent } from '../rollup/body-log.js';
import { momentText } from './group-text.js';
import type { ReportModel } from './report-model.js';
import type { ReportTable } from './report-tables.js';

const NAME: Omit<Column, 'title'> = { align: 'left', max: 20 };
const RECORD: Omit<Column, 'title'> = { align: 'right' };
const TIME: Omit<Column, 'title'> = { align: 'left' };
const WHY: Column = { title: 'Why', align: 'left', grows: true };

/** Those that say something, each with the newest first. */
export function bodyTables(model: ReportModel): readonly ReportTable[] {
  return [captureTable(model), readTable(model), grantTable(model)].filter(({ rows }) => rows.length > 0);
}

const seqText = (seq: number | undefined): string => (seq === undefined ? '?' : `#${seq}`);
/** `#812 request`, `#812 server messages`. */
const bodyText = ({ body, part, protocol }: BodyEvent): string =>
  part === undefined ? seqText(body) : `${seqText(body)} ${bodyPartText(part, protocol)}`;
const nameText = (name: string | undefined): string => printable(name ?? '?', { max: 64 });
const whyText = ({ why = '?' }: BodyEvent): string => printable(why, { max: 200 });

function tableOf(
  title: string,
  columns: readonly Column[],
  events: readonly BodyEvent[],
  cells: (event: BodyEvent) => readonly string[],
): ReportTable {
  const rows = events.toReversed().map((event) => {
    const { seq, endedBy } = event;
    return { cells: cells(event), query: { seqs: [seq, ...(endedBy === undefined ? [] : [endedBy])] } };
  });
  return { title, none: 'None.', columns, rows };
}

function captureTable({ bodies }: ReportModel): ReportTable {
  const columns = [
    { title: 'Order', ...RECORD },
    { title: 'From', ...TIME },
    { title: 'Until', ...TIME },
    { title: 'By', ...NAME },
    { title: 'Of', ...NAME },
    WHY,
  ];
  return tableOf('Bodies captured', columns, bodies.captures, (event) => [
    seqText(event.seq),
    momentText(event.time ?? ''),
    momentText(event.ended ?? event.until ?? ''),
    nameText(event.by),
    event.match === undefined ? 'all calls' : nameText(event.match),
    whyText(event),
  ]);
}

const OUTCOMES: Readonly<Record<string, string>> = { opened: 'opened', failed: 'not opened' };

function readTable({ bodies }: ReportModel): ReportTable {
  const columns = [
    { title: 'Record', ...RECORD },
    { title: 'Time', ...TIME },
    { title: 'Body', align: 'left' } as const,
    { title: 'By', ...NAME },
    { title: 'Outcome', align: 'left' } as const,
    WHY,
  ];
  return tableOf('Bodies read', columns, bodies.reads, (event) => [
    seqText(event.seq),
    momentText(event.time ?? ''),
    bodyText(event),
    nameText(event.by),
    OUTCOMES[event.outcome ?? ''] ?? 'none: counts as read',
    whyText(event),
  ]);
}

function grantTable({ bodies }: ReportModel): ReportTable {
  const columns = [
    { title: 'Grant', ...RECORD },
    { title: 'Until', ...TIME },
    { title: 'Body', align: 'left' } as const,
    { title: 'Reader', ...NAME },
    { title: 'By', ...NAME },
    WHY,
  ];
  return tableOf('Bodies granted', columns, bodies.grants, (event) => [
    seqText(event.seq),
    momentText(event.ended ?? event.until ?? ''),
    bodyText(event),
    nameText(event.reader),
    nameText(event.by),
    whyText(event),
  ]);
}
