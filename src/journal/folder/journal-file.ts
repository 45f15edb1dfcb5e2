/** journal.json: what a journal is. Written once; its digest stands in every segment's first record. */
import { decodeUtf8 } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import { parseVerifierKey, type VerifierKey } from '../../keys/verifier-key.js';
import { parseOfficerLine } from '../../officers/officer-card.js';
import { formatJsonLines, parseJsonLines } from '../lines/jsonl.js';
import { sha256, type Hash } from '../tree/tree-hasher.js';

const FORMAT_VERSION = 1;

/** Who decides about bodies from the start on. Nobody else can become an officer if it is not in journal.json. */
export interface OfficerAnchor {
  /** `<verifier key> <age recipient>` of the first officer. */
  readonly officer?: string;
  /** Verifier key that may name an officer when there is none left; its secret half is kept offline. */
  readonly recovery?: string;
}

export interface JournalFile extends OfficerAnchor {
  readonly origin: string;
  /** The genesis key; it signed epoch 1 and was erased after that. */
  readonly key: VerifierKey;
  readonly created: string;
  /** SHA-256 of the file. */
  readonly digest: Hash;
}

/** What journal.json holds, and what `journal.open` repeats. */
export interface JournalFields extends OfficerAnchor {
  readonly version: 1;
  readonly origin: string;
  readonly key: string;
  readonly created: string;
}

export function encodeJournalFile(fields: JournalFields): Uint8Array {
  const { version, origin, key, created } = fields;
  return new TextEncoder().encode(formatJsonLines({ version, origin, key, created, ...anchorOf(fields) }));
}

/** The two members alone, in their order. */
export function anchorOf({ officer, recovery }: OfficerAnchor): OfficerAnchor {
  return { ...(officer === undefined ? {} : { officer }), ...(recovery === undefined ? {} : { recovery }) };
}

/**
 * @throws JOURNAL_DAMAGED if the bytes are not exactly what encodeJournalFile writes; JOURNAL_FOREIGN for a version
 * that this release does not know
 */
export function parseJournalFile(bytes: Uint8Array): JournalFile {
  const damaged = (cause?: unknown): EgressError =>
    new EgressError('JOURNAL_DAMAGED', 'journal.json is damaged', {
      hint: 'Nothing is written to a damaged journal. Keep it as it is, and begin one that names it:\negress init NEW --continues OLD --why …',
      cause,
    });
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = parseJsonLines(decodeUtf8(bytes) ?? '')[0] ?? {};
  } catch (error) {
    throw damaged(error);
  }
  const { version, origin, key, created, officer, recovery } = fields;
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > FORMAT_VERSION) {
    throw new EgressError('JOURNAL_FOREIGN', `the journal has format ${version}; this egress knows ${FORMAT_VERSION}`, {
      hint: 'Use the version of egress that wrote it, or a newer one.',
    });
  }
  if (version !== FORMAT_VERSION || typeof origin !== 'string') throw damaged();
  if (typeof key !== 'string' || typeof created !== 'string') throw damaged();
  if (officer !== undefined && typeof officer !== 'string') throw damaged();
  if (recovery !== undefined && typeof recovery !== 'string') throw damaged();
  const anchor = { ...(officer === undefined ? {} : { officer }), ...(recovery === undefined ? {} : { recovery }) };
  const canonical = encodeJournalFile({ version, origin, key, created, ...anchor });
  if (!Buffer.from(canonical).equals(bytes)) throw damaged();
  let genesis: VerifierKey;
  try {
    genesis = parseVerifierKey(key);
    if (officer !== undefined) parseOfficerLine(officer);
    if (recovery !== undefined) parseVerifierKey(recovery);
  } catch (error) {
    throw damaged(error);
  }
  if (genesis.name !== origin) throw damaged();
  return { origin, key: genesis, created, digest: sha256(bytes), ...anchor };
}
