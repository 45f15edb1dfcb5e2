import type { ChalkInstance } from 'chalk';
import { padEnd } from '../../core/display-width.js';
import { printable } from '../../core/printable.js';

/** `failed`: `egress run` would not work here. `warning`: it works, with less. `none`: a fact, neither good nor bad. */
type CheckStatus = 'ok' | 'warning' | 'failed' | 'none';

/** One thing that `doctor` looked at. */
export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly says: string;
  /** What to do about it. */
  readonly advice?: string;
}

const GLYPHS: Readonly<Record<CheckStatus, string>> = { ok: '✓', warning: '!', failed: '✗', none: '–' };

export function isHealthy(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => status !== 'failed');
}

function headline(checks: readonly Check[]): string {
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  if (count('failed') > 0) return '✗ egress run will not work here';
  const warnings = count('warning');
  if (warnings === 0) return '✓ egress run will work here';
  return `! egress run will work here, with ${warnings === 1 ? 'a limit' : `${warnings} limits`}`;
}

/** The answer, then each check on a line, with what to do below it. Without a final newline. */
export function diagnosisText(checks: readonly Check[], colour: ChalkInstance): string {
  const styles = { ok: colour.green, warning: colour.yellow, failed: colour.red, none: colour.dim };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const worst = (['failed', 'warning'] as const).find((status) => checks.some((check) => check.status === status));
  const lines = [styles[worst ?? 'ok'](headline(checks)), ''];
  for (const { name, status, says, advice } of checks) {
    lines.push(`  ${styles[status](GLYPHS[status])} ${padEnd(name, width)}  ${printable(says)}`);
    if (advice !== undefined) lines.push(`    ${' '.repeat(width)}  ${colour.dim(`→ ${printable(advice)}`)}`);
  }
  return lines.join('\n');
}
