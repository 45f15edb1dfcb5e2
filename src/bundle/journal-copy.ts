/** The files of a journal as they are, and of those only the ones that the format names: no key, no body, no stranger. */
import { copyFileSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { EgressError, systemCode } from '../core/error.js';
import { journalFiles } from '../journal/folder/journal-files.js';
import type { JournalLayout } from '../journal/folder/layout.js';
import { fileSystem } from '../keys/file-system.js';

/** A recorder that hands over to a new key meanwhile adds files; then the copy is made again. */
const ATTEMPTS_MAX = 3;

/** Records that a whole journal may be copied with; what is damaged is copied as it is. @throws JOURNAL_UNREADABLE */
export function copyJournal(layout: JournalLayout, folder: string): void {
  for (let attempt = 1; ; attempt += 1) {
    const files = journalFiles(fileSystem, layout);
    try {
      for (const file of files) copyFile(layout.directory, folder, file);
    } catch (error) {
      const code = systemCode(error);
      if (error instanceof EgressError || code === undefined) throw error;
      throw new EgressError('JOURNAL_UNREADABLE', `cannot copy the journal: ${code}`, { cause: error });
    }
    // Heads are copied before the segments: whatever they cover is in the copy.
    if (attempt === ATTEMPTS_MAX || journalFiles(fileSystem, layout).join() === files.join()) return;
    rmSync(folder, { recursive: true });
  }
}

function copyFile(from: string, to: string, file: string): void {
  const source = path.join(from, file);
  // A link in somebody's journal could lead to any file of whoever exports.
  if (!lstatSync(source).isFile()) throw new EgressError('JOURNAL_UNREADABLE', `${source} is not a regular file`);
  const target = path.join(to, file);
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(source, target);
}
