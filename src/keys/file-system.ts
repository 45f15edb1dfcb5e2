/**
 * The file system as journal and keys use it. It is passed in, so that tests can fail any single call; and the few
 * ways of reading and writing whole small files, which are the same everywhere.
 */
import { fileSystem, openFlags, parentPath, type FileSystem } from '#platform';
import { EgressError, systemCode } from '../core/error.js';

export { fileSystem, type FileSystem };

const {
  O_RDONLY = 0,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
  O_WRONLY = 0,
  O_CREAT = 0,
  O_TRUNC = 0,
  O_DIRECTORY = 0,
} = openFlags;

/** Flags for reading what others may have put there: no symbolic link, and no waiting for the writer of a FIFO. */
export const READ_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** Writes all of `bytes`, also where the system takes them in several parts. */
export function writeFully(fs: FileSystem, fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      const count = fs.writeSync(fd, bytes, written, bytes.length - written);
      // A regular file that takes nothing and reports nothing would keep us here for ever.
      if (count === 0) throw new EgressError('WRITE_FAILED', 'the system wrote nothing and gave no reason');
      written += count;
    } catch (error) {
      // Interrupted before anything was written: nothing happened, so this is no retry of a failed write.
      if (systemCode(error) !== 'EINTR') throw error;
    }
  }
}

/** fsync of a folder, which makes names in it durable. Some file systems do not know it (EINVAL) and need none. */
export function syncFolder(fs: FileSystem, folder: string): void {
  const fd = fs.openSync(folder, O_RDONLY | O_DIRECTORY);
  try {
    fs.fsyncSync(fd);
  } catch (error) {
    if (systemCode(error) !== 'EINVAL' && systemCode(error) !== 'EPERM') throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Puts a whole file in place: after a crash at any point `file` holds either what it held before or all of `bytes`.
 * A crash may leave `<file>.new` behind, which the next call overwrites and every reader ignores.
 */
export function replaceFile(fs: FileSystem, file: string, bytes: Uint8Array, mode: number): void {
  putFile(fs, file, bytes, mode, true);
  syncFolder(fs, parentPath(file));
}

/** As replaceFile, for one of several files in a folder: it is there to stay once the caller has synced the folder. */
export function replaceInFolder(fs: FileSystem, file: string, bytes: Uint8Array, mode: number): void {
  putFile(fs, file, bytes, mode, true);
}

/** As replaceFile, for what can be made anew: if the machine itself fails, `file` may be gone or empty afterwards. */
export function replaceNote(fs: FileSystem, file: string, bytes: Uint8Array, mode: number): void {
  putFile(fs, file, bytes, mode, false);
}

function putFile(fs: FileSystem, file: string, bytes: Uint8Array, mode: number, isSynced: boolean): void {
  const fresh = `${file}.new`;
  const fd = fs.openSync(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  try {
    fs.fchmodSync(fd, mode);
    writeFully(fs, fd, bytes);
    if (isSynced) fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(fresh, file);
}

/**
 * Makes a folder, and the missing ones above it. Node's own `recursive` goes on for ever where a folder is there and the
 * system says ENOENT for what is to be made in it, as /proc does.
 * @returns whether it was made
 */
export function makeFolders(fs: FileSystem, folder: string, mode: number): boolean {
  try {
    fs.mkdirSync(folder, { mode });
    return true;
  } catch (error) {
    if (isFolder(fs, folder)) return false;
    const parent = parentPath(folder);
    if (systemCode(error) !== 'ENOENT' || parent === folder || isFolder(fs, parent)) throw error;
    makeFolders(fs, parent, mode);
  }
  return makeFolders(fs, folder, mode);
}

function isFolder(fs: FileSystem, path: string): boolean {
  try {
    return fs.lstatSync(fs.realpathSync(path)).isDirectory();
  } catch {
    return false;
  }
}

const SETGID = 0o2000;

/**
 * Makes a folder, and the missing ones above it. In a folder that gives its group on (setgid), the new one has the mode
 * that was asked for whatever the umask: those who may read the one are to read the other.
 */
export function makeFolder(fs: FileSystem, folder: string, mode: number): void {
  if (!makeFolders(fs, folder, mode)) return;
  const fd = fs.openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    if ((fs.fstatSync(fd).mode & SETGID) !== 0) fs.fchmodSync(fd, SETGID | mode);
  } finally {
    fs.closeSync(fd);
  }
}

/** Reads the whole of an open file up to `bytesMax` + 1 bytes, so that a caller can tell that it is longer. */
export function readFully(fs: FileSystem, fd: number, bytesMax: number): Buffer {
  const buffer = Buffer.alloc(bytesMax + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = fs.readSync(fd, buffer, length, buffer.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

/** A failure of the system to read `file`, as an EgressError; any other error as it is. */
export function readFailure(error: unknown, file: string): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof EgressError) return error;
  const isForbidden = code === 'EACCES' || code === 'EPERM';
  return new EgressError('JOURNAL_UNREADABLE', `cannot read ${file}: ${code}`, {
    hint: isForbidden
      ? 'egress doctor shows who may read what.'
      : 'Nothing was changed. Look at the disk, or try again.',
    cause: error,
  });
}

/** @throws JOURNAL_UNREADABLE, also for what is no regular file */
export function openRegularFile(fs: FileSystem, file: string): number {
  try {
    const fd = fs.openSync(file, READ_FLAGS);
    if (fs.fstatSync(fd).isFile()) return fd;
    fs.closeSync(fd);
  } catch (error) {
    throw readFailure(error, file);
  }
  throw new EgressError('JOURNAL_UNREADABLE', `${file} is not a regular file`, {
    hint: 'Something else was put in its place: find out what did.',
  });
}

/**
 * Reads a file that anybody may have written.
 * @param read gets the descriptor, which is open until it returns
 * @throws JOURNAL_UNREADABLE if the system fails, or it is no regular file; and what `read` throws
 */
export function readFile<T>(fs: FileSystem, file: string, read: (fd: number) => T): T {
  const fd = openRegularFile(fs, file);
  try {
    try {
      return read(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw readFailure(error, file);
  }
}

/**
 * Reads a small file that anybody may have written.
 * @returns undefined if it does not exist
 * @throws JOURNAL_UNREADABLE if it is no regular file, longer than `bytesMax`, or cannot be read
 */
export function readSmallFile(fs: FileSystem, file: string, bytesMax: number): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFile(fs, file, (fd) => readFully(fs, fd, bytesMax));
  } catch (error) {
    const code = error instanceof EgressError ? systemCode(error.cause) : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  if (bytes.length > bytesMax) {
    throw new EgressError('JOURNAL_UNREADABLE', `${file} is longer than ${bytesMax} bytes`);
  }
  return bytes;
}
