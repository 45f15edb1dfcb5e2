/** The files of a journal that make it up: all that a check reads, and nothing else that lies in its folder. */
import { decodeUtf8, encodeBase64 } from '../core/bytes.js';
import {
  JournalLayout,
  listConsistencyProofs,
  listCosignatures,
  listEpochs,
  listHeads,
  listSegments,
  segmentName,
  SMALL_FILE_BYTES_MAX,
} from '../journal/layout.js';
import { listPolicies, POLICY_BYTES_MAX } from '../journal/policy-file.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import type { EmbeddedFile } from './about.js';

/** Bytes that a recorder may add between a look at a file and reading it. */
const GROWTH_MAX = 1 << 20;

/**
 * Heads and epochs are read first and the lines after them, so that whatever a head covers is there when a journal is
 * copied while it is recorded.
 * @param bytesMax that a segment may have
 * @throws JOURNAL_UNREADABLE
 */
export function copyJournal(directory: string, bytesMax: number): readonly EmbeddedFile[] {
  const layout = new JournalLayout(directory);
  const small: readonly (readonly [path: string, file: string])[] = [
    ['journal.json', layout.journalFile],
    ...listEpochs(fileSystem, layout).numbers.map((number) => [`epochs/${number}`, layout.epoch(number)] as const),
    ...listPolicies(fileSystem, layout).map((digest) => [`policies/${digest}`, layout.policy(digest)] as const),
    ...listHeads(fileSystem, layout).numbers.map((size) => [`heads/${size}`, layout.head(size)] as const),
    ['checkpoint', layout.checkpoint],
    ...listConsistencyProofs(fileSystem, layout).numbers.map(
      (size) => [`consistency/${size}`, layout.consistencyProof(size)] as const,
    ),
    ...listCosignatures(fileSystem, layout).map(
      ({ size, keyId }) => [`cosignatures/${size}.${keyId}`, layout.cosignature(size, keyId)] as const,
    ),
  ];
  const segments = listSegments(fileSystem, layout).numbers.map(
    (number) => [`segments/${segmentName(number)}`, layout.segment(number)] as const,
  );
  return [
    ...small.flatMap(([path, file]) =>
      embed(
        path,
        readSmallFile(fileSystem, file, path.startsWith('policies/') ? POLICY_BYTES_MAX : SMALL_FILE_BYTES_MAX),
      ),
    ),
    ...segments.flatMap(([path, file]) => embed(path, readSegment(file, bytesMax))),
  ];
}

/** What there is of it now; what is appended meanwhile does not count. @throws JOURNAL_UNREADABLE */
function readSegment(file: string, bytesMax: number): Uint8Array | undefined {
  const size = fileSystem.lstatSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return readSmallFile(fileSystem, file, Math.min(bytesMax, size + GROWTH_MAX))?.subarray(0, size);
}

function embed(path: string, bytes: Uint8Array | undefined): readonly EmbeddedFile[] {
  if (bytes === undefined) return [];
  const text = decodeUtf8(bytes);
  return [text === undefined ? { path, base64: encodeBase64(bytes) } : { path, text }];
}

/** Bytes of all segments. */
export function segmentBytes(directory: string): number {
  const layout = new JournalLayout(directory);
  return listSegments(fileSystem, layout).numbers.reduce(
    (sum, number) => sum + (fileSystem.lstatSync(layout.segment(number), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
