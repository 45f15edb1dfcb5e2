/** The newest head of a journal, for somebody who wants to keep it elsewhere. */
import { EgressError } from '../core/error.js';
import { rootToBase64 } from '../journal/checkpoint.js';
import { parseJournalFile } from '../journal/journal-file.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../journal/layout.js';
import type { VerifySignature } from '../keys/ed25519.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { FindingList } from './finding.js';
import type { PinnedKey } from './pinned-key.js';
import { loadHeads, walkEpochs } from './signed-files.js';

export interface NewestHead {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  /** Genesis key that the signature goes back to. */
  readonly key: string;
  /** Whether that key is one that was pinned, or only the one that the journal names. */
  readonly pinned: boolean;
  /** The checkpoint's bytes. */
  readonly note: Uint8Array;
}

/**
 * Signatures are checked; records are not read.
 * @throws JOURNAL_MISSING, JOURNAL_DAMAGED, JOURNAL_FOREIGN, JOURNAL_UNREADABLE, HEAD_INVALID
 */
export function newestHead(directory: string, pinned: PinnedKey | undefined, verify: VerifySignature): NewestHead {
  const layout = new JournalLayout(directory);
  const bytes = readSmallFile(fileSystem, layout.journalFile, SMALL_FILE_BYTES_MAX);
  if (bytes === undefined) {
    throw new EgressError('JOURNAL_MISSING', `there is no journal in ${directory}`, {
      hint: 'egress run -- COMMAND records one; an argument or --journal names another place.',
    });
  }
  const journal = parseJournalFile(bytes);
  const key = pinned?.key ?? journal.key;
  const findings = new FindingList();
  const heads = loadHeads(layout, walkEpochs(layout, key, verify, findings), verify, findings);
  const newest = heads.reduce((best, head) => (best === undefined || head.size > best.size ? head : best), heads[0]);
  const [finding] = findings.items;
  if (finding !== undefined) {
    throw new EgressError('HEAD_INVALID', `the journal’s heads are not in order: ${finding.message}`, {
      hint: 'egress verify says more.',
    });
  }
  if (newest === undefined) {
    throw new EgressError('HEAD_INVALID', 'the journal has no signed head yet', {
      hint: 'One is signed when a run ends, and while it goes on at the head interval.',
    });
  }
  const { origin, size, root, file } = newest;
  const path = file === 'checkpoint' ? layout.checkpoint : layout.head(size);
  const note = readSmallFile(fileSystem, path, SMALL_FILE_BYTES_MAX) ?? new Uint8Array();
  return { origin, size, root: rootToBase64(root), key: key.text, pinned: pinned !== undefined, note };
}
