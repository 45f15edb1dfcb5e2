/**
 * The kernel's end of the observer: calls of the program wait at this descriptor until they are answered.
 *
 * The notification lies in memory that the keeper shares. RECV hands a call to us and to nobody else, so one that we
 * received and did not answer would wait for ever if we were killed in between; the kernel writes its id where the
 * keeper finds it before RECV returns, hence there is no moment at which it is known to us alone.
 */
import type { KernelCalls } from '../system/kernel-calls.js';
import { ERRNO } from './abi.js';

const IOCTL = { receive: 0xc050_2100, send: 0xc018_2101, setFlags: 0x4008_2104 } as const;
const SYNC_WAKE_UP = 1n;
const FLAG_CONTINUE = 1;

const NOTIFICATION_BYTES = 80;
const RESPONSE_AT = 80;
const RESPONSE_BYTES = 24;
const KEPT_AT = 112;
/** Of the memory that is shared with the keeper. */
export const SHARED_BYTES = 4_096;

/** One call that waits. Arguments are the program's, hence hostile. */
export interface Notification {
  /** Thread id in our pid namespace; 0 for a thread that has no id there. */
  readonly tid: number;
  readonly call: number;
  readonly arch: number;
  readonly args: readonly bigint[];
}

export type Received = Notification | 'none' | 'ended';

export class Listener {
  readonly fd: number;
  readonly #calls: KernelCalls;
  readonly #memory: Buffer;
  readonly #notification: Uint8Array;
  readonly #response: Uint8Array;

  constructor(calls: KernelCalls, fd: number, shared: Uint8Array) {
    this.fd = fd;
    this.#calls = calls;
    this.#memory = Buffer.from(shared.buffer, shared.byteOffset, shared.byteLength);
    this.#notification = this.#memory.subarray(0, NOTIFICATION_BYTES);
    this.#response = this.#memory.subarray(RESPONSE_AT, RESPONSE_AT + RESPONSE_BYTES);
  }

  /**
   * Lets the caller and us take turns on one processor, without the wait until another one has woken up (Linux 6.6;
   * older ones refuse, which costs time and nothing else).
   */
  wakeInTurn(): void {
    const flags = Buffer.allocUnsafeSlow(8);
    flags.writeBigUInt64LE(SYNC_WAKE_UP);
    this.#calls.ioctl(this.fd, IOCTL.setFlags, flags);
  }

  /** Takes the next waiting call; blocks when there is none. */
  receive(): Received {
    // The kernel refuses a buffer that is not empty.
    this.#notification.fill(0);
    if (this.#calls.ioctl(this.fd, IOCTL.receive, this.#notification) !== 0) {
      const error = this.#calls.errno();
      // ENOENT: whoever waited was killed meanwhile.
      return error === ERRNO.ENOENT || error === ERRNO.EINTR ? 'none' : 'ended';
    }
    const memory = this.#memory;
    return {
      tid: memory.readUInt32LE(8),
      call: memory.readInt32LE(16),
      arch: memory.readUInt32LE(20),
      args: [0, 1, 2, 3, 4, 5].map((index) => memory.readBigUInt64LE(32 + 8 * index)),
    };
  }

  /** Lets the call go on. @returns false if nobody waits any more */
  letGo(): boolean {
    return this.#answer(0, FLAG_CONTINUE);
  }

  /** Fails the call with this error number. */
  refuse(errno: number): boolean {
    return this.#answer(-errno, 0);
  }

  /** Lets the call go that another holder of this listener received and did not get to answer. */
  letGoOf(other: Listener): boolean {
    const id = other.#memory.readBigUInt64LE(0);
    if (id === 0n) return false;
    this.#memory.writeBigUInt64LE(id, 0);
    return this.letGo();
  }

  /** Calls that the keeper let go. */
  get kept(): number {
    return this.#memory.readUInt32LE(KEPT_AT);
  }

  countKept(): void {
    this.#memory.writeUInt32LE((this.kept + 1) >>> 0, KEPT_AT);
  }

  #answer(error: number, flags: number): boolean {
    const response = this.#memory;
    response.fill(0, RESPONSE_AT, RESPONSE_AT + RESPONSE_BYTES);
    response.copy(response, RESPONSE_AT, 0, 8);
    response.writeInt32LE(error, RESPONSE_AT + 16);
    response.writeUInt32LE(flags, RESPONSE_AT + 20);
    const isSent = this.#calls.ioctl(this.fd, IOCTL.send, this.#response) === 0;
    // Answered, or gone: the keeper has nothing to do for it.
    this.#notification.fill(0);
    return isSent;
  }
}
