/**
 * The open segment on disk. It is only ever appended to. Whoever may write to the journal's folder may also cut,
 * replace or remove the file under us: each write is preceded by a look at what the name stands for.
 */
import { constants } from 'node:fs';
import { EgressError, systemCode } from '../../core/error.js';
import { writeFully, type FileSystem } from '../../keys/file-system.js';

/** Flags of a new segment: it must not exist, and every write goes to its end. */
const CREATE_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);
const OPEN_MODE = 0o640;
const SEALED_MODE = 0o440;

/**
 * A power cut takes at most what was written within this pause and the fdatasync after it. One after the other without a pause
 * took a sixth of the recorder's processor time: each wakes two threads and the disk.
 */
const SYNC_PAUSE_MS = 100;

/** A failed write or fsync as an EgressError. Both are final: what the disk holds after one is not known. */
export function writeFailure(error: unknown, file: string): EgressError {
  if (error instanceof EgressError) return error;
  const system = systemCode(error) ?? 'unknown error';
  if (system === 'ENOSPC' || system === 'EDQUOT') {
    return new EgressError('DISK_FULL', `no space left for ${file}`, {
      hint: 'What was written before is kept. Free some space, then run again: a new segment goes on from there.',
      cause: error,
    });
  }
  return new EgressError('WRITE_FAILED', `writing ${file} failed: ${system}`, {
    hint: 'What was written before is kept, and the next run says where the record broke off.',
    cause: error,
  });
}

/** Keeps others from changing a segment, beyond modes. It never throws: where it can do nothing, modes have to do. */
export type SegmentGuard = (fd: number, flag: 'none' | 'append' | 'immutable') => void;

export class SegmentFile {
  readonly path: string;
  readonly #fs: FileSystem;
  readonly #fd: number;
  readonly #guard: SegmentGuard | undefined;
  readonly #inode: number;
  #bytes = 0;
  #isSyncing = false;
  #isDirty = false;
  #isFinished = false;
  #syncTimer: NodeJS.Timeout | undefined;

  /** Creates the file. A crash after this leaves an empty segment, which the next opening explains. */
  constructor(fs: FileSystem, path: string, guard?: SegmentGuard) {
    this.#fs = fs;
    this.#guard = guard;
    this.path = path;
    this.#fd = fs.openSync(path, CREATE_FLAGS, OPEN_MODE);
    this.#inode = fs.fstatSync(this.#fd).ino;
    // Whatever the umask, as with all other files: the group of the folder is who reads.
    fs.fchmodSync(this.#fd, OPEN_MODE);
    guard?.(this.#fd, 'append');
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends whole lines, or looks only whether the file is as we left it. A crash in here leaves any part of them.
   * @throws SEGMENT_CHANGED if the file is not as we left it, or what the system throws
   */
  write(bytes: Uint8Array): void {
    this.#checkUnchanged();
    if (bytes.length === 0) return;
    writeFully(this.#fs, this.#fd, bytes);
    this.#bytes += bytes.length;
    this.#isDirty = true;
  }

  #checkUnchanged(): void {
    const stat = this.#fs.lstatSync(this.path, { throwIfNoEntry: false });
    let change: string | undefined;
    if (stat === undefined) change = 'was removed';
    else if (stat.ino !== this.#inode || !stat.isFile()) change = 'was replaced';
    else if (stat.nlink !== 1) change = 'got a second name';
    else if (stat.size !== this.#bytes) change = `has ${stat.size} bytes, but ${this.#bytes} were written`;
    if (change === undefined) return;
    throw new EgressError('SEGMENT_CHANGED', `${this.path} ${change} while it was recorded`, {
      hint: 'Something else wrote to the journal. Keep this copy, look at it with egress verify, and find out what did.',
    });
  }

  /** fdatasync, now. */
  sync(): void {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.#fs.fdatasyncSync(this.#fd);
  }

  /**
   * fdatasync in the background: at once after a pause, else so that one begins `SYNC_PAUSE_MS` after the last one ended.
   * @param onError gets its failure
   */
  syncSoon(onError: (error: unknown) => void): void {
    if (this.#isSyncing || !this.#isDirty || this.#isFinished || this.#syncTimer !== undefined) return;
    this.#isSyncing = true;
    this.#isDirty = false;
    this.#fs.fdatasync(this.#fd, (error) => {
      this.#isSyncing = false;
      if (error !== null) onError(error);
      if (this.#isFinished) {
        this.#close();
        return;
      }
      this.#syncTimer = setTimeout(() => {
        this.#syncTimer = undefined;
        this.syncSoon(onError);
      }, SYNC_PAUSE_MS).unref();
    });
  }

  /** Makes a sealed file read-only, for everybody if it is guarded. A mode cannot be changed while a flag is set. */
  protect(): void {
    this.#guard?.(this.#fd, 'none');
    this.#fs.fchmodSync(this.#fd, SEALED_MODE);
    this.#guard?.(this.#fd, 'immutable');
  }

  /** Closes the file, once a running fdatasync has let go of it. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    clearTimeout(this.#syncTimer);
    if (!this.#isSyncing) this.#close();
  }

  /** What has to last was made durable before; an error here takes nothing back, and nobody could act on it. */
  #close(): void {
    try {
      this.#fs.closeSync(this.#fd);
    } catch {
      // The descriptor is gone all the same.
    }
  }
}
