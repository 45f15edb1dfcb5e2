/**
 * That a record stands in a journal: a C2SP tlog-proof whose extra data holds the record's line, the lines that it
 * refers to with their own proofs, and the chain of keys. It discloses those lines and no other.
 */
import { decodeDecimal, decodeUtf8 } from '../../core/bytes.js';
import { LINE_BYTES_MAX } from '../../core/limits.js';
import { rootToBase64 } from '../heads/checkpoint.js';
import {
  formatProofFile,
  hasMembers,
  parseEpochTexts,
  parseHashes,
  parseProofFile,
  proofInvalid,
} from './proof-file.js';
import type { Hash } from '../tree/tree-hasher.js';

export const RECORD_PROOF_TITLE = 'c2sp.org/tlog-proof@v1';

/** Begin of the segment, process, call site, header lists, end of the segment. */
const REFERENCES_MAX = 5;

/** A line with the way from its leaf to the root. */
export interface ProvenLine {
  readonly seq: number;
  /** Without its newline. */
  readonly line: Uint8Array;
  readonly hashes: readonly Hash[];
}

export interface RecordProof {
  readonly record: ProvenLine;
  /** Lines that the record refers to by number, between two that show that they are of its segment; or none. */
  readonly references: readonly ProvenLine[];
  /** Signed epochs from 1 up to the one whose key signed the head. */
  readonly epochs: readonly Uint8Array[];
  /** The signed head, with cosignatures where there are any. */
  readonly checkpoint: Uint8Array;
}

/** @throws PROOF_INVALID if it gets too long */
export function formatRecordProof({ record, references, epochs, checkpoint }: RecordProof): Uint8Array {
  return formatProofFile({
    title: RECORD_PROOF_TITLE,
    extra: {
      version: 1,
      epochs: epochs.map(lineText),
      line: lineText(record.line),
      references: references.map(({ seq, line, hashes }) => {
        return { index: seq - 1, line: lineText(line), proof: hashes.map(rootToBase64) };
      }),
    },
    header: `index ${record.seq - 1}`,
    hashes: record.hashes,
    checkpoint,
  });
}

function lineText(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw proofInvalid('a line is not UTF-8');
  return text;
}

/** Nothing is verified here but the form. @throws PROOF_INVALID; JOURNAL_FOREIGN for a later version */
export function parseRecordProof(bytes: Uint8Array): RecordProof {
  const { extra, header, hashes, checkpoint } = parseProofFile(bytes, RECORD_PROOF_TITLE);
  if (!hasMembers(extra, ['version', 'epochs', 'line', 'references'])) {
    throw proofInvalid('its extra data is not that of a record');
  }
  const { epochs, line, references } = extra;
  const index = header.startsWith('index ') ? decodeDecimal(header.slice('index '.length)) : undefined;
  if (index === undefined) throw proofInvalid('it does not say which record it is about');
  if (!Array.isArray(references) || references.length > REFERENCES_MAX) {
    throw proofInvalid('its list of further lines is malformed');
  }
  return {
    record: { seq: index + 1, line: parseLine(line), hashes },
    references: references.map((value: unknown) => parseReference(value)),
    epochs: parseEpochTexts(epochs),
    checkpoint,
  };
}

function parseReference(value: unknown): ProvenLine {
  if (!hasMembers(value, ['index', 'line', 'proof'])) throw proofInvalid('a further line is malformed');
  const { index, line, proof } = value;
  if (!Number.isSafeInteger(index) || (index as number) < 0) throw proofInvalid('a further line has no number');
  return { seq: (index as number) + 1, line: parseLine(line), hashes: parseHashes(proof) };
}

function parseLine(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' && value.isWellFormed() ? new TextEncoder().encode(value) : undefined;
  if (bytes === undefined || bytes.length === 0 || bytes.length > LINE_BYTES_MAX) throw proofInvalid('a line is none');
  return bytes;
}
