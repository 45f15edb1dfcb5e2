import { truncateSync } from 'node:fs';
import { fileSystem, type FileSystem } from '../../../src/keys/file-system.js';

/** A call of the file system: which function, which call of it (from 1), counted over the whole life of the instance. */
export interface Call {
  readonly name: keyof FileSystem;
  readonly nth: number;
}

/**
 * What happens at a call instead of the real thing: an error of the system, a write that takes half, the end of the
 * process (`crash`), or the end of the machine (`power`), which keeps only what was made durable.
 */
export type Fault = 'EIO' | 'ENOSPC' | 'EINTR' | 'short' | 'crash' | 'power';

/** Thrown by a crash and by every call after it: the process is gone, and the disk stays as it is. */
export class Crash extends Error {}

const systemError = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code });

/** Calls that change what is on the disk or make it durable; a crash at another one leaves what these left. */
export const CHANGING: ReadonlySet<string> = new Set<keyof FileSystem>([
  'openSync',
  'writeSync',
  'fsyncSync',
  'fdatasyncSync',
  'fdatasync',
  'fchmodSync',
  'mkdirSync',
  'renameSync',
  'unlinkSync',
]);

/** The real file system with one fault. All calls are counted. */
export class FaultyFileSystem {
  readonly calls: Call[] = [];
  readonly #counts = new Map<string, number>();
  readonly #at: Call | undefined;
  readonly #fault: Fault | undefined;
  #isCrashed = false;
  /** Open files by descriptor; bytes written and bytes made durable by file, for those that were written. */
  readonly #files = new Map<number, string>();
  readonly #written = new Map<string, { bytes: number; durable: number }>();

  constructor(at?: Call, fault?: Fault) {
    this.#at = at;
    this.#fault = fault;
  }

  readonly fs: FileSystem = new Proxy(fileSystem, {
    get: (target, property) => {
      const name = property as keyof FileSystem;
      const real = target[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]): unknown => this.#call(name, real, args);
    },
  });

  #call(name: keyof FileSystem, real: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    if (this.#isCrashed) throw new Crash();
    if (name === 'fdatasync') {
      const done = args[1] as (error: Error | null) => void;
      // A process that is gone is told nothing any more, and one that ends in here ends nobody but itself.
      const tell = (error: Error | null): void => {
        try {
          if (!this.#isCrashed) done(error);
        } catch (crash) {
          if (!(crash instanceof Crash)) throw crash;
        }
      };
      args = [args[0], tell];
    }
    const nth = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, nth);
    this.calls.push({ name, nth });
    if (this.#at?.name !== name || this.#at.nth !== nth) return this.#observe(name, args, real(...args));
    if (this.#fault === 'crash' || this.#fault === 'power') {
      this.#isCrashed = true;
      // Half of a write gets out: the worst that a kill can leave.
      if (name === 'writeSync') real(args[0], args[1], args[2], Math.floor(((args[3] as number | undefined) ?? 0) / 2));
      if (this.#fault === 'power') this.#loseWhatIsNotDurable();
      throw new Crash();
    }
    if (this.#fault === 'short') {
      const half = Math.max(1, Math.floor((args[3] as number) / 2));
      return this.#observe(name, args, real(args[0], args[1], args[2], half));
    }
    const error = systemError(this.#fault ?? 'EIO');
    // The descriptor is gone also where the system reports an error.
    if (name === 'closeSync') real(...args);
    if (name !== 'fdatasync') throw error;
    setImmediate(args[1] as (error: Error) => void, error);
    return undefined;
  }

  /** Follows which bytes a machine would still have if it lost its power now. Names count as durable at once. */
  #observe(name: keyof FileSystem, args: readonly unknown[], result: unknown): unknown {
    const file = typeof args[0] === 'number' ? this.#files.get(args[0]) : undefined;
    const written = file === undefined ? undefined : this.#written.get(file);
    if (name === 'openSync') this.#files.set(result as number, String(args[0]));
    else if (name === 'writeSync' && file !== undefined) {
      const bytes = (written?.bytes ?? 0) + (result as number);
      this.#written.set(file, { bytes, durable: written?.durable ?? 0 });
    } else if ((name === 'fsyncSync' || name === 'fdatasyncSync') && written !== undefined) {
      written.durable = written.bytes;
    } else if (name === 'renameSync') {
      const moved = this.#written.get(String(args[0]));
      this.#written.delete(String(args[0]));
      if (moved !== undefined) this.#written.set(String(args[1]), moved);
    } else if (name === 'unlinkSync') this.#written.delete(String(args[0]));
    return result;
  }

  #loseWhatIsNotDurable(): void {
    for (const [file, { bytes, durable }] of this.#written) if (durable < bytes) truncateSync(file, durable);
  }
}
