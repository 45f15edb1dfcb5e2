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

/** In words of 64 bits: struct seccomp_notif, then struct seccomp_notif_resp, then how many the keeper let go. */
const NOTIFICATION_WORDS = 10;
const RESPONSE_WORDS = 3;
const KEPT_AT = 14;
/** Of the notification, in words of 32 bits or of 64: thread, call, ABI and arguments. */
const AT = { tid: 2, call: 4, arch: 5, args: 4 } as const;
/** Of the memory that is shared with the keeper. */
export const SHARED_BYTES = 4_096;

/** One call that waits. Arguments are the program's, hence hostile. */
export interface Notification {
  /** Thread id in our pid namespace; 0 for a thread that has no id there. */
  readonly tid: number;
  readonly call: number;
  readonly arch: number;
  readonly args: ArrayLike<bigint>;
}

export type Received = Notification | 'none' | 'ended';

export class Listener {
  readonly fd: number;
  readonly #calls: KernelCalls;
  /** Views of the memory: elements of typed arrays are read without a call, and each call would keep the program waiting. */
  readonly #words: BigUint64Array;
  readonly #halves: Uint32Array;
  readonly #notification: BigUint64Array;
  readonly #response: BigUint64Array;
  readonly #errorAndFlags: Int32Array;

  constructor(calls: KernelCalls, fd: number, { buffer, byteOffset }: Uint8Array) {
    this.fd = fd;
    this.#calls = calls;
    this.#words = new BigUint64Array(buffer, byteOffset, SHARED_BYTES / 8);
    this.#halves = new Uint32Array(buffer, byteOffset, SHARED_BYTES / 4);
    this.#notification = this.#words.subarray(0, NOTIFICATION_WORDS);
    this.#response = this.#words.subarray(NOTIFICATION_WORDS, NOTIFICATION_WORDS + RESPONSE_WORDS);
    this.#errorAndFlags = new Int32Array(buffer, this.#response.byteOffset + 16, 2);
  }

  /**
   * Lets the caller and us take turns on one processor, without the wait until another one has woken up (Linux 6.6;
   * older ones refuse, which costs time and nothing else).
   */
  wakeInTurn(): void {
    this.#calls.ioctl(this.fd, IOCTL.setFlags, BigUint64Array.of(SYNC_WAKE_UP));
  }

  /** Takes the next waiting call; blocks when there is none. */
  receive(): Received {
    // The kernel refuses a buffer that is not empty.
    this.#notification.fill(0n);
    if (this.#calls.ioctl(this.fd, IOCTL.receive, this.#notification) !== 0) {
      const error = this.#calls.errno();
      // ENOENT: whoever waited was killed meanwhile.
      return error === ERRNO.ENOENT || error === ERRNO.EINTR ? 'none' : 'ended';
    }
    return {
      tid: this.#halves[AT.tid] ?? 0,
      call: (this.#halves[AT.call] ?? 0) | 0,
      arch: this.#halves[AT.arch] ?? 0,
      args: this.#words.slice(AT.args, AT.args + 6),
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
    const id = other.#words[0] ?? 0n;
    if (id === 0n) return false;
    this.#words[0] = id;
    return this.letGo();
  }

  /** Calls that the keeper let go. */
  get kept(): number {
    return this.#halves[2 * KEPT_AT] ?? 0;
  }

  countKept(): void {
    this.#halves[2 * KEPT_AT] = this.kept + 1;
  }

  #answer(error: number, flags: number): boolean {
    this.#response[0] = this.#words[0] ?? 0n;
    this.#response[1] = 0n;
    this.#errorAndFlags[0] = error;
    this.#errorAndFlags[1] = flags;
    const isSent = this.#calls.ioctl(this.fd, IOCTL.send, this.#response) === 0;
    // Answered, or gone: the keeper has nothing to do for it.
    this.#notification.fill(0n);
    return isSent;
  }
}
