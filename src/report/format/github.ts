/** What a job on GitHub shows of a policy outcome: annotations, of which it takes ten a step, and the step's summary. */
import { appendFileSync, statSync } from 'node:fs';
import type { PolicyOutcome } from '../policy/policy-outcome.js';
import { listFindings, type ListedFinding } from './finding-list.js';
import { policyMarkdown } from './policy-markdown.js';
import { workflowCommand } from './workflow-command.js';

const ANNOTATIONS_MAX = 10;
/** GitHub refuses a summary of more than 1 MiB; other commands of the step may have written to it. */
const SUMMARY_BYTES_MAX = (1 << 20) - 1_024;

/** Lines; none where there is nothing to tell. */
function annotations(outcome: PolicyOutcome): readonly string[] {
  const findings = listFindings(outcome);
  const shown = findings.length <= ANNOTATIONS_MAX ? findings : findings.slice(0, ANNOTATIONS_MAX - 1);
  const more = findings.length - shown.length;
  const worst = findings.some(({ level }) => level === 'error') ? 'error' : 'warning';
  return [
    ...shown.map(({ level, title, text, hint }) => workflowCommand(level, `egress: ${title}`, sentence(text, hint))),
    ...(more > 0 ? [workflowCommand(worst, 'egress', `and ${more} more: the step’s summary lists them`)] : []),
  ];
}

function sentence(text: string, hint: ListedFinding['hint']): string {
  return hint === undefined ? text : `${text}\n${hint}`;
}

/**
 * Tells the job: annotations through `write`, and the step's summary.
 * @param write takes a line
 */
export function tellJob(
  outcome: PolicyOutcome,
  env: Readonly<Record<string, string | undefined>>,
  write: (line: string) => void,
): void {
  for (const line of annotations(outcome)) write(line);
  const summary = env['GITHUB_STEP_SUMMARY'];
  const trouble = summary === undefined || summary === '' ? undefined : appendSummary(summary, outcome);
  if (trouble !== undefined) write(`egress: the step’s summary cannot be written: ${trouble}`);
}

export function isGithub(env: Readonly<Record<string, string | undefined>>): boolean {
  return env['GITHUB_ACTIONS'] === 'true';
}

/**
 * Appends the outcome to the summary of the step.
 * @param file as `GITHUB_STEP_SUMMARY` names it
 * @returns why that did not go, or undefined
 */
function appendSummary(file: string, outcome: PolicyOutcome): string | undefined {
  try {
    const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const page = policyMarkdown(outcome, Math.max(0, SUMMARY_BYTES_MAX - used - 1));
    if (Buffer.byteLength(page) + used < SUMMARY_BYTES_MAX) appendFileSync(file, `${page}\n`);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown error';
  }
}
