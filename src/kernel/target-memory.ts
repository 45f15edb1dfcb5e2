import { closeSync, openSync, readSync } from 'node:fs';
import type { KernelCalls } from '../system/kernel-calls.js';

/** Reads the memory of a process whose call waits. The addresses are the program's: anything may be there, or nothing. */
export class TargetMemory {
  readonly #calls: KernelCalls;
  readonly #into: Buffer;
  readonly #local: Buffer;
  readonly #remote: Buffer;

  /** @param bytesMax of one read */
  constructor(calls: KernelCalls, bytesMax: number) {
    this.#calls = calls;
    this.#into = Buffer.allocUnsafeSlow(bytesMax);
    this.#local = Buffer.allocUnsafeSlow(16);
    this.#remote = Buffer.allocUnsafeSlow(16);
    this.#local.writeBigUInt64LE(calls.address(this.#into), 0);
  }

  /**
   * @returns the bytes, valid until the next read, fewer where the memory ends before; undefined where it may not be
   * read (another user's program, one without dumpable memory, or Yama's ptrace_scope)
   */
  read(tid: number, address: bigint, length: number): Buffer | undefined {
    const wanted = Math.min(length, this.#into.length);
    this.#local.writeBigUInt64LE(BigInt(wanted), 8);
    this.#remote.writeBigUInt64LE(address, 0);
    this.#remote.writeBigUInt64LE(BigInt(wanted), 8);
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
