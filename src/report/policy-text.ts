/** What a policy makes of the calls, for a reader: one answer, then what is unexpected, then what to do. */
import type { ChalkInstance } from 'chalk';
import { printable } from '../core/printable.js';
import { destinationText, packageText } from './model/group-text.js';
import type { PolicyOutcome } from './policy-outcome.js';
import { bytesText, countText } from './quantity-text.js';
import { tableLines } from './table.js';

const SHOWN_MAX = 20;

function headline({ verdict, fails, policy, unexpected, calls }: PolicyOutcome, colour: ChalkInstance): string {
  const name = printable(policy.name, { max: 60 });
  const many = countText(calls, 'outbound call');
  if (verdict === 'unexpected') {
    const alarms = unexpected.filter(({ isAlarm }) => isAlarm).length;
    const warns = fails ? '' : ' (it only warns)';
    const what = `${countText(unexpected.length, 'destination')} not expected by ${name}${warns}, of ${many}`;
    return alarms > 0 ? colour.red(`✗ ALARM   ${what}`) : colour.yellow(`! UNEXPECTED   ${what}`);
  }
  if (verdict === 'incomplete')
    return colour.yellow(`? INCOMPLETE   nothing unexpected in ${many}, but not all was seen`);
  return colour.green(`✓ EXPECTED   ${many}, each expected by ${name}`);
}

/** Without a final newline. */
export function policyText(outcome: PolicyOutcome, colour: ChalkInstance, width: number): string {
  const { unexpected, incomplete } = outcome;
  const lines = [headline(outcome, colour)];
  if (unexpected.length > 0) {
    const rows = unexpected
      .slice(0, SHOWN_MAX)
      .map(({ group, isAlarm }) => [
        isAlarm ? '✗' : '!',
        destinationText(group),
        String(group.calls),
        bytesText(group.sent),
        packageText(group),
        printable(group.rule ?? '', { max: 24 }),
      ]);
    const columns = [
      { title: '', align: 'left' },
      { title: 'Unexpected', align: 'left', grows: true },
      { title: 'Calls', align: 'right' },
      { title: 'Sent', align: 'right' },
      { title: 'Package', align: 'left', max: 28 },
      { title: 'Rule', align: 'left', max: 24 },
    ] as const;
    lines.push('', ...tableLines(columns, rows, width - 2).map((line) => `  ${line}`));
    if (unexpected.length > SHOWN_MAX) lines.push(`  and ${unexpected.length - SHOWN_MAX} more`);
    const hints = new Set(unexpected.flatMap(({ hint }) => (hint === undefined ? [] : [hint])));
    for (const hint of hints) lines.push(`  Hint      ${hint}`);
  }
  if (incomplete.length > 0) {
    lines.push('', ...incomplete.slice(0, SHOWN_MAX).map((reason) => `  Not seen  ${printable(reason, { max: 200 })}`));
  }
  return lines.join('\n');
}
