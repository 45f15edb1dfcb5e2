/** SHA-256 for lines and tree in Node. Chain and tree code take a TreeHasher, so that a browser can bring its own. */
import { createHash, hash } from 'node:crypto';

/** A SHA-256 digest in lower-case hex. */
export type Hash = string;

/** The two hash functions of RFC 6962, section 2.1. */
export interface TreeHasher {
  /** SHA-256(0x00, data) */
  leaf(data: Uint8Array): Hash;
  /** SHA-256(0x01, left, right) */
  node(left: Hash, right: Hash): Hash;
}

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** `prev` of a journal's first line. */
export const NO_HASH: Hash = '0'.repeat(64);

const nodeInput = Buffer.alloc(65, 1);

/** Node's one-shot hash with text output is several times faster than `createHash` (Node 20.12 and later). */
export const nodeHasher: TreeHasher = {
  leaf: (data) => createHash('sha256').update('\0').update(data).digest('hex'),
  node: (left, right) => {
    nodeInput.write(left, 1, 32, 'hex');
    nodeInput.write(right, 33, 32, 'hex');
    return hash('sha256', nodeInput, 'hex');
  },
};

/**
 * Leaf hash of `buffer[start..end)` without copying it: the byte before `start`, which has to exist, serves as the
 * 0x00 prefix for the length of the call.
 */
export function leafInPlace(buffer: Buffer, start: number, end: number): Hash {
  const before = buffer[start - 1] ?? 0;
  buffer[start - 1] = 0;
  const digest = hash('sha256', buffer.subarray(start - 1, end), 'hex');
  buffer[start - 1] = before;
  return digest;
}

/** SHA-256 of bytes, in hex. */
export function sha256(bytes: Uint8Array): Hash {
  return hash('sha256', bytes, 'hex');
}
