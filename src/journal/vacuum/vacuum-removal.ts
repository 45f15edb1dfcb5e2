import { EgressError, systemCode } from '../../core/error.js';
import { syncFolder, type FileSystem } from '../../keys/file-system.js';
import { listSegments, type JournalLayout } from '../folder/layout.js';

/**
 * Removes the segments that a signed receipt stands in for, the oldest first, so that a crash leaves the journal's end
 * whole and below its boundary a rest that the next vacuum removes.
 * @param upTo last segment of the receipt, which a head covers
 * @param unguard clears file flags that keep a file from being removed
 * @returns how many were removed
 * @throws JOURNAL_UNWRITABLE; the rest is left for the next vacuum
 */
export function removeSegments(
  fs: FileSystem,
  layout: JournalLayout,
  upTo: number,
  unguard: (file: string) => void,
): number {
  const going = listSegments(fs, layout).numbers.filter((number) => number <= upTo);
  for (const number of going) {
    const file = layout.segment(number);
    try {
      unguard(file);
      fs.unlinkSync(file);
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      throw new EgressError('JOURNAL_UNWRITABLE', `cannot remove ${file}: ${code}`, {
        hint: 'The receipt stands, and the next vacuum removes the rest. A file that is immutable needs root (lsattr shows it).',
        cause: error,
      });
    }
  }
  // Also where nothing was left to remove: the crash may have come before this.
  syncFolder(fs, layout.segments);
  return going.length;
}
