/** `egress report --markdown`: for a step summary, a ticket or a review. */
import { printable } from '../core/printable.js';
import type { Fleet } from './model/fleet.js';
import { CHIP_GLYPHS, headline, otherReasons, signedText, subjectText } from './model/headline-text.js';
import type { ReportModel } from './model/report-model.js';
import type { ReportTable } from './model/report-tables.js';
import { tablesOf } from './report-text.js';

const ROWS_SHOWN = 50;

/** Characters that Markdown, or HTML in it, would obey; recorded text is to be read and not to be rendered. */
const SPECIAL = /[\\`*_{}[\]()<>#+!|&~@:-]/g;

/** As HTML entities, which no renderer takes for markup, links or mentions. */
function markdownText(text: string): string {
  return text.replace(SPECIAL, (character) => `&#${character.charCodeAt(0)};`);
}

/** Without a final newline. */
export function reportMarkdown({ reports }: Fleet): string {
  return reports.map(journalMarkdown).join('\n\n');
}

function journalMarkdown(model: ReportModel): string {
  const lines = [
    `## ${markdownText(headline(model))}`,
    '',
    markdownText(`${printable(model.journal)} · ${subjectText(model)}`),
    '',
    ...otherReasons(model).map((reason) => `- ${markdownText(reason)}`),
    ...model.chips.map(
      ({ name, state, meaning }) => `- ${CHIP_GLYPHS[state]} **${markdownText(name)}** ${markdownText(meaning)}`,
    ),
    `- ${markdownText(signedText(model))}`,
    '',
    model.cards.map(({ name, value }) => `${name} **${value}**`).join(' · '),
  ];
  for (const table of tablesOf(model, '')) lines.push('', ...tableMarkdown(table));
  if (model.findings.length > 0) {
    lines.push(
      '',
      '### Findings',
      '',
      ...model.findings.map(({ message }) => `- ✗ ${markdownText(printable(message))}`),
    );
  }
  lines.push(
    '',
    '### Not shown by this report',
    '',
    ...model.notShown.map((text) => `- ${markdownText(printable(text))}`),
  );
  return lines.join('\n');
}

function tableMarkdown({ title, columns, rows, none }: ReportTable): string[] {
  const heading = [`### ${title} (${rows.length})`, ''];
  if (rows.length === 0) return [...heading, none];
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const more = rows.length - ROWS_SHOWN;
  return [
    ...heading,
    row(columns.map((column) => column.title)),
    row(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.slice(0, ROWS_SHOWN).map(({ cells }) => row(cells.map(markdownText))),
    ...(more > 0 ? ['', `and ${more} more`] : []),
  ];
}
