/** A policy outcome as Markdown: for the summary of a job, a comment or a ticket. */
import { clearText, verdictLine } from '../../verdict/verdict-text.js';
import { markdownText } from '../text/markdown.js';
import { askedByText, destinationText, packageText } from '../model/group-text.js';
import { sentText } from '../model/sizes.js';
import type { PolicyOutcome } from '../policy/policy-outcome.js';
import { printable } from '../../core/printable.js';
import { countText } from '../text/quantity-text.js';
import { listFindings } from './finding-list.js';

const BYTES_MAX = 1 << 20;
/** For the line that says what was cut. */
const CUT_BYTES = 128;

/** @param bytesMax of UTF-8; rows that do not fit are left out, and how many is said */
export function policyMarkdown(outcome: PolicyOutcome, bytesMax = BYTES_MAX): string {
  const { verdict, policy, calls, unexpected } = outcome;
  const head = [
    `## ${markdownText(`egress: ${verdictLine(verdict, clearText(calls, policy?.name))}`)}`,
    '',
    `Policy ${markdownText(printable(policy?.name ?? 'none', { max: 120 }))} · ${countText(calls, 'outbound call')}`,
  ];
  const reasons = listFindings(outcome).filter(({ id }) => id === 'incomplete-evidence');
  const askedBy = new Set(unexpected.flatMap(({ group }) => askedByText(group) ?? []));
  const hints = new Set(unexpected.flatMap(({ hint }) => hint ?? []));
  const table = [
    ...(unexpected.length === 0
      ? []
      : ['', '|  | Destination | Calls | Sent | Package | Rule |', '| --- | --- | ---: | ---: | --- | --- |']),
  ];
  const rows = unexpected.map(({ group, isAlarm }) => {
    const rule = printable(group.rule ?? '', { max: 64 });
    const cells = [destinationText(group), String(group.calls), sentText(group), packageText(group), rule];
    return `| ${isAlarm ? '✗' : '!'} | ${cells.map(markdownText).join(' | ')} |`;
  });
  const tail = [
    ...[...askedBy].map((chain) => `- Asked by&#58; ${markdownText(chain)}`),
    ...[...hints].map((hint) => `- ${markdownText(hint)}`),
    ...reasons.map(({ title, text, hint }) => `- ${title}&#58; ${markdownText(said(text, hint))}`),
  ];
  return fitted([...head, ...table], rows, tail, bytesMax).join('\n');
}

function said(text: string, hint: string | undefined): string {
  return hint === undefined ? text : `${text}. ${hint}`;
}

/** As much as there is room for; a cut is counted. */
function fitted(head: readonly string[], rows: readonly string[], tail: readonly string[], bytesMax: number): string[] {
  const lines = [...head];
  let left = bytesMax - CUT_BYTES - Buffer.byteLength(head.join('\n'));
  let omitted = 0;
  for (const [index, line] of [...rows, '', ...tail].entries()) {
    const size = Buffer.byteLength(line) + 1;
    left -= size;
    if (left < 0) omitted += line === '' ? 0 : 1;
    else if (line !== '' || (index === rows.length && tail.length > 0)) lines.push(line);
  }
  return omitted === 0 ? lines : [...lines, '', `and ${countText(omitted, 'more line')} that did not fit`];
}
