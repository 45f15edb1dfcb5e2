import { fileSystem, type FileSystem } from '../../../src/keys/file-system.js';

/** A call of the file system: which function, which call of it (from 1), counted over the whole life of the instance. */
export interface Call {
  readonly name: keyof FileSystem;
  readonly nth: number;
}

/** What happens at a call instead of the real thing. */
export type Fault = 'EIO' | 'ENOSPC' | 'EINTR' | 'short' | 'crash';

/** Thrown by a crash and by every call after it: the process is gone, and the disk stays as it is. */
export class Crash extends Error {}

const systemError = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code });

/**
 * The real file system with one fault. Only calls that can write or make durable are counted; reading is not what is
 * tested here.
 */
export class FaultyFileSystem {
  readonly calls: Call[] = [];
  readonly #counts = new Map<string, number>();
  readonly #at: Call | undefined;
  readonly #fault: Fault | undefined;
  #isCrashed = false;

  constructor(at?: Call, fault?: Fault) {
    this.#at = at;
    this.#fault = fault;
  }

  readonly fs: FileSystem = new Proxy(fileSystem, {
    get: (target, property) => {
      const name = property as keyof FileSystem;
      const real = target[name] as (...args: unknown[]) => unknown;
      if (!COUNTED.has(name)) return real;
      return (...args: unknown[]): unknown => this.#call(name, real, args);
    },
  });

  #call(name: keyof FileSystem, real: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    if (this.#isCrashed) throw new Crash();
    const nth = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, nth);
    this.calls.push({ name, nth });
    if (this.#at?.name !== name || this.#at.nth !== nth) return real(...args);
    if (this.#fault === 'crash') {
      this.#isCrashed = true;
      // Half of a write gets out: the worst that a kill can leave.
      if (name === 'writeSync') real(args[0], args[1], args[2], Math.floor(((args[3] as number | undefined) ?? 0) / 2));
      throw new Crash();
    }
    if (this.#fault === 'short')
      return real(args[0], args[1], args[2], Math.max(1, Math.floor((args[3] as number) / 2)));
    throw systemError(this.#fault ?? 'EIO');
  }
}

const COUNTED: ReadonlySet<string> = new Set<keyof FileSystem>([
  'openSync',
  'writeSync',
  'fsyncSync',
  'fdatasyncSync',
  'fchmodSync',
  'mkdirSync',
  'renameSync',
  'unlinkSync',
]);
