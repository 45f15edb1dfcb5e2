/** `egress report --plain`: the report as text, the answer first. */
import type { ChalkInstance } from 'chalk';
import { truncate } from '../core/display-width.js';
import { printable } from '../core/printable.js';
import { bodyTables } from './model/body-tables.js';
import { CHIP_GLYPHS, headline, otherReasons, signedText, subjectText } from './model/headline-text.js';
import type { ReportModel } from './model/report-model.js';
import * as tables from './model/report-tables.js';
import type { ReportTable } from './model/report-tables.js';
import { levelColour } from './policy/policy-text.js';
import { countText } from './text/quantity-text.js';
import { tableText } from './text/table-text.js';

const WIDTH_PIPED = 100;
const FINDINGS_SHOWN = 10;

export interface TextStyle {
  readonly colour: ChalkInstance;
  /** Columns of the terminal; undefined for a reader that has no width. */
  readonly columns: number | undefined;
}

/** Tables in the order of a report; those that say nothing in this one are left out. */
export function tablesOf(model: ReportModel, cell: string): readonly ReportTable[] {
  const some = (table: ReportTable): readonly ReportTable[] => (table.rows.length > 0 ? [table] : []);
  return [
    ...(model.policy === undefined ? [] : [tables.unexpectedTable(model)]),
    tables.destinationTable(model),
    ...some(tables.packageTable(model, cell)),
    ...some(tables.vendorTable(model)),
    ...some(tables.thirdPartyTable(model)),
    ...some(tables.inboundTable(model)),
    ...some(tables.channelTable(model)),
    ...(model.hours.length > 1 ? [tables.timeTable(model, model.days.length > 2 ? 'days' : 'hours', cell)] : []),
    ...(model.observers.length > 1 ? [tables.observerTable(model)] : []),
    ...some(tables.gapTable(model)),
    ...bodyTables(model),
    ...(model.runs.length > 1 ? [tables.runTable(model)] : []),
  ];
}

/** Without a final newline. */
export function reportText(model: ReportModel, { colour, columns }: TextStyle): string {
  const width = columns ?? WIDTH_PIPED;
  const cut = (text: string): string => (columns === undefined ? text : truncate(text, width));
  const chips = { ok: colour.green, none: colour.dim, warning: colour.yellow, failed: colour.red };
  const lines = [
    colour.dim(cut(`${printable(model.journal)} · ${subjectText(model)}`)),
    '',
    levelColour(model.verdict.level, colour).bold(cut(headline(model))),
    ...otherReasons(model).map((reason) => cut(`  ${reason}`)),
    '',
    ...model.chips.map(({ name, state, meaning }) => chips[state](cut(`  ${CHIP_GLYPHS[state]} ${name}: ${meaning}`))),
    cut(`    ${signedText(model)}`),
    '',
    ...cardLines(model, width),
  ];
  for (const table of tablesOf(model, '█')) lines.push('', ...tableText(table, width - 2, colour));
  lines.push(...findingLines(model, colour, cut));
  lines.push(
    '',
    `  ${colour.bold('Not shown by this report')}`,
    ...model.notShown.map((text) => `  – ${printable(text)}`),
  );
  return lines.join('\n');
}

function cardLines({ cards }: ReportModel, width: number): string[] {
  const lines: string[] = [];
  for (const text of cards.map(({ name, value }) => `${name} ${value}`)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length + 5 <= width) lines[lines.length - 1] = `${last}     ${text}`;
    else lines.push(`  ${text}`);
  }
  return lines;
}

function findingLines(
  { findings, limits }: ReportModel,
  colour: ChalkInstance,
  cut: (text: string) => string,
): string[] {
  const lines: string[] = [];
  if (findings.length > 0) {
    lines.push('', `  ${colour.bold('Findings')}   egress verify says more`);
    for (const { message } of findings.slice(0, FINDINGS_SHOWN))
      lines.push(colour.red(cut(`  ✗ ${printable(message)}`)));
    const more = findings.length - FINDINGS_SHOWN;
    if (more > 0) lines.push(`  and ${countText(more, 'more finding')}`);
  }
  if (limits.length > 0) {
    lines.push('', `  ${colour.bold('Limits of the verification')}`);
    for (const { message } of limits) lines.push(cut(`  ! ${printable(message)}`));
  }
  return lines;
}
