/** What a policy makes of the calls, for a reader: one answer, then what is unexpected, then what to do. */
import type { ChalkInstance } from 'chalk';
import { printable } from '../../core/printable.js';
import { adviceFor } from '../../verdict/advice.js';
import type { Level } from '../../verdict/reason.js';
import { clearText, LEVEL_GLYPHS, levelText, reasonText, verdictLine } from '../../verdict/verdict-text.js';
import { askedByText, destinationText, packageText } from '../model/group-text.js';
import { sentText } from '../model/sizes.js';
import type { PolicyOutcome } from './policy-outcome.js';
import { countText } from '../text/quantity-text.js';
import { tableLines } from '../text/table.js';

const SHOWN_MAX = 20;
const HINTS_MAX = 6;

export function levelColour(level: Level, colour: ChalkInstance): ChalkInstance {
  return { ALARM: colour.red, NOT_CHECKED: colour.yellow, ATTENTION: colour.yellow, ALL_CLEAR: colour.green }[level];
}

/** Without a final newline. */
export function policyText(outcome: PolicyOutcome, colour: ChalkInstance, width: number): string {
  const { verdict, policy, calls } = outcome;
  const line = verdictLine(verdict, clearText(calls, policy?.name));
  return [
    levelColour(verdict.level, colour)(`${line}${onlyWarns(outcome)}`),
    ...whatIfLines(outcome),
    ...findingLines(outcome, width),
    ...reasonLines(outcome),
    ...adviceLines(outcome),
  ].join('\n');
}

/** A verdict by another policy than the one in force is a question that somebody asks, and no statement about the run. */
function whatIfLines({ policy, whatIf }: PolicyOutcome): string[] {
  if (whatIf === 0) return [];
  const name = printable(policy?.name ?? '?', { max: 60 });
  return [`  What if   ${countText(whatIf, 'run')} judged by ${name}, not by the policy in force`];
}

/** Words for a policy that was told not to fail anything. */
function onlyWarns({ verdict, conclusion }: PolicyOutcome): string {
  return conclusion === 'clean' && verdict.level !== 'ALL_CLEAR' ? ' (the policy only warns)' : '';
}

/** As an argument, where it is not the one that is found without. */
function inJournal([only]: PolicyOutcome['journals']): string {
  return only === undefined || only.journal === '.egress' ? '' : ` ${printable(only.journal)}`;
}

/** Destinations that are not expected, and what they probably are. */
export function findingLines({ unexpected, journals }: PolicyOutcome, width: number): string[] {
  if (unexpected.length === 0) return [];
  const rows = unexpected
    .slice(0, SHOWN_MAX)
    .map(({ group, isAlarm }) => [
      isAlarm ? '✗' : '!',
      destinationText(group),
      String(group.calls),
      sentText(group),
      packageText(group),
      printable(group.rule ?? '', { max: 24 }),
    ]);
  const columns = [
    { title: '', align: 'left' },
    { title: 'Unexpected', align: 'left', grows: true },
    { title: 'Calls', align: 'right' },
    { title: 'Sent', align: 'right' },
    { title: 'Package', align: 'left', max: 28 },
    { title: 'Rule', align: 'left', max: 24, spare: true },
  ] as const;
  const askedBy = new Set(unexpected.flatMap(({ group }) => askedByText(group) ?? []));
  const hints = new Set(unexpected.flatMap(({ hint }) => hint ?? []));
  const more = unexpected.length - rows.length;
  const first = unexpected[0]?.group.firstSeq ?? 0;
  return [
    '',
    ...tableLines(columns, rows, width - 2).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...[...askedBy].slice(0, HINTS_MAX).map((chain) => `  Asked by  ${chain}`),
    ...[...hints].slice(0, HINTS_MAX).map((hint) => `  Hint      ${hint}`),
    // A number means something within one journal only.
    ...(journals.length > 1
      ? []
      : [
          `  Next      egress policy explain ${first}${inJournal(journals)}   the rule that decided, or the one to add`,
        ]),
  ];
}

function adviceLines({ verdict, unexpected }: PolicyOutcome): string[] {
  const lines = adviceFor(verdict.reasons).map((advice) => `  Do        ${advice}`);
  return lines.length > 0 && unexpected.length === 0 ? ['', ...lines] : lines;
}

/** All reasons behind the first, each journal's own where there are several. */
function reasonLines({ verdict, journals }: PolicyOutcome): string[] {
  if (journals.length <= 1) return otherReasonLines(verdict.reasons.slice(1).map((reason) => reasonText(reason)));
  const shown = journals.filter(({ verdict: { level } }) => level !== 'ALL_CLEAR');
  const lines = shown
    .slice(0, SHOWN_MAX)
    .flatMap(({ journal, verdict: own }) => [
      `  ${LEVEL_GLYPHS[own.level]} ${levelText(own)}   ${printable(journal, { max: 80 })}`,
      ...own.reasons.slice(0, SHOWN_MAX).map((reason) => `      ${reasonText(reason)}`),
    ]);
  const more = shown.length - SHOWN_MAX;
  return ['', ...lines, ...(more > 0 ? [`  and ${more} more journals`] : [])];
}

export function otherReasonLines(reasons: readonly string[]): string[] {
  if (reasons.length === 0) return [];
  const more = reasons.length - SHOWN_MAX;
  return [
    '',
    ...reasons.slice(0, SHOWN_MAX).map((text) => `  Also      ${text}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
