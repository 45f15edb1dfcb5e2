/**
 * The common form of proof files, that of C2SP tlog-proof: a title, extra data in base64, a line of its own kind, the
 * hashes, an empty line and a checkpoint as it is.
 *
 * The extra data is JSON in its one form (no space, members in order), so that there is one file for one proof. It
 * carries the chain of keys: heads are signed by keys that only this chain ties to the key that an auditor pins.
 */
import { decodeBase64, decodeUtf8, encodeBase64 } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import { NOTE_BYTES_MAX } from '../../keys/note.js';
import { decodeRoot, rootToBase64 } from '../heads/checkpoint.js';
import type { Hash } from '../tree/tree-hasher.js';

export const PROOF_BYTES_MAX = 8 << 20;
/** A journal gets an epoch each run; each needs about 660 bytes of a proof and 2 ms to check. */
const PROOF_EPOCHS_MAX = 10_000;
/** Deeper than any tree that fits in a disk. */
const HASHES_MAX = 64;
const HEADER_CHARS_MAX = 256;

export interface ProofFile {
  readonly title: string;
  readonly extra: Readonly<Record<string, unknown>>;
  /** The line that tells what the hashes prove. */
  readonly header: string;
  readonly hashes: readonly Hash[];
  /** The checkpoint's bytes. */
  readonly checkpoint: Uint8Array;
}

export function proofInvalid(why: string, cause?: unknown): EgressError {
  return new EgressError('PROOF_INVALID', `not a proof: ${why}`, {
    hint: 'egress prove writes one.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** @throws PROOF_INVALID if it gets longer than anybody reads */
export function formatProofFile({ title, extra, header, hashes, checkpoint }: ProofFile): Uint8Array {
  const encoder = new TextEncoder();
  const data = encodeBase64(encoder.encode(JSON.stringify(extra)));
  const lines = [title, `extra ${data}`, header, ...hashes.map(rootToBase64), ''];
  const head = encoder.encode(`${lines.join('\n')}\n`);
  if (head.length + checkpoint.length > PROOF_BYTES_MAX) {
    throw new EgressError('PROOF_INVALID', `the proof would be longer than ${PROOF_BYTES_MAX} bytes`, {
      hint: 'It holds the signed chain of keys, one link for each run of the journal: record into a new journal.',
    });
  }
  const bytes = new Uint8Array(head.length + checkpoint.length);
  bytes.set(head);
  bytes.set(checkpoint, head.length);
  return bytes;
}

/** Takes the text up to the next newline. */
class LineCursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): string {
    const end = this.#text.indexOf('\n', this.#at);
    if (end < 0) throw proofInvalid('it ends in the middle');
    const line = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }
}

/** The title of a proof file, or whatever else is its first line. */
export function titleOf(bytes: Uint8Array): string {
  const end = bytes.subarray(0, HEADER_CHARS_MAX).indexOf(0x0a);
  return end < 0 ? '' : (decodeUtf8(bytes.subarray(0, end)) ?? '');
}

/** Takes exactly what formatProofFile writes. @throws PROOF_INVALID; JOURNAL_FOREIGN for a later version */
export function parseProofFile(bytes: Uint8Array, title: string): ProofFile {
  if (bytes.length > PROOF_BYTES_MAX) throw proofInvalid(`it is longer than ${PROOF_BYTES_MAX} bytes`);
  const text = decodeUtf8(bytes);
  if (text === undefined) throw proofInvalid('it is not UTF-8');
  const cursor = new LineCursor(text);
  if (cursor.next() !== title) throw proofInvalid(`it does not begin with ${title}`);
  const data = cursor.next();
  if (!data.startsWith('extra ')) {
    throw proofInvalid('it has no extra line, and with it not the chain of keys that its head needs');
  }
  const extra = parseExtra(data.slice('extra '.length));
  const header = cursor.next();
  if (header.length > HEADER_CHARS_MAX) throw proofInvalid('its third line is too long');
  const hashes: Hash[] = [];
  for (let line = cursor.next(); line !== ''; line = cursor.next()) hashes.push(parseHash(line, hashes.length));
  const checkpoint = new TextEncoder().encode(cursor.rest());
  if (checkpoint.length > NOTE_BYTES_MAX) throw proofInvalid('its checkpoint is too long');
  return { title, extra, header, hashes, checkpoint };
}

function parseHash(line: string, before: number): Hash {
  if (before >= HASHES_MAX) throw proofInvalid(`it has more than ${HASHES_MAX} hashes`);
  const hash = line.length === 44 ? decodeRoot(line) : undefined;
  if (hash === undefined) throw proofInvalid('a line that should be a hash is none');
  return hash;
}

function parseExtra(base64: string): Readonly<Record<string, unknown>> {
  const json = decodeUtf8(decodeBase64(base64) ?? Uint8Array.of(0xff));
  if (json === undefined) throw proofInvalid('its extra data is not base64 of text');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw proofInvalid('its extra data is not JSON', error);
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || JSON.stringify(value) !== json) throw proofInvalid('its extra data has another form');
  const extra = value as Record<string, unknown>;
  const { version } = extra;
  if (version === 1) return extra;
  if (!Number.isSafeInteger(version) || (version as number) < 1) throw proofInvalid('it names no version');
  throw new EgressError('JOURNAL_FOREIGN', `the proof has version ${String(version)}; this egress knows 1`);
}

/** Whether an object has these members, in this order, and no others. */
export function hasMembers(value: unknown, names: readonly string[]): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const own = Object.keys(value);
  return own.length === names.length && names.every((name, at) => own[at] === name);
}

/** The signed epochs, from 1 on, as the extra data has them. @throws PROOF_INVALID */
export function parseEpochTexts(value: unknown): readonly Uint8Array[] {
  if (!Array.isArray(value) || value.length === 0) throw proofInvalid('it has no chain of keys');
  if (value.length > PROOF_EPOCHS_MAX) throw proofInvalid(`its chain of keys has more than ${PROOF_EPOCHS_MAX} links`);
  return value.map((text: unknown) => {
    if (typeof text !== 'string' || text.length > NOTE_BYTES_MAX) throw proofInvalid('its chain of keys is malformed');
    return new TextEncoder().encode(text);
  });
}

/** Hashes inside the extra data. @throws PROOF_INVALID */
export function parseHashes(value: unknown): readonly Hash[] {
  if (!Array.isArray(value)) throw proofInvalid('a list of hashes is malformed');
  return value.map((text: unknown, at) => parseHash(typeof text === 'string' ? text : '', at));
}
