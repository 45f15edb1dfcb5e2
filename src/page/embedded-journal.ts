/** The files of a journal as a page holds them. */
import { decodeUtf8, encodeBase64 } from '../core/bytes.js';
import { journalFiles } from '../journal/folder/journal-files.js';
import { JournalLayout, listSegments, SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import { POLICY_BYTES_MAX } from '../journal/folder/policy-file.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import type { EmbeddedFile } from './about.js';

/** Bytes that a recorder may add between a look at a file and reading it. */
const GROWTH_MAX = 1 << 20;

/**
 * @param bytesMax that a segment may have
 * @throws JOURNAL_UNREADABLE
 */
export function embedJournal(directory: string, bytesMax: number): readonly EmbeddedFile[] {
  const layout = new JournalLayout(directory);
  return journalFiles(fileSystem, layout).flatMap((path) => {
    const file = layout.file(path);
    const small = path.startsWith('policies/') ? POLICY_BYTES_MAX : SMALL_FILE_BYTES_MAX;
    const bytes = path.startsWith('segments/') ? readSegment(file, bytesMax) : readSmallFile(fileSystem, file, small);
    return bytes === undefined ? [] : [embed(path, bytes)];
  });
}

/** What there is of it now; what is appended meanwhile does not count. @throws JOURNAL_UNREADABLE */
function readSegment(file: string, bytesMax: number): Uint8Array | undefined {
  const size = fileSystem.lstatSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return readSmallFile(fileSystem, file, Math.min(bytesMax, size + GROWTH_MAX))?.subarray(0, size);
}

function embed(path: string, bytes: Uint8Array): EmbeddedFile {
  const text = decodeUtf8(bytes);
  return text === undefined ? { path, base64: encodeBase64(bytes) } : { path, text };
}

/** Bytes of all segments. */
export function segmentBytes(directory: string): number {
  const layout = new JournalLayout(directory);
  return listSegments(fileSystem, layout).numbers.reduce(
    (sum, number) => sum + (fileSystem.lstatSync(layout.segment(number), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
