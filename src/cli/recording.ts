import { keyBase, keyDirectory, lockFile } from '../keys/key-directory.js';
import { isHeld } from '../system/lock-holder.js';

/**
 * Whether a recorder of this user and machine writes to the journal right now. Where that cannot be known, the answer
 * is no: a run without an end then counts as interrupted.
 * @param directory real path of the journal
 */
export function isRecorded(directory: string): boolean {
  return isHeld(lockFile(keyDirectory(keyBase(process.env), directory)));
}
