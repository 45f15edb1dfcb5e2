/**
 * Signed notes (C2SP signed-note): a text, an empty line, signature lines. Parsing accepts exactly what formatting
 * produces, so that a changed bit is either a parse error or a bad signature.
 */
import { concatBytes, decodeBase64, decodeUtf8, encodeBase64, equalBytes } from '../core/bytes.js';
import { EgressError } from '../core/error.js';
import type { Signer, VerifySignature } from './ed25519.js';
import { isKeyName, type VerifierKey } from './verifier-key.js';

/** More than any note that we write or take needs. */
export const NOTE_BYTES_MAX = 16_384;
const SIGNATURES_MAX = 16;

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Note {
  /** What is signed, with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

function decodeSignatureLine(line: string): NoteSignature | undefined {
  const match = /^— (\S+) (\S+)$/.exec(line);
  const bytes = match?.[2] === undefined ? undefined : decodeBase64(match[2]);
  const name = match?.[1] ?? '';
  if (bytes === undefined || bytes.length < 5 || !isKeyName(name)) return undefined;
  return { name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
}

/** @throws NOTE_INVALID */
export function parseNote(bytes: Uint8Array): Note {
  const bad = (why: string): EgressError => new EgressError('NOTE_INVALID', `not a signed note: ${why}`);
  if (bytes.length > NOTE_BYTES_MAX) throw bad(`it is longer than ${NOTE_BYTES_MAX} bytes`);
  const whole = decodeUtf8(bytes);
  if (whole === undefined) throw bad('it is not UTF-8');
  for (let i = 0; i < whole.length; i += 1) {
    const code = whole.charCodeAt(i);
    if (code < 0x20 && code !== 0x0a) throw bad('it holds a control character');
  }
  const split = whole.lastIndexOf('\n\n');
  if (split < 0) throw bad('no empty line before the signatures');
  if (!whole.endsWith('\n')) throw bad('no newline at its end');
  const lines = whole.slice(split + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) throw bad(`more than ${SIGNATURES_MAX} signatures`);
  const signatures = lines.map(decodeSignatureLine).filter((signature) => signature !== undefined);
  if (signatures.length !== lines.length) throw bad('a signature line is malformed');
  return { text: whole.slice(0, split + 1), signatures };
}

/** Signs `text` (which ends with a newline) and returns the note's bytes. */
export function signNote(text: string, key: VerifierKey, signer: Signer): Uint8Array {
  const signature = signer.sign(new TextEncoder().encode(text));
  return new TextEncoder().encode(`${text}\n${signatureLine(key, signature)}`);
}

/** Whether exactly one of the note’s signatures is marked as by `key`, and that is a good one. Others do not matter. */
export function isSignedBy(note: Note, key: VerifierKey, verify: VerifySignature): boolean {
  const [only, ...more] = signaturesBy(note, key);
  if (only === undefined || more.length > 0) return false;
  return verify(key.publicKey, new TextEncoder().encode(note.text), only);
}

/** The signatures marked as by `key`, as they stand behind the key id. */
export function signaturesBy(note: Note, key: VerifierKey): readonly Uint8Array[] {
  return note.signatures
    .filter(({ name, keyId }) => name === key.name && equalBytes(keyId, key.id))
    .map(({ signature }) => signature);
}

/** A signature line with its newline. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  return `— ${name} ${encodeBase64(concatBytes(keyId, signature))}\n`;
}

/** The line of a signature by `key`. */
export function signatureLine(key: VerifierKey, signature: Uint8Array): string {
  return formatSignature({ name: key.name, keyId: key.id, signature });
}

/** Whether the note carries exactly one signature, and that is a good one by `key`. */
export function verifyNote(note: Note, key: VerifierKey, verify: VerifySignature): boolean {
  return note.signatures.length === 1 && isSignedBy(note, key, verify);
}
