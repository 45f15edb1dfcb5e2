/** `egress report --plain` over one journal or many. */
import { printable } from '../core/printable.js';
import { cardValue, type Fleet } from './model/fleet.js';
import { momentText } from './model/group-text.js';
import type { ReportModel } from './model/report-model.js';
import { LEVEL_GLYPHS, levelText } from './model/verdict.js';
import { countText } from './quantity-text.js';
import { reportText, type TextStyle } from './report-text.js';
import { tableLines, type Column } from './table.js';

export const FLEET_COLUMNS: readonly Column[] = [
  { title: 'Verdict', align: 'left' },
  { title: 'Journal', align: 'left', grows: true },
  { title: 'Calls', align: 'right' },
  { title: 'Unexpected', align: 'right' },
  { title: 'Gaps', align: 'right' },
  { title: 'Newest record', align: 'left' },
];

export function fleetCells(model: ReportModel): readonly string[] {
  return [
    `${LEVEL_GLYPHS[model.verdict.level]} ${levelText(model.verdict)}`,
    printable(model.journal),
    String(cardValue(model, 'Calls') ?? 0),
    String(cardValue(model, 'Unexpected') ?? '–'),
    String(model.gaps.reduce((sum, { records }) => sum + records, 0)),
    momentText(model.to),
  ];
}

/** Without a final newline. */
export function fleetText(fleet: Fleet, style: TextStyle): string {
  const { reports, level } = fleet;
  const [only] = reports;
  if (only !== undefined && reports.length === 1) return reportText(only, style);
  const { colour } = style;
  const styles = { ALARM: colour.red, NOT_CHECKED: colour.yellow, ATTENTION: colour.yellow, ALL_CLEAR: colour.green };
  const worst = reports.filter(({ verdict }) => verdict.level === level).length;
  const answer = `${LEVEL_GLYPHS[level]} ${level.replace('_', ' ')}   ${worst} of ${countText(reports.length, 'journal')}`;
  const [titles = '', ...rows] = tableLines(FLEET_COLUMNS, reports.map(fleetCells), style.columns ?? 100);
  const parts = reports.map((model) => `${'─'.repeat(style.columns ?? 100)}\n${reportText(model, style)}`);
  return [styles[level].bold(answer), '', colour.dim(titles), ...rows, '', ...parts].join('\n');
}
