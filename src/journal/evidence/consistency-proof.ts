/** That one head is the beginning of another, with the chain of keys that signed the later one. */
import { decodeDecimal, decodeUtf8 } from '../../core/bytes.js';
import { decodeRoot, rootToBase64 } from '../heads/checkpoint.js';
import { formatProofFile, hasMembers, parseEpochTexts, parseProofFile, proofInvalid } from './proof-file.js';
import type { Hash } from '../tree/tree-hasher.js';

export const CONSISTENCY_PROOF_TITLE = 'egress-consistency/v1';

export interface ConsistencyProof {
  /** The earlier head; of size 0 where nobody knows one. */
  readonly oldSize: number;
  readonly oldRoot: Hash;
  readonly hashes: readonly Hash[];
  readonly epochs: readonly Uint8Array[];
  /** The later head, signed. */
  readonly checkpoint: Uint8Array;
}

/** @throws PROOF_INVALID if it gets too long */
export function formatConsistencyProof(proof: ConsistencyProof): Uint8Array {
  return formatProofFile({
    title: CONSISTENCY_PROOF_TITLE,
    extra: { version: 1, epochs: proof.epochs.map((bytes) => decodeUtf8(bytes) ?? '') },
    header: `old ${proof.oldSize} ${rootToBase64(proof.oldRoot)}`,
    hashes: proof.hashes,
    checkpoint: proof.checkpoint,
  });
}

/** Nothing is verified here but the form. @throws PROOF_INVALID; JOURNAL_FOREIGN for a later version */
export function parseConsistencyProof(bytes: Uint8Array): ConsistencyProof {
  const { extra, header, hashes, checkpoint } = parseProofFile(bytes, CONSISTENCY_PROOF_TITLE);
  if (!hasMembers(extra, ['version', 'epochs'])) throw proofInvalid('its extra data is not that of two heads');
  const [, sizeText = '', rootText = ''] = /^old ([0-9]+) (\S+)$/.exec(header) ?? [];
  const oldSize = decodeDecimal(sizeText);
  const oldRoot = decodeRoot(rootText);
  if (oldSize === undefined || oldRoot === undefined) throw proofInvalid('it does not say from which head it leads');
  return { oldSize, oldRoot, hashes, epochs: parseEpochTexts(extra['epochs']), checkpoint };
}
