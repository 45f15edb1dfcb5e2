/** A part of a journal as Markdown: for a ticket or a file of notes. */
import type { PartVerification } from '../../audit/parts/part-verification.js';
import type { ProvenRecord } from '../../audit/parts/proof-verification.js';
import { printable } from '../../core/printable.js';
import { RecordView } from '../../event/record-view.js';
import { bytesOf } from '../stored/call-facts.js';
import { targetText } from '../text/endpoint-text.js';
import { markdownText } from '../text/markdown.js';
import { isTelling, partHeadline } from './part-text.js';
import { timeText } from '../text/time-text.js';

const ROWS_SHOWN = 1_000;

/** Without a final newline. */
export function partMarkdown(result: PartVerification): string {
  const verdict = result.verdict.replaceAll('_', ' ');
  const rows = result.shown.records.filter(isTelling).slice(0, ROWS_SHOWN);
  const list = (title: string, texts: readonly string[]): string[] =>
    texts.length === 0 ? [] : ['', `### ${title}`, '', ...texts.map((text) => `- ${markdownText(printable(text))}`)];
  return [
    `## ${markdownText(`${verdict}: ${partHeadline(result)}`)}`,
    '',
    '| Record | Time | Kind | Where to | Package | Status | Sent | Received |',
    '| ---: | --- | --- | --- | --- | --- | ---: | ---: |',
    ...rows.map(rowMarkdown),
    ...list(
      'Findings',
      result.findings.map(({ message }) => message),
    ),
    ...list(
      'Limits',
      result.limits.map(({ message }) => message),
    ),
    ...list('Not shown', result.notShown),
  ].join('\n');
}

function rowMarkdown({ seq, kind, line }: ProvenRecord): string {
  const view = RecordView.decode(Buffer.from(line));
  const isCall = kind === 'net' && view !== undefined;
  const { sent, received } = isCall ? bytesOf(view) : { sent: undefined, received: undefined };
  const cells = [
    `#${seq}`,
    timeText(view?.text('time'), false),
    kind,
    isCall ? targetText(view) : '',
    view?.text('package', 'name') ?? '',
    String(view?.integer('http', 'response', 'status_code') ?? view?.text('event', 'outcome') ?? ''),
    String(sent ?? ''),
    String(received ?? ''),
  ];
  return `| ${cells.map((cell) => markdownText(printable(cell, { max: 300 }))).join(' | ')} |`;
}
