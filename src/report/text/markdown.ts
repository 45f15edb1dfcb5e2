/** Markdown that shows recorded text and never obeys it: for a step summary, a ticket or a review. */
import type { ReportTable } from '../model/report-tables.js';

const ROWS_SHOWN = 50;

/** Characters that Markdown, or HTML in it, would obey; recorded text is to be read and not to be rendered. */
const SPECIAL = /[\\`*_{}[\]()<>#+!|&~@:-]/g;

/** As HTML entities, which no renderer takes for markup, links or mentions. The text has passed `printable()`. */
export function markdownText(text: string): string {
  return text.replace(SPECIAL, (character) => `&#${character.charCodeAt(0)};`);
}

export function tableMarkdown({ title, columns, rows, none }: ReportTable): string[] {
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
