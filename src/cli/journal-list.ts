import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';

/**
 * The journals that a command of several was given, else the one in force. Without strict parsing, which would allow
 * one journal only, oclif takes a mistyped flag for a journal.
 * @throws USAGE
 */
export async function requireJournals(
  argv: readonly string[],
  command: string,
  otherwise: () => Promise<string>,
): Promise<readonly string[]> {
  const mistyped = argv.find((word) => word.startsWith('-'));
  if (mistyped === undefined) return argv.length > 0 ? argv : [await otherwise()];
  throw new EgressError('USAGE', `there is no flag ${printable(mistyped, { max: 64 })}`, {
    hint: `egress ${command} --help lists the flags. A journal of that name: ./-name`,
  });
}
