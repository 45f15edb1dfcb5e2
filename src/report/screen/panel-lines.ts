/** A panel of the main screen as lines: tables whose rows lead to records, and passages to read. */
import { printable } from '../../core/printable.js';
import { LogText } from '../log/log-text.js';
import type { RecordQuery } from '../model/record-query.js';
import type { ReportTable } from '../model/report-tables.js';
import { fold } from '../text/fold.js';
import { tableLines } from '../text/table.js';
import type { Look } from './look.js';
import type { Newest } from './newest-rows.js';
import type { BodyLine } from './scroller.js';
import type { Passage } from './tabs.js';

export interface PanelLine extends BodyLine {
  /** Of the one record that the line is about. */
  readonly seq?: number | undefined;
  readonly query?: RecordQuery | undefined;
  /** What the records behind it are, for the screen that lists them. */
  readonly title?: string;
}

export const plainLine = (text: string): PanelLine => ({ text, stops: false });

/** With a blank line between one and the next. */
export function partLines(parts: readonly (ReportTable | Passage)[], look: Look): readonly PanelLine[] {
  return parts.flatMap((part, index) => [
    ...(index === 0 ? [] : [plainLine('')]),
    ...('rows' in part ? tablePart(part, look) : passagePart(part, look)),
  ]);
}

function tablePart({ title, columns, rows, none }: ReportTable, look: Look): readonly PanelLine[] {
  const { colour } = look;
  const [titles = '', ...texts] = tableLines(
    columns,
    rows.map(({ cells }) => cells),
    look.columns - 3,
  );
  const heading = plainLine(` ${colour.bold(`${title} (${rows.length})`)}`);
  if (rows.length === 0)
    return [heading, ...fold(none, look.columns - 3).map((line) => plainLine(colour.dim(`  ${line}`)))];
  return [
    heading,
    plainLine(colour.dim(`  ${titles}`)),
    ...texts.map((text, index) => {
      const { query, cells } = rows[index] ?? { cells: [] };
      return { text, stops: true, title: `${title.toLowerCase()}: ${cells[0] ?? ''}`, query };
    }),
  ];
}

function passagePart({ title, items }: Passage, look: Look): readonly PanelLine[] {
  return [
    plainLine(` ${look.colour.bold(title)}`),
    ...items.flatMap(({ text, advice, query }) => {
      const shown = printable(text, { max: 600 });
      const folded = (part: string): readonly string[] => fold(part, look.columns - 6);
      const lines = folded(shown).map((line, index) => `${index === 0 ? '–' : ' '} ${line}`);
      const more = advice === undefined ? [] : folded(advice).map((line) => `  ${look.colour.dim(line)}`);
      return [...lines, ...more].map((line) => ({ text: line, stops: true, title: shown, query }));
    }),
  ];
}

/** The newest records as they come: few enough that what needs a decision stays in view. */
export function newestPart({ rows, signed }: Newest, look: Look): readonly PanelLine[] {
  const text = new LogText({ colour: look.colour, columns: look.columns - 2, local: false });
  const shown = rows.slice(look.rows < 36 ? -4 : -8);
  const basis = signed === undefined ? 'nothing signed yet' : `signed up to #${signed}`;
  return [
    plainLine(` ${look.colour.bold('Newest')}   ${look.colour.dim(basis)}`),
    ...shown.map((view) => ({ text: text.renderAlone(view), stops: true, seq: view.seq })),
    plainLine(''),
  ];
}
