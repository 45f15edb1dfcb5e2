/** SHA-256 for lines and tree. */
import { putSha256, sha256Hex, sha256OfParts } from '#platform';

/** A SHA-256 digest in lower-case hex. */
export type Hash = string;

/** The two hash functions of RFC 6962, section 2.1. */
export interface TreeHasher {
  /** SHA-256(0x00, data) */
  leaf(data: Uint8Array): Hash;
  /** SHA-256(0x01, left, right) */
  node(left: Hash, right: Hash): Hash;
  /** The same in bytes: `pair` is one that serves as prefix, then left and right. The hash takes the place of left. */
  joinPair(pair: Buffer): void;
}

/** Of a digest. */
export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** `prev` of a journal's first line. */
export const NO_HASH: Hash = '0'.repeat(64);

const LEAF_PREFIX = Uint8Array.of(0);
const nodeInput = Buffer.alloc(65, 1);

export const nodeHasher: TreeHasher = {
  leaf: (data) => {
    const digest = sha256OfParts();
    digest.update(LEAF_PREFIX);
    digest.update(data);
    return digest.hex();
  },
  node: (left, right) => {
    nodeInput.write(left + right, 1, 64, 'hex');
    return sha256Hex(nodeInput);
  },
  joinPair: (pair) => {
    const before = pair[0] ?? 0;
    pair[0] = 1;
    putSha256(pair, pair, 1);
    pair[0] = before;
  },
};

/**
 * Leaf hash of `buffer[start..end)` without copying it: the byte before `start`, which has to exist, serves as the
 * 0x00 prefix for the length of the call.
 */
export function leafInPlace(buffer: Buffer, start: number, end: number): Hash {
  const before = buffer[start - 1] ?? 0;
  buffer[start - 1] = 0;
  const digest = sha256Hex(buffer.subarray(start - 1, end));
  buffer[start - 1] = before;
  return digest;
}

/** The same, and its bytes go to `target`. */
export function putLeaf(buffer: Buffer, start: number, end: number, target: Buffer): void {
  const before = buffer[start - 1] ?? 0;
  buffer[start - 1] = 0;
  putSha256(buffer.subarray(start - 1, end), target, 0);
  buffer[start - 1] = before;
}

/** SHA-256 of bytes, in hex. */
export function sha256(bytes: Uint8Array): Hash {
  return sha256Hex(bytes);
}
