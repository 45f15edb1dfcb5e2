import { realpathSync } from 'node:fs';
import { EgressError } from '../core/error.js';

/** The real path of a journal's folder, which its keys go by. @throws JOURNAL_MISSING */
export function existingJournal(directory: string): string {
  try {
    return realpathSync(directory);
  } catch (error) {
    throw new EgressError('JOURNAL_MISSING', `there is no journal in ${directory}`, {
      hint: 'egress run -- COMMAND records one; an argument or --journal names another place.',
      cause: error,
    });
  }
}
