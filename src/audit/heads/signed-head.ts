/** The signed heads of a journal and the chain of keys behind them, for whoever hands them on. Records are not read. */
import { EgressError } from '../../core/error.js';
import { parseJournalFile } from '../../journal/folder/journal-file.js';
import { JournalLayout, SMALL_FILE_BYTES_MAX } from '../../journal/folder/layout.js';
import { missingJournal } from '../../journal/folder/missing-journal.js';
import type { VerifySignature } from '../../keys/ed25519.js';
import { fileSystem, readSmallFile } from '../../keys/file-system.js';
import type { VerifierKey } from '../../keys/verifier-key.js';
import { FindingList } from '../finding.js';
import type { PinnedKey } from './pinned-key.js';
import { loadHeads, storedEpochs, walkEpochs, type FoundHead } from './signed-files.js';

export interface ChosenHead {
  readonly layout: JournalLayout;
  /** Genesis key that the signature goes back to. */
  readonly key: VerifierKey;
  /** Whether that key is one that was pinned, or only the one that the journal names. */
  readonly isPinned: boolean;
  readonly head: FoundHead;
  /** The signed head's bytes. */
  readonly note: Uint8Array;
  /** The signed epochs from 1 up to the head's. */
  readonly epochs: readonly Uint8Array[];
}

/**
 * The newest head, or the one of `size` records. All signatures are checked.
 * @throws JOURNAL_MISSING, JOURNAL_DAMAGED, JOURNAL_FOREIGN, JOURNAL_UNREADABLE, HEAD_INVALID
 */
export function chooseHead(
  directory: string,
  pinned: PinnedKey | undefined,
  verify: VerifySignature,
  size?: number,
): ChosenHead {
  const layout = new JournalLayout(directory);
  const bytes = readSmallFile(fileSystem, layout.journalFile, SMALL_FILE_BYTES_MAX);
  if (bytes === undefined) throw missingJournal(directory);
  const key = pinned?.key ?? parseJournalFile(bytes).key;
  const findings = new FindingList();
  const heads = loadHeads(layout, walkEpochs(layout, key, verify, findings), verify, findings);
  const [finding] = findings.items;
  if (finding !== undefined) {
    throw new EgressError('HEAD_INVALID', `the journal’s heads are not in order: ${finding.message}`, {
      hint: 'egress verify says more.',
    });
  }
  const head = size === undefined ? newestOf(heads) : heads.find((candidate) => candidate.size === size);
  if (head === undefined) throw noHead(size, heads);
  const note = readSmallFile(fileSystem, headPath(layout, head), SMALL_FILE_BYTES_MAX) ?? new Uint8Array();
  const epochs: Uint8Array[] = [];
  for (const { number, read } of storedEpochs(layout)) if (number <= head.epoch.number) epochs.push(read());
  return { layout, key, isPinned: pinned !== undefined, head, note, epochs };
}

function newestOf(heads: readonly FoundHead[]): FoundHead | undefined {
  return heads.reduce((best, head) => (best === undefined || head.size > best.size ? head : best), heads[0]);
}

function headPath(layout: JournalLayout, { file, size }: FoundHead): string {
  return file === 'checkpoint' ? layout.checkpoint : layout.head(size);
}

function noHead(size: number | undefined, heads: readonly FoundHead[]): EgressError {
  if (size === undefined || heads.length === 0) {
    return new EgressError('HEAD_INVALID', 'the journal has no signed head yet', {
      hint: 'One is signed when a run ends, and while it goes on at the head interval.',
    });
  }
  const kept = [...new Set(heads.map((head) => head.size))].sort((a, b) => a - b);
  const shown = kept.slice(-10).map((one) => `#${one}`);
  return new EgressError('HEAD_INVALID', `the journal keeps no head of ${size} records`, {
    hint: `It keeps ${kept.length > 10 ? 'among others ' : ''}${shown.join(', ')}.`,
  });
}
