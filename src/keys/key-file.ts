/** Files that hold a secret: owner-only, and not trusted if anybody else could have read or replaced them. */
import { decodeHex, encodeHex } from '../core/bytes.js';
import { EgressError, systemCode } from '../core/error.js';
import { readFully, READ_FLAGS, replaceFile, replaceInFolder, writeFully, type FileSystem } from './file-system.js';

const SECRET_BYTES = 32;
/** 64 hex digits and a newline. */
const FILE_BYTES = 2 * SECRET_BYTES + 1;

/** Writes 32 secret bytes as a hex line, mode 0600, durably. */
export function writeSecret(fs: FileSystem, file: string, secret: Uint8Array): void {
  replaceFile(fs, file, secretLine(secret), 0o600);
}

/** The same, durable once its folder is synced. */
export function writeSecretInFolder(fs: FileSystem, file: string, secret: Uint8Array): void {
  replaceInFolder(fs, file, secretLine(secret), 0o600);
}

function secretLine(secret: Uint8Array): Buffer {
  return Buffer.from(`${encodeHex(secret)}\n`, 'latin1');
}

/**
 * Reads 32 secret bytes.
 * @throws as `readPrivateFile`
 */
export function readSecret(fs: FileSystem, file: string, uid: number | undefined): Uint8Array {
  const text = readPrivateFile(fs, file, uid, FILE_BYTES).toString('latin1');
  const secret = text.endsWith('\n') ? decodeHex(text.slice(0, -1)) : undefined;
  if (secret?.length !== SECRET_BYTES) throw new EgressError('KEY_INVALID', `${file} does not hold a key`);
  return secret;
}

/**
 * Reads a file that nobody else may read. It is opened first and judged by its descriptor, so that it cannot be exchanged
 * in between; a symbolic link is refused by the open itself.
 * @param uid owner that the file must have; undefined where the system knows no owners
 * @returns up to `bytesMax` + 1 bytes, so that a caller can tell that it is longer
 * @throws KEY_MISSING, KEY_FILE_MODE
 */
export function readPrivateFile(fs: FileSystem, file: string, uid: number | undefined, bytesMax: number): Buffer {
  let fd: number;
  try {
    fd = fs.openSync(file, READ_FLAGS);
  } catch (error) {
    if (systemCode(error) === 'ELOOP') {
      throw new EgressError('KEY_FILE_MODE', `${file} is a symbolic link`, { cause: error });
    }
    throw new EgressError('KEY_MISSING', `cannot open the key ${file}: ${systemCode(error) ?? 'unknown error'}`, {
      cause: error,
    });
  }
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) throw new EgressError('KEY_FILE_MODE', `${file} is not a regular file`);
    if (uid !== undefined && (stat.uid !== uid || (stat.mode & 0o077) !== 0)) {
      throw new EgressError('KEY_FILE_MODE', `${file} can be read by others, or belongs to another user`, {
        hint: `Whoever can read it can act in your name. If nobody did: chown and chmod 600 ${file}`,
      });
    }
    return readFully(fs, fd, bytesMax);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Overwrites and removes a secret. On copy-on-write disks, in snapshots and in backups the old bytes live on; that is
 * why what a key may do is limited by the epochs and not by its erasure alone.
 */
export function eraseSecret(fs: FileSystem, file: string): void {
  try {
    overwrite(fs, file);
    fs.unlinkSync(file);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function overwrite(fs: FileSystem, file: string): void {
  const fd = fs.openSync(file, 'r+');
  try {
    writeFully(fs, fd, Buffer.alloc(FILE_BYTES, 0x30));
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
