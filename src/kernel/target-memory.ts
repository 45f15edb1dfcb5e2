import { closeSync, openSync, readSync } from 'node:fs';
import type { KernelCalls } from '../system/kernel-calls.js';

/** Reads the memory of a process whose call waits. The addresses are the program's: anything may be there, or nothing. */
export class TargetMemory {
  readonly #calls: KernelCalls;
  readonly #into: Buffer;
  /** Address and length of either side (struct iovec). */
  readonly #local = new BigUint64Array(2);
  readonly #remote = new BigUint64Array(2);

  /** @param bytesMax of one read */
  constructor(calls: KernelCalls, bytesMax: number) {
    this.#calls = calls;
    this.#into = Buffer.allocUnsafeSlow(bytesMax);
    this.#local[0] = calls.address(this.#into);
  }

  /**
   * @returns the bytes, valid until the next read, fewer where the memory ends before; undefined where it may not be
   * read (another user's program, one without dumpable memory, or Yama's ptrace_scope)
   */
  read(tid: number, address: bigint, length: number): Buffer | undefined {
    const wanted = Math.min(length, this.#into.length);
    this.#remote[0] = address;
    this.#local[1] = this.#remote[1] = BigInt(wanted);
    const got = this.#calls.processRead(tid, this.#local, this.#remote);
    if (got >= 0) return this.#into.subarray(0, got);
    return this.#readFile(tid, address, wanted);
  }

  /** Where the call is forbidden, as in some containers, the file may not be: the system asks for the same rights. */
  #readFile(tid: number, address: bigint, wanted: number): Buffer | undefined {
    let file: number | undefined;
    try {
      file = openSync(`/proc/${tid}/mem`, 'r');
      return this.#into.subarray(0, readSync(file, this.#into, 0, wanted, address));
    } catch {
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}
