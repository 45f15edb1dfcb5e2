/** A table under its title, as a report has it. */
import type { ChalkInstance } from 'chalk';
import type { ReportTable } from '../model/report-tables.js';
import { tableLines } from './table.js';

const ROWS_SHOWN = 20;

export function tableText({ title, columns, rows, none }: ReportTable, width: number, colour: ChalkInstance): string[] {
  if (rows.length === 0) return [`  ${colour.bold(`${title} (0)`)}`, `  ${none}`];
  const shown = rows.slice(0, ROWS_SHOWN);
  const [titles = '', ...lines] = tableLines(
    columns,
    shown.map(({ cells }) => cells),
    width,
  );
  const more = rows.length - shown.length;
  return [
    `  ${colour.bold(`${title} (${rows.length})`)}`,
    `  ${colour.dim(titles)}`,
    ...lines.map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more: --json lists all`] : []),
  ];
}
