/** `egress report --markdown`: for a step summary, a ticket or a review. */
import { printable } from '../core/printable.js';
import { markdownText, tableMarkdown } from './text/markdown.js';
import type { Fleet } from './model/fleet.js';
import { CHIP_GLYPHS, headline, otherReasons, signedText, subjectText } from './model/headline-text.js';
import type { ReportModel } from './model/report-model.js';
import { tablesOf } from './report-text.js';

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
