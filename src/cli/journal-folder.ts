import { realpathSync } from 'node:fs';
import { missingJournal } from '../journal/folder/missing-journal.js';

/** The real path of a journal's folder, which its keys go by. @throws JOURNAL_MISSING */
export function existingJournal(directory: string): string {
  try {
    return realpathSync(directory);
  } catch (error) {
    throw missingJournal(directory, error);
  }
}
