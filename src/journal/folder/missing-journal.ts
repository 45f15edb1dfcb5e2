import { fileSystem, joinPath } from '#platform';
import { EgressError } from '../../core/error.js';

const DEFAULT_FOLDER = '.egress';
const PARENTS_MAX = 32;

/** The same words wherever a journal is asked for and none is there; most often it is the wrong folder. */
export function missingJournal(directory: string, cause?: unknown): EgressError {
  const above = journalAbove(directory);
  const found = above === undefined ? '' : `There is one at ${above}.\n`;
  return new EgressError('JOURNAL_MISSING', `there is no journal at ${directory}`, {
    hint: `${found}egress run -- COMMAND makes one.\nAnother is named by an argument, --journal or EGRESS_JOURNAL.`,
    cause,
  });
}

/** Where the journal was looked for in the working folder alone: one that a folder above has. */
function journalAbove(directory: string): string | undefined {
  if (directory !== DEFAULT_FOLDER && !directory.endsWith(`/${DEFAULT_FOLDER}`)) return undefined;
  for (let levels = 1; levels <= PARENTS_MAX; levels += 1) {
    const above = joinPath(directory, `${'../'.repeat(levels + 1)}${DEFAULT_FOLDER}`);
    try {
      if (fileSystem.lstatSync(joinPath(above, 'journal.json')).isFile()) return above;
    } catch {
      // None there; or a folder that this user may not look into.
    }
  }
  return undefined;
}
