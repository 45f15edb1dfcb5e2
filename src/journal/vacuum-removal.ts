import { syncFolder, type FileSystem } from '../keys/file-system.js';
import { listSegments, type JournalLayout } from './layout.js';

/**
 * Removes the segments that a signed receipt stands in for, the oldest first, so that a crash leaves the journal's end
 * whole and below its boundary a rest that the next vacuum removes.
 * @param upTo last segment of the receipt, which a head covers
 * @returns how many were removed
 */
export function removeSegments(fs: FileSystem, layout: JournalLayout, upTo: number): number {
  const going = listSegments(fs, layout).numbers.filter((number) => number <= upTo);
  for (const number of going) fs.unlinkSync(layout.segment(number));
  // Also where nothing was left to remove: the crash may have come before this.
  syncFolder(fs, layout.segments);
  return going.length;
}
