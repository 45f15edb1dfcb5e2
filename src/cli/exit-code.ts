import type { ErrorCode } from '../core/error.js';
import type { Conclusion } from '../verdict/verdict.js';

/** Exit codes of the reading commands. The program's own code, and these, are the whole contract with a script. */
export const EXIT = {
  ok: 0,
  /** The answer is no: not verified, no such record, not the head that was, something here would stop `run`. */
  negative: 1,
  /** The command line or the settings are wrong. */
  usage: 2,
  /** No answer: the question could not be decided or the work not be done. */
  undecided: 3,
} as const;

/** Exit codes of `egress run` itself, by the convention of env, timeout and docker. */
export const RUN_EXIT = {
  /** The program succeeded, and something was not expected by the policy. */
  unexpected: 120,
  /** The program succeeded, and not enough was seen to say that nothing was unexpected. */
  incomplete: 121,
  failed: 125,
  cannotExecute: 126,
  notFound: 127,
} as const;

/** What `policy check` makes of a verdict, and `run` of one on a program that succeeded. */
export const CHECK_EXIT: Readonly<Record<Conclusion, number>> = {
  clean: EXIT.ok,
  unexpected: EXIT.negative,
  incomplete: EXIT.undecided,
};
export const JUDGED_RUN_EXIT: Readonly<Record<Conclusion, number>> = {
  clean: 0,
  unexpected: RUN_EXIT.unexpected,
  incomplete: RUN_EXIT.incomplete,
};

/** What a shell reports for a program that a signal ended; here for a reader that went away (SIGPIPE is 13). */
export const EXIT_BROKEN_PIPE = 141;

/** The answer is no, and not that there is none. */
const NEGATIVE: ReadonlySet<ErrorCode> = new Set([
  ...(['RECORD_NOT_FOUND', 'STATEMENT_REFUSED', 'INIT_REFUSED', 'HEAD_MISMATCH'] as const),
]);

/** The only place where a failure becomes an exit code; `--json` does not change it. */
export function exitCodeOf(code: ErrorCode, command: string | undefined): number {
  if (command === 'run') {
    if (code === 'TARGET_NOT_FOUND') return RUN_EXIT.notFound;
    return code === 'TARGET_NOT_EXECUTABLE' ? RUN_EXIT.cannotExecute : RUN_EXIT.failed;
  }
  if (code === 'USAGE' || code === 'SETTINGS_INVALID' || code === 'POLICY_INVALID' || code === 'ACCOUNT_UNKNOWN')
    return EXIT.usage;
  return NEGATIVE.has(code) ? EXIT.negative : EXIT.undecided;
}
