/** A head together with the cosignatures that the journal keeps of it, so that a proof can carry them. */
import { EgressError } from '../core/error.js';
import { parseHead } from '../journal/heads/checkpoint.js';
import { listCosignatures, SMALL_FILE_BYTES_MAX } from '../journal/folder/layout.js';
import { fileSystem, readSmallFile } from '../keys/file-system.js';
import { formatSignature, type NoteSignature } from '../keys/note.js';
import type { ChosenHead } from '../audit/heads/signed-head.js';

/** A note has room for sixteen signatures. */
const COSIGNATURES_MAX = 8;

/** The note with the cosignatures added. Whether they are good is for whoever trusts the witness to check. */
export function withCosignatures({ layout, head, note }: ChosenHead): Uint8Array {
  const added = new Map<string, NoteSignature>();
  for (const { size, keyId } of listCosignatures(fileSystem, layout)) {
    if (size !== head.size || added.size >= COSIGNATURES_MAX) continue;
    for (const signature of signaturesIn(layout.cosignature(size, keyId), head.note.text)) {
      if (signature.name !== head.origin) added.set(formatSignature(signature), signature);
    }
  }
  const lines = [...added.keys()].slice(0, COSIGNATURES_MAX).join('');
  return new TextEncoder().encode(`${Buffer.from(note).toString('utf8')}${lines}`);
}

/** None where the file is no head or of another one: verify --witness says what is wrong with it. */
function signaturesIn(file: string, text: string): readonly NoteSignature[] {
  try {
    const { note } = parseHead(readSmallFile(fileSystem, file, SMALL_FILE_BYTES_MAX) ?? new Uint8Array());
    return note.text === text ? note.signatures : [];
  } catch (error) {
    if (error instanceof EgressError) return [];
    throw error;
  }
}
