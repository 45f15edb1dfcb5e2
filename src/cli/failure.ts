import type { ChalkInstance } from 'chalk';
import { EgressError, systemCode, type ErrorCode } from '../core/error.js';
import { printable, printableJson } from '../core/printable.js';

/** A failure as a user or a script gets to see it. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  /** What the system said, where that adds something. */
  readonly cause?: string;
}

const REPORT_IT =
  'This is a mistake in egress, not in what you did.\nPlease report it with the output of the same command under EGRESS_DEBUG=1.';

function causeOf(error: Error): string | undefined {
  const { cause } = error;
  // That something does not exist is what such a message says already.
  if (!(cause instanceof Error) || [undefined, 'ENOENT'].includes(systemCode(cause))) return undefined;
  return error.message.includes(cause.message) ? undefined : cause.message;
}

/** Any thrown value as a failure. What is not an EgressError is a mistake of ours, and says so. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof EgressError) {
    const cause = causeOf(thrown);
    return {
      code: thrown.code,
      message: thrown.message,
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
      ...(cause === undefined ? {} : { cause }),
    };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'INTERNAL', message: message === '' ? 'an error without a message' : message, hint: REPORT_IT };
}

/** Text for stderr: what happened and its code, what the system said, what to do. Ends with a newline. */
export function renderFailure(failure: Failure, colour: ChalkInstance): string {
  const lines = [
    `${colour.red('egress:')} ${printable(failure.message)} ${colour.dim(`(${failure.code})`)}`,
    ...(failure.cause === undefined ? [] : [`  ${printable(failure.cause)}`]),
    ...(failure.hint?.split('\n').map((line) => `  ${printable(line)}`) ?? []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The one object that `--json` prints instead of a result. Ends with a newline. */
export function renderFailureJson({ code, message, hint }: Failure): string {
  return `${printableJson(JSON.stringify({ error: { code, message, hint } }, undefined, 2))}\n`;
}

/** Whether the part of a command line that is egress's own, before any `--`, asks for JSON. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}

/** oclif ends a command by throwing; that is not a failure. The exit code it asked for, or undefined for a failure. */
export function oclifExitCode(thrown: unknown): number | undefined {
  if (systemCode(thrown) !== 'EEXIT') return undefined;
  const { oclif } = thrown as { readonly oclif?: { readonly exit?: number } };
  return oclif?.exit ?? 0;
}
