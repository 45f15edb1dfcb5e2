/**
 * What the code that reads and checks a journal asks of the machine, from Node.js. The evidence page brings the same
 * from a browser (`browser.ts`); `#platform` in package.json names the one or the other, so that both run one source.
 */
import { createHash, createPublicKey, hash, verify } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { isIP as isNodeIP } from 'node:net';
import path from 'node:path';
import { domainToASCII as toASCII } from 'node:url';
import { HOST_DELIMITER } from './host-delimiter.js';

/** The calls that journal and keys make; every write of theirs goes through one of these. */
export type FileSystem = Pick<
  typeof nodeFs,
  | 'openSync'
  | 'closeSync'
  | 'readSync'
  | 'writeSync'
  | 'fstatSync'
  | 'lstatSync'
  | 'fsyncSync'
  | 'fdatasyncSync'
  | 'fdatasync'
  | 'fchmodSync'
  | 'fchownSync'
  | 'mkdirSync'
  | 'readdirSync'
  | 'realpathSync'
  | 'renameSync'
  | 'unlinkSync'
  | 'rmdirSync'
>;

export const fileSystem: FileSystem = nodeFs;

/** Flags of `openSync`; the system may not know all of them. */
export type OpenFlags = Readonly<
  Partial<Record<'O_RDONLY' | 'O_NOFOLLOW' | 'O_NONBLOCK' | 'O_WRONLY' | 'O_CREAT' | 'O_TRUNC' | 'O_DIRECTORY', number>>
>;

export const openFlags: OpenFlags = nodeFs.constants;

export function joinPath(folder: string, name: string): string {
  return path.join(folder, name);
}

export function parentPath(file: string): string {
  return path.dirname(file);
}

/** The path of a file as seen from a folder above it. */
export function relativePath(folder: string, file: string): string {
  return path.relative(folder, file);
}

/** SHA-256 in lower-case hex. Node's one-shot hash with text output is several times faster than `createHash`. */
export function sha256Hex(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** Puts a SHA-256 at `target[at..)`. It comes as text of one character a byte: as a new Buffer it would cost twice as much. */
export function putSha256(bytes: Uint8Array, target: Buffer, at: number): void {
  target.write(hash('sha256', bytes, 'binary'), at, 'latin1');
}

/** SHA-256 of parts. */
export interface PartsDigest {
  update(part: Uint8Array): void;
  hex(): string;
}

export function sha256OfParts(): PartsDigest {
  const parts = createHash('sha256');
  return { update: (part) => void parts.update(part), hex: () => parts.digest('hex') };
}

export function sha512(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha512').update(bytes).digest());
}

/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410, section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * A quick yes to the Ed25519 signatures that everybody accepts; a no decides nothing. OpenSSL's equation has no
 * cofactor, so it refuses a few signatures that ours accepts; whatever it accepts fulfils ours as well, since S below L
 * is checked and R compared byte by byte with the canonical encoding.
 * @param publicKey canonical
 */
export function acceptsSignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const der = Buffer.concat([SPKI_PREFIX, publicKey]);
    return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
  } catch {
    // Not a point on the curve, or a platform whose node:crypto has no Ed25519.
    return false;
  }
}

/** 4 or 6 for an IP address, else 0. */
export function isIP(text: string): 0 | 4 | 6 {
  return isNodeIP(text) as 0 | 4 | 6;
}

/** The ASCII form of a host name; empty if it is none. */
export function domainToASCII(host: string): string {
  return HOST_DELIMITER.test(host) ? '' : toASCII(host);
}
