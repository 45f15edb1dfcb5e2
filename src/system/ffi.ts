/**
 * System calls that Node does not offer, through koffi. It has a prebuilt binary for most platforms; where it has
 * none, everything here is absent with a reason, and its callers do without.
 */
import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import type * as Koffi from 'koffi';

interface Ffi {
  readonly koffi: typeof Koffi;
  readonly flock: (fd: number, operation: number) => number;
  readonly getsockopt: (fd: number, level: number, name: number, value: Buffer, length: Buffer) => number;
  /** This and prctl are declared with their arguments: a variadic declaration could not be called from a worker. Linux only. */
  readonly ioctl: ((fd: number, request: number, value: Buffer) => number) | undefined;
  /** Linux only. Without a buffer it gives the length. */
  readonly lgetxattr: ((path: string, name: string, value: null, bytes: 0) => number) | undefined;
  /** Name of the error that the last failed call left. */
  readonly errorName: () => string;
  readonly prctl: ((option: number, a: number, b: number, c: number, d: number) => number) | undefined;
}

let loaded: Ffi | { readonly reason: string } | undefined;

function load(): Ffi | { readonly reason: string } {
  try {
    const require = createRequire(import.meta.url);
    const koffi = require('koffi') as typeof Koffi;
    const library = koffi.load(null);
    return {
      koffi,
      flock: library.func('int flock(int fd, int operation)') as Ffi['flock'],
      getsockopt: library.func(
        'int getsockopt(int fd, int level, int name, void *value, void *length)',
      ) as Ffi['getsockopt'],
      ioctl:
        process.platform === 'linux'
          ? (library.func('int ioctl(int fd, unsigned long request, void *value)') as Ffi['ioctl'])
          : undefined,
      lgetxattr:
        process.platform === 'linux'
          ? (library.func('long lgetxattr(str path, str name, void *value, unsigned long bytes)') as Ffi['lgetxattr'])
          : undefined,
      errorName: () => getSystemErrorName(-koffi.errno()),
      prctl:
        process.platform === 'linux'
          ? (library.func('int prctl(int option, long a, long b, long c, long d)') as Ffi['prctl'])
          : undefined,
    };
  } catch (error) {
    return { reason: error instanceof Error ? (error.message.split('\n')[0] ?? 'unknown') : String(error) };
  }
}

/** The bindings, or why there are none on this platform. Loads koffi at the first call (about 12 ms). */
export function ffi(): Ffi | { readonly reason: string } {
  loaded ??= load();
  return loaded;
}
