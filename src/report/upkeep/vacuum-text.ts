import type { ChalkInstance } from 'chalk';
import type { VacuumReceipt } from '../../event/record.js';
import type { VacuumPlan, VacuumRule } from '../../journal/vacuum/vacuum-plan.js';
import type { Declared } from '../../journal/state/statement.js';
import { bytesText, countText } from '../text/quantity-text.js';
import { timeText } from '../text/time-text.js';

/** What a vacuum removes, would remove, or has removed. */
export interface VacuumReport {
  readonly plan: VacuumPlan;
  /** Bodies that go with it. */
  readonly bodies: VacuumReceipt['bodies'];
  /** First record that is there. */
  readonly first: number;
  readonly rule: VacuumRule;
  readonly isDryRun: boolean;
  readonly declared: Declared | undefined;
  readonly finished: number;
}

const field = (label: string, text: string): string => `  ${label.padEnd(10)}${text}`;

function keptText({ kept, hold }: VacuumPlan): readonly string[] {
  if (kept === 'hold') {
    return [
      field('Held', `more is as old or large, but a hold keeps it: #${hold ?? '?'}`),
      field('', `egress hold lists the holds and releases them`),
    ];
  }
  return kept === 'last'
    ? [field('Kept', 'the newest segment always stays, and what the newest head has to cover')]
    : [];
}

function flagOf({ rule, window }: VacuumRule): string {
  return `--${rule.replace('_', '-')} ${window}`;
}

/** The answer first, then what stays and why, then what to do next. Without a final newline. */
export function vacuumText(report: VacuumReport, colour: ChalkInstance): string {
  const { plan, bodies, first, rule, isDryRun, declared, finished } = report;
  const { cut, segments, bytes, bytesLeft, leftover } = plan;
  const lines: string[] = [];
  if (cut === undefined) lines.push(colour.bold('Nothing to remove.'));
  else {
    const what = `#${first} to #${cut.boundary}`;
    const size = `${countText(segments, 'segment')}, ${bytesText(bytes)}, up to ${timeText(cut.until, false)}`;
    lines.push(isDryRun ? colour.bold(`Would remove ${what}`) : colour.green(`✓ removed ${what}`));
    lines.push(field('Removes', size));
    if (bodies !== undefined) {
      const what = `${bodies.files} ${bodies.files === 1 ? 'body' : 'bodies'}, ${bytesText(bodies.bytes)}`;
      lines.push(
        field('Bodies', `${what}; ${countText(bodies.keys, 'key')} destroyed first: no copy of them opens any more`),
      );
    }
    lines.push(field('Stays', `#${cut.boundary + 1} and after, ${bytesText(bytesLeft)}`));
  }
  lines.push(...keptText(plan));
  if (isDryRun && leftover.length > 0) {
    lines.push(field('Left', `${countText(leftover.length, 'segment')} that an earlier vacuum did not get to remove`));
  }
  if (finished > 0) lines.push(field('Finished', `${countText(finished, 'segment')} that an earlier vacuum had left`));
  if (declared !== undefined) {
    lines.push(field('Receipt', `#${declared.seq}, signed in the head of #${declared.head.size}`));
    lines.push(field('Next', 'egress head      keep it elsewhere: it shows that this was you'));
  }
  if (isDryRun && (cut !== undefined || leftover.length > 0)) {
    lines.push(field('Next', `egress vacuum ${flagOf(rule)} --yes      nothing was removed yet`));
  }
  return lines.join('\n');
}
