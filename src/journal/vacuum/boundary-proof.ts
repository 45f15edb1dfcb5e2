/**
 * `consistency/<size>`: that the tree of `size` records is the beginning of the tree at a vacuum's boundary. Written
 * before the records between are removed, for each kept head among them: whoever has such a head can still see that it
 * belongs to this journal. The file needs no signature, since it proves itself.
 */
import { decodeDecimal, decodeUtf8 } from '../../core/bytes.js';
import { EgressError } from '../../core/error.js';
import { decodeRoot, rootToBase64, type Head } from '../heads/checkpoint.js';
import { verifyConsistency } from '../tree/merkle-proof.js';
import { nodeHasher, type Hash } from '../tree/tree-hasher.js';

const TITLE = 'egress-boundary/v1';
/** Deeper than any tree that fits on a disk. */
const HASHES_MAX = 128;

export interface BoundaryProof {
  readonly origin: string;
  readonly from: Omit<Head, 'origin'>;
  readonly to: Omit<Head, 'origin'>;
  readonly hashes: readonly Hash[];
}

export function formatBoundaryProof({ origin, from, to, hashes }: BoundaryProof): Uint8Array {
  const lines = [TITLE, origin, from.size, rootToBase64(from.root), to.size, rootToBase64(to.root)];
  return new TextEncoder().encode([...lines, ...hashes.map(rootToBase64), ''].join('\n'));
}

/** Takes exactly what `formatBoundaryProof` gives, and only if it proves what it says. @throws PROOF_INVALID */
export function parseBoundaryProof(bytes: Uint8Array): BoundaryProof {
  const bad = (why: string): EgressError => new EgressError('PROOF_INVALID', `not a boundary proof: ${why}`);
  const [title, origin = '', fromSize, fromRoot, toSize, toRoot, ...rest] = (decodeUtf8(bytes) ?? '').split('\n');
  if (title !== TITLE) throw bad(`it does not begin with ${TITLE}`);
  if (rest.pop() !== '' || rest.length > HASHES_MAX) throw bad('its end is not where it should be');
  const from = { size: decodeDecimal(fromSize ?? ''), root: decodeRoot(fromRoot ?? '') };
  const to = { size: decodeDecimal(toSize ?? ''), root: decodeRoot(toRoot ?? '') };
  const hashes = rest.map(decodeRoot).filter((hash) => hash !== undefined);
  if (hashes.length !== rest.length || origin === '') throw bad('a line is malformed');
  if (from.size === undefined || from.root === undefined || to.size === undefined || to.root === undefined) {
    throw bad('a size or root is malformed');
  }
  if (!verifyConsistency(nodeHasher, from.size, to.size, from.root, to.root, hashes)) throw bad('it proves nothing');
  const head = { size: from.size, root: from.root };
  return { origin, from: head, to: { size: to.size, root: to.root }, hashes };
}
