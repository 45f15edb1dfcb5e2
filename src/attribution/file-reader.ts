import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** How attribution reads package.json, lock files, scripts and source maps. Their paths come from the program. */
export interface FileReader {
  /**
   * Text (UTF-8) of a regular file of at most `bytesMax` bytes. Undefined for everything else: nothing there, another
   * kind of file, too large, not readable, empty. Never throws.
   */
  readText(file: string, bytesMax: number): string | undefined;
}

/** Reads as the user of this process. */
export const localFiles: FileReader = {
  readText(file, bytesMax) {
    let fd: number | undefined;
    try {
      // Look before opening: to open a device or a FIFO can already do something.
      if (!statSync(file).isFile()) return undefined;
      // The program can swap the file in between; O_NONBLOCK keeps a FIFO from holding the recorder up.
      fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      const status = fstatSync(fd);
      // The size of files in /proc is 0: they are never read, since reading some of them has effects.
      if (!status.isFile() || status.size === 0 || status.size > bytesMax) return undefined;
      const bytes = Buffer.allocUnsafe(status.size);
      let length = 0;
      while (length < bytes.length) {
        const count = readSync(fd, bytes, length, bytes.length - length, length);
        if (count === 0) break;
        length += count;
      }
      return bytes.toString('utf8', 0, length);
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  },
};

/**
 * Stops reading after a number of files or bytes. A program chooses the paths in its frames, so without a limit it
 * could keep the recorder busy with files; past the limit, packages are told from paths alone.
 */
export class LimitedReader implements FileReader {
  readonly #files: FileReader;
  #readsLeft: number;
  #bytesLeft: number;

  constructor(files: FileReader, readsMax: number, bytesMax: number) {
    this.#files = files;
    this.#readsLeft = readsMax;
    this.#bytesLeft = bytesMax;
  }

  readText(file: string, bytesMax: number): string | undefined {
    if (this.#readsLeft <= 0) return undefined;
    this.#readsLeft -= 1;
    const text = this.#files.readText(file, Math.min(bytesMax, this.#bytesLeft));
    if (text !== undefined) this.#bytesLeft -= text.length;
    return text;
  }
}
