/**
 * The file flags that keep even a file's owner from changing it (chattr(1)): append-only and immutable. Setting and
 * clearing them takes CAP_LINUX_IMMUTABLE, which root has; and not every file system knows them.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { ffi } from './ffi.js';

/** `none` clears both. */
export type FileFlag = 'none' | 'append' | 'immutable';

/** ioctl_iflags(2); the numbers of 64-bit Linux. */
const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_SETFLAGS = 0x40086602;
const FS_IMMUTABLE_FL = 0x10;
const FS_APPEND_FL = 0x20;

const BITS: Readonly<Record<FileFlag, number>> = { none: 0, append: FS_APPEND_FL, immutable: FS_IMMUTABLE_FL };

function read(fd: number): number | string {
  const bindings = ffi();
  if ('reason' in bindings) return bindings.reason;
  if (bindings.ioctl === undefined) return 'not on this platform';
  const value = Buffer.alloc(8);
  if (bindings.ioctl(fd, FS_IOC_GETFLAGS, value) !== 0) return bindings.errorName();
  return value.readUInt32LE(0);
}

/** The flag that is set; undefined where the file system has none, or no system call can be made. */
export function fileFlag(fd: number): FileFlag | undefined {
  const flags = read(fd);
  if (typeof flags === 'string') return undefined;
  if ((flags & FS_IMMUTABLE_FL) !== 0) return 'immutable';
  return (flags & FS_APPEND_FL) !== 0 ? 'append' : 'none';
}

/**
 * Sets this flag and clears the other; all that the file system keeps beside them stays.
 * @returns undefined, or why it could not be done: `EPERM` without the capability
 */
export function setFileFlag(fd: number, flag: FileFlag): string | undefined {
  const flags = read(fd);
  if (typeof flags === 'string') return flags;
  const wanted = (flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL)) | BITS[flag];
  if (wanted === flags) return undefined;
  const bindings = ffi();
  if ('reason' in bindings || bindings.ioctl === undefined) return 'not on this platform';
  const value = Buffer.alloc(8);
  value.writeUInt32LE(wanted >>> 0);
  return bindings.ioctl(fd, FS_IOC_SETFLAGS, value) === 0 ? undefined : bindings.errorName();
}

/** Clears both, so that the file can be removed. A file without flags is not touched. */
export function clearFileFlags(file: string): void {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    setFileFlag(fd, 'none');
  } finally {
    closeSync(fd);
  }
}
