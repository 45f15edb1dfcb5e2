import { verifySignature } from '../../keys/ed25519.js';
import type { FileSystem } from '../../keys/file-system.js';
import { readSmallFile } from '../../keys/file-system.js';
import { verifyNote } from '../../keys/note.js';
import { parseHead, type SignedHead } from './checkpoint.js';
import { damaged } from '../damaged.js';
import { parseEpoch } from './epoch.js';
import { listEpochs, SMALL_FILE_BYTES_MAX, type JournalLayout } from '../folder/layout.js';

/**
 * A head that the run key of its epoch signed, as a writer has to know it; who opened that epoch is for verify to say.
 * @throws JOURNAL_DAMAGED
 */
export function readHead(fs: FileSystem, layout: JournalLayout, bytes: Uint8Array, origin: string): SignedHead {
  let head: SignedHead;
  try {
    head = parseHead(bytes);
  } catch (error) {
    throw damaged('a head is malformed', error);
  }
  // Newest first: the signer is nearly always the last epoch or the one before.
  for (const number of [...listEpochs(fs, layout).numbers].reverse()) {
    const epoch = parseEpoch(readSmallFile(fs, layout.epoch(number), SMALL_FILE_BYTES_MAX) ?? new Uint8Array());
    if (epoch.size >= head.size) continue;
    if (head.origin === origin && verifyNote(head.note, epoch.runKey, verifySignature)) return head;
    break;
  }
  throw damaged(`the head for ${head.size} records is not signed by this journal`);
}
