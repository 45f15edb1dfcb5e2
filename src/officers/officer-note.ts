/**
 * What an officer signs: not the statement alone, but also for which journal, on top of which of its heads, until when,
 * and once. So it cannot be handed in elsewhere, again, later, or to a journal that was set back.
 */
import { sha256Hex } from '#platform';
import { decodeDecimal, encodeHex } from '../core/bytes.js';
import { EgressError } from '../core/error.js';
import type { Signer } from '../keys/ed25519.js';
import { parseNote, signatureLine, type Note } from '../keys/note.js';
import type { VerifierKey } from '../keys/verifier-key.js';

const TITLE = 'egress-officer/v1';
const TIME = /^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{6}Z$/;

/** Whether a text has the form of a record's time; such texts sort as times do. */
export const isTime = (text: unknown): text is string => typeof text === 'string' && TIME.test(text);

export interface OfficerClaim {
  readonly kind: string;
  readonly origin: string;
  /** Id of the genesis key, eight hex digits. */
  readonly genesis: string;
  /** A head of the journal: number of records, and their root in base64. */
  readonly size: number;
  readonly root: string;
  /** 128 random bits in hex. */
  readonly nonce: string;
  readonly expires: string;
  /** SHA-256 (hex) of the statement's JSON. */
  readonly digest: string;
}

export interface OfficerNote extends OfficerClaim {
  readonly note: Note;
}

/** A statement has one text: as `JSON.stringify` gives it, which is also how it stands in the line. */
export function statementDigest(statement: object): string {
  return sha256Hex(new TextEncoder().encode(JSON.stringify(statement)));
}

export const genesisId = (key: VerifierKey): string => encodeHex(key.id);

export function signClaim(claim: OfficerClaim, key: VerifierKey, signer: Signer): string {
  const text = claimText(claim);
  return `${text}\n${signatureLine(key, signer.sign(new TextEncoder().encode(text)))}`;
}

/** Adds a second officer's signature. @param note one that `parseOfficerNote` took */
export function cosignClaim(note: string, key: VerifierKey, signer: Signer): string {
  const { text } = parseNote(new TextEncoder().encode(note));
  return `${note}${signatureLine(key, signer.sign(new TextEncoder().encode(text)))}`;
}

function claimText({ kind, origin, genesis, size, root, nonce, expires, digest }: OfficerClaim): string {
  return [TITLE, kind, origin, genesis, `${size} ${root}`, nonce, expires, digest, ''].join('\n');
}

/** Signatures are not verified here. @throws STATEMENT_INVALID */
export function parseOfficerNote(text: string): OfficerNote {
  const invalid = (cause?: unknown): EgressError =>
    new EgressError('STATEMENT_INVALID', 'not an officer’s statement: the signed note is malformed', { cause });
  let note: Note;
  try {
    note = parseNote(new TextEncoder().encode(text));
  } catch (error) {
    throw invalid(error);
  }
  const [title, kind = '', origin = '', genesis = '', head = '', nonce = '', expires = '', digest = ''] =
    note.text.split('\n');
  const [sizeText = '', root = ''] = head.split(' ');
  const size = decodeDecimal(sizeText);
  if (title !== TITLE || size === undefined || !isTime(expires)) throw invalid();
  if (!/^[0-9a-f]{32}$/.test(nonce) || !/^[0-9a-f]{64}$/.test(digest)) throw invalid();
  const claim = { kind, origin, genesis, size, root, nonce, expires, digest };
  if (claimText(claim) !== note.text) throw invalid();
  return { ...claim, note };
}
