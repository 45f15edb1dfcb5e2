/** The files that make a journal up: all that a check reads, and nothing else that lies in its folder. */
import type { FileSystem } from '../../keys/file-system.js';
import {
  listConsistencyProofs,
  listCosignatures,
  listEpochs,
  listHeads,
  listSegments,
  segmentName,
  type JournalLayout,
} from './layout.js';
import { listPolicies } from './policy-file.js';

/**
 * Paths within the journal, in the order in which a copy has to read them: whatever a head covers is there when the
 * segments are read last.
 * @throws JOURNAL_UNREADABLE
 */
export function journalFiles(fs: FileSystem, layout: JournalLayout): readonly string[] {
  const isThere = (file: string): boolean => fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  return [
    ...(isThere(layout.journalFile) ? ['journal.json'] : []),
    ...(isThere(layout.checkpoint) ? ['checkpoint'] : []),
    ...listEpochs(fs, layout).numbers.map((number) => `epochs/${number}`),
    ...listHeads(fs, layout).numbers.map((size) => `heads/${size}`),
    ...listConsistencyProofs(fs, layout).numbers.map((size) => `consistency/${size}`),
    ...listCosignatures(fs, layout).map(({ size, keyId }) => `cosignatures/${size}.${keyId}`),
    ...listPolicies(fs, layout).map((digest) => `policies/${digest}`),
    ...listSegments(fs, layout).numbers.map((number) => `segments/${segmentName(number)}`),
  ];
}
