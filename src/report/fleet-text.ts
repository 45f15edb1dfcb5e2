/** `egress report --plain` over one journal or many. */
import { printable } from '../core/printable.js';
import { LEVEL_GLYPHS, levelText } from '../verdict/verdict-text.js';
import { cardValue } from './model/card.js';
import type { Fleet } from './model/fleet.js';
import { momentText } from './model/group-text.js';
import type { ReportModel } from './model/report-model.js';
import { levelColour } from './policy/policy-text.js';
import { countText } from './text/quantity-text.js';
import { reportText, type TextStyle } from './report-text.js';
import { tableLines, type Column } from './text/table.js';

export const FLEET_COLUMNS: readonly Column[] = [
  { title: 'Verdict', align: 'left' },
  { title: 'Journal', align: 'left', grows: true },
  { title: 'Calls', align: 'right' },
  { title: 'Unexpected', align: 'right' },
  { title: 'Gaps', align: 'right' },
  { title: 'Newest record', align: 'left', spare: true },
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

/** `! ATTENTION   2 of 5 journals`. */
export function fleetLine({ verdict, reports }: Fleet): string {
  const worst = reports.filter((model) => model.verdict.level === verdict.level).length;
  return `${LEVEL_GLYPHS[verdict.level]} ${levelText(verdict)}   ${worst} of ${countText(reports.length, 'journal')}`;
}

/** Without a final newline. */
export function fleetText(fleet: Fleet, style: TextStyle): string {
  const { reports, verdict } = fleet;
  const [only] = reports;
  if (only !== undefined && reports.length === 1) return reportText(only, style);
  const { colour } = style;
  const [titles = '', ...rows] = tableLines(FLEET_COLUMNS, reports.map(fleetCells), style.columns ?? 100);
  const parts = reports.map((model) => `${'─'.repeat(style.columns ?? 100)}\n${reportText(model, style)}`);
  return [
    levelColour(verdict.level, colour).bold(fleetLine(fleet)),
    '',
    colour.dim(titles),
    ...rows,
    '',
    ...parts,
  ].join('\n');
}
