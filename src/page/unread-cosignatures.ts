/** Cosignatures that lie in a journal and that nobody checked, as no key of their witness was given. */
import { encodeHex } from '../core/bytes.js';
import { EgressError } from '../core/error.js';
import { printable } from '../core/printable.js';
import { parseHead } from '../journal/heads/checkpoint.js';
import { JournalLayout, listCosignatures, SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import type { VerifierKey } from '../keys/verifier-key.js';

/** More witnesses than any journal has. */
const NAMED_MAX = 16;

/** A sentence for each witness; what the journal says of it is believed for nothing. */
export function unreadCosignatures(directory: string, given: readonly VerifierKey[]): readonly string[] {
  const layout = new JournalLayout(directory);
  const known = new Set(given.map(({ id }) => encodeHex(id)));
  const newest = new Map(listCosignatures(fileSystem, layout).map(({ size, keyId }) => [keyId, size]));
  const unread = [...newest].filter(([keyId]) => !known.has(keyId)).slice(0, NAMED_MAX);
  return unread.map(([keyId, size]) => {
    const name = witnessName(layout, size, keyId);
    return `The journal holds a cosignature by ${name} (${keyId}) over ${size} records. It is not trusted, and not checked, until you paste that witness’s key.`;
  });
}

function witnessName(layout: JournalLayout, size: number, id: string): string {
  try {
    const bytes = readSmallFile(fileSystem, layout.cosignature(size, id), SMALL_FILE_BYTES_MAX) ?? new Uint8Array();
    const { signatures } = parseHead(bytes).note;
    return printable(signatures.find(({ keyId }) => encodeHex(keyId) === id)?.name ?? 'somebody', { max: 64 });
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    return 'somebody';
  }
}
