/** What `egress run` says at its end, last on stderr: one answer, where the traffic went, what was not seen, what next. */
import type { ChalkInstance } from 'chalk';
import { displayWidth, padEnd } from '../core/display-width.js';
import { printable } from '../core/printable.js';
import type { Destination, RunOutcome } from '../core/run-outcome.js';
import { rootToBase64 } from '../journal/heads/checkpoint.js';
import type { Hash } from '../journal/tree/tree-hasher.js';
import { endpointText } from './text/endpoint-text.js';
import { kernelLimitText, noKernelText } from './text/kernel-text.js';
import { outcomeJson } from './policy/policy-json.js';
import type { PolicyOutcome } from './policy/policy-outcome.js';
import { clearText, reasonText, verdictLine } from '../verdict/verdict-text.js';
import type { Verdict } from '../verdict/verdict.js';
import { findingLines, levelColour, otherReasonLines } from './policy/policy-text.js';
import { countText } from './text/quantity-text.js';
import { tableLines, type Column } from './text/table.js';
import { sentText, sizeJson } from './model/sizes.js';
import { verdictJson } from './policy/verdict-json.js';

const DESTINATIONS_SHOWN = 12;
const WIDTH_MAX = 100;
/** Limits of the kernel observer that are told otherwise once the run is over. */
const NOTES: Readonly<Record<string, string>> = {
  no_new_privileges: 'sudo and other setuid programs had no privileges here (--kernel=off)',
};

export interface RunSummary extends RunOutcome {
  /** What `egress run` exits with: the program's own code, or what the policy makes of it. */
  readonly exitCode: number;
  readonly journal: string;
  /** What the policy makes of the run, where there is one. */
  readonly policy: PolicyOutcome | undefined;
  readonly verdict: Verdict;
  readonly head:
    | {
        readonly size: number;
        readonly root: Hash;
      }
    | undefined;
}

function ended({ exit }: RunSummary): string {
  return exit.signal === undefined ? `program exited ${exit.code ?? 0}` : `program ended by ${exit.signal}`;
}

/** The verdict and its reasons, then what was recorded. */
function answer(summary: RunSummary, colour: ChalkInstance, width: number): string[] {
  const { outbound, inbound, policy, verdict } = summary;
  const line = verdictLine(verdict, clearText(outbound, policy?.policy?.name), true);
  const warns = policy?.conclusion === 'clean' && verdict.level !== 'ALL_CLEAR' ? ' (the policy only warns)' : '';
  return [
    levelColour(verdict.level, colour)(`${line}${warns}`),
    ...(policy === undefined ? [] : findingLines(policy, width)),
    ...otherReasonLines(verdict.reasons.slice(1).map((reason) => reasonText(reason, true))),
    '',
    `  Recorded  ${countText(outbound, 'outbound call')}, ${inbound} inbound (${ended(summary)})`,
  ];
}

/** The package; a program without packages in brackets, behind the package that started it. */
function whoText({ packageName, program }: Destination): string {
  if (packageName !== undefined && program !== undefined) {
    return `${printable(packageName, { max: 64 })} [${printable(program, { max: 62 })}]`;
  }
  if (packageName !== undefined) return printable(packageName, { max: 64 });
  return program === undefined ? '?' : `[${printable(program, { max: 62 })}]`;
}

const DESTINATION_COLUMNS: readonly Column[] = [
  { title: 'Destination', align: 'left', grows: true },
  { title: 'Calls', align: 'right' },
  { title: 'Failed', align: 'right' },
  { title: 'Sent', align: 'right' },
  { title: 'Package', align: 'left', max: 28 },
];

const sentOf = ({ calls, sentBytes, unsized }: Destination): Parameters<typeof sentText>[0] => {
  return { calls, sent: sentBytes, unsizedSent: unsized };
};

function destinationTable(summary: RunSummary, width: number): string[] {
  const { destinations, otherCalls } = summary;
  if (destinations.length === 0) return [];
  const rows = destinations
    .slice(0, DESTINATIONS_SHOWN)
    .map((destination) => [
      `${endpointText(destination.host, destination.port)} ${destination.protocol}`,
      String(destination.calls),
      destination.failed === 0 ? '' : String(destination.failed),
      sentText(sentOf(destination)),
      whoText(destination),
    ]);
  const rest = destinations.length - rows.length;
  const lines = ['', ...tableLines(DESTINATION_COLUMNS, rows, width - 2).map((line) => `  ${line}`)];
  if (rest > 0 || otherCalls > 0)
    lines.push(
      `  and ${countText(rest, 'more destination')}${otherCalls > 0 ? ` and ${countText(otherCalls, 'call')} to others` : ''}`,
    );
  return lines;
}

function notSeen({ noKernel }: RunSummary): string | undefined {
  if (noKernel === undefined) return undefined;
  return `what native code and programs other than Node did (no kernel observer: ${noKernelText(noKernel)})`;
}

/** What the two observers agree on. */
function seenBy({ both, kernelOnly, unexplained }: RunSummary): string | undefined {
  return unexplained === undefined ? undefined : `${both} by both observers, ${kernelOnly} beneath the hooks`;
}

/** Commands that go on from here, and what for. */
function nextSteps({ journal, gaps, unexplained = 0, policy }: RunSummary): readonly (readonly [string, string])[] {
  const option = journal === '.egress' ? '' : ` ${printable(journal)}`;
  return [
    [`egress report${option}`, 'see it'],
    ...(gaps > 0 ? [[`egress log --gaps${option}`, 'what could not be recorded'] as const] : []),
    ...(unexplained > 0 ? [[`egress log --unexplained${option}`, 'what nothing explains'] as const] : []),
    ...(policy === undefined ? [[`egress policy learn${option}`, 'a first policy'] as const] : []),
    [`egress verify${option}`, 'check it'],
  ];
}

/** Text for stderr; off a terminal each line begins with `egress: `, so that it can be told from the program's own. */
export function runSummaryText(
  summary: RunSummary,
  colour: ChalkInstance,
  stream: { readonly isTTY?: boolean; readonly columns?: number },
): string {
  const width = Math.min(WIDTH_MAX, stream.columns ?? 80);
  const { head, failure } = summary;
  const journal = printable(summary.journal);
  const lines = answer(summary, colour, width);
  if (failure !== undefined) {
    lines.push('', `  ${printable(failure.message)} ${colour.dim(`(${failure.code})`)}`);
    if (summary.lostUnjournaled > 0)
      lines.push(`  ${countText(summary.lostUnjournaled, 'call')} since then are in no journal.`);
    if (failure.hint !== undefined) lines.push(...failure.hint.split('\n').map((line) => `  ${printable(line)}`));
  }
  lines.push(...destinationTable(summary, width), '');
  for (const [name, text] of [
    ['Seen    ', seenBy(summary)],
    ['Not seen', notSeen(summary)],
    ...summary.kernelLimits.map((limit) => ['Note    ', NOTES[limit] ?? kernelLimitText(limit)] as const),
  ] as const) {
    if (text !== undefined) lines.push(`  ${name}  ${text}`);
  }
  lines.push(
    `  Journal   ${journal}   run ${summary.run}${head === undefined ? '   not signed' : `   head #${head.size} ${rootToBase64(head.root).slice(0, 8)}…`}`,
  );
  const steps = nextSteps(summary);
  const stepWidth = Math.max(...steps.map(([command]) => displayWidth(command)));
  lines.push(
    ...steps.map(
      ([command, use], at) => `  ${at === 0 ? 'Next    ' : '        '}  ${padEnd(command, stepWidth)}   ${use}`,
    ),
  );
  lines.push('', `  ${exitText(summary)}`);
  if (stream.isTTY !== true)
    return lines
      .filter((line) => line !== '')
      .map((line) => `egress: ${line}\n`)
      .join('');
  const rule = `── egress ${'─'.repeat(Math.max(0, width - 10))}`;
  return `${colour.dim(rule)}\n${lines.join('\n')}\n`;
}

/** The last word: who set the exit code. */
function exitText({ exitCode, exit, policy }: RunSummary): string {
  const isOwn = policy === undefined || exit.signal !== undefined || (exit.code ?? 0) !== 0;
  if (isOwn || policy.conclusion === 'clean') return `Exit code ${exitCode} is the program’s own.`;
  const why = policy.conclusion === 'unexpected' ? 'something was not expected' : 'not all was seen';
  return `Exit code ${exitCode}: the program succeeded, but ${why}.`;
}

/** The same as one JSON object, for `--summary-file`. */
export function runSummaryJson(summary: RunSummary): string {
  const { failure, head, policy, verdict, destinations, ...rest } = summary;
  return `${JSON.stringify(
    {
      ...rest,
      destinations: destinations.map(({ sentBytes, ...destination }) => {
        return { ...destination, sentBytes: sizeJson(destination.calls, sentBytes, destination.unsized) };
      }),
      ...verdictJson(verdict),
      policy: policy === undefined ? undefined : outcomeJson(policy),
      head: head === undefined ? undefined : { size: head.size, root: rootToBase64(head.root) },
      failure: failure === undefined ? undefined : { code: failure.code, message: failure.message },
    },
    undefined,
    2,
  )}\n`;
}
