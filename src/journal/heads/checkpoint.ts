/**
 * Heads: signed roots of the tree (C2SP tlog-checkpoint, a signed note). Ours have no extension lines and one
 * signature, by a key whose name is the origin.
 */
import { decodeBase64, decodeDecimal, decodeHex, encodeBase64, encodeHex } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import type { Signer } from '../../keys/ed25519.js';
import { parseNote, signNote, type Note } from '../../keys/note.js';
import type { VerifierKey } from '../../keys/verifier-key.js';
import type { Hash } from '../tree/tree-hasher.js';

export interface Head {
  readonly origin: string;
  /** Number of records. */
  readonly size: number;
  readonly root: Hash;
}

export interface SignedHead extends Head {
  readonly note: Note;
}

/** A root as checkpoints write it. */
export function rootToBase64(root: Hash): string {
  return encodeBase64(decodeHex(root) ?? new Uint8Array());
}

/** A base64 root of 32 bytes as a Hash, or `undefined`. */
export function decodeRoot(text: string): Hash | undefined {
  const bytes = decodeBase64(text);
  return bytes?.length === 32 ? encodeHex(bytes) : undefined;
}

export function signHead(head: Head, key: VerifierKey, signer: Signer): Uint8Array {
  return signNote(`${head.origin}\n${head.size}\n${rootToBase64(head.root)}\n`, key, signer);
}

/** Signatures are not verified here. @throws NOTE_INVALID, CHECKPOINT_INVALID */
export function parseHead(bytes: Uint8Array): SignedHead {
  const note = parseNote(bytes);
  const [origin, sizeText, rootText, end, ...more] = note.text.split('\n');
  const size = decodeDecimal(sizeText ?? '');
  const root = decodeRoot(rootText ?? '');
  if (origin === undefined || origin === '' || size === undefined || root === undefined) {
    throw new EgressError('CHECKPOINT_INVALID', 'not a checkpoint: origin, size and root are not its first lines');
  }
  if (end !== '' || more.length > 0) {
    throw new EgressError('CHECKPOINT_INVALID', 'not a checkpoint of a journal: it has extension lines');
  }
  return { origin, size, root, note };
}
