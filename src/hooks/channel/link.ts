/**
 * The connection to the recorder: a unix stream socket, written synchronously and never through the stream, which
 * would keep the process alive while the recorder stalls. Nothing here throws, waits (but for a bounded final flush)
 * or holds the event loop open.
 */
import net from 'node:net';
import { FRAME_BYTES_MAX } from '../../core/limits.js';
import { COMPACT_CHARS_MAX, type OwnMembers } from '../../event/compact-call.js';
import { Batch } from './batch.js';
import {
  allocUnsafeSlow,
  apply,
  fstatSync,
  latin1Slice,
  latin1Write,
  now,
  sleepOneMillisecond,
  writeSync,
} from '../primordials.js';
import type { Foreign } from '../primordials.js';

/** After a full socket, do not try again at once: EAGAIN costs an Error each time. */
const BACKOFF_MS = 5;

export type WriteResult = 'done' | 'blocked' | 'reused' | 'lost';

/**
 * @note With numbers instead of bigints, Node keeps the result in an array that `fs.realpathSync` looks at later: the
 * type of whatever was asked about last decides whether it stops at a known folder (20.20, realpathSync). A socket there
 * would make the program's next `import` of a symlinked CommonJS package come out empty.
 */
function identify(fd: number): { readonly ino: bigint; readonly dev: bigint } {
  return fstatSync(fd, { bigint: true });
}

const NEWLINE = 0x0a;

/** Room for one frame, but for a huge one. */
const line = allocUnsafeSlow(FRAME_BYTES_MAX + 1);

/** Bytes that wait for the recorder, per thread. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;

export class Link {
  readonly #socket: Foreign;
  readonly #fd: number;
  readonly #inode: bigint;
  readonly #device: bigint;
  readonly #batch = new Batch();
  #backlog: Buffer[] = [];
  #backlogBytes = 0;
  /** Bytes of the first backlog entry that are already written. */
  #offset = 0;
  #blockedAt = -BACKOFF_MS;
  #waitingSince = 0;
  #isLost = false;

  /** @throws if the socket cannot even be made: refused by the permission model, no descriptor left */
  constructor(path: string, onByte: (byte: number) => void, onLost: () => void) {
    // connect() to a unix path is synchronous in libuv: the descriptor can be written right away.
    const onread = {
      buffer: allocUnsafeSlow(64),
      callback: (count: number, buffer: Uint8Array): boolean => {
        for (let i = 0; i < count; i += 1) onByte(buffer[i] ?? 0);
        return true;
      },
    };
    const socket: Foreign = new net.Socket({ onread } as net.SocketConstructorOpts);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isLost = true;
      onLost();
    });
    socket.connect({ path });
    socket.unref();
    this.#socket = socket;
    this.#fd = socket._handle.fd;
    const { ino, dev } = identify(this.#fd);
    this.#inode = ino;
    this.#device = dev;
  }

  /** The constructor of unix socket handles. */
  get handle(): Foreign {
    return this.#socket._handle;
  }

  /** What the recorder did not take yet; the batch is not among it. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  get batchBytes(): number {
    return this.#batch.length;
  }

  get isFull(): boolean {
    return this.#backlogBytes + this.#batch.length > BACKLOG_BYTES_MAX;
  }

  /** Since when something has been waiting without a break. */
  get waitingSince(): number {
    return this.#waitingSince;
  }

  /** The lines that were not handed over; the first of them may be so in part, and is no use to the recorder. */
  get unsent(): string {
    let text = '';
    for (const bytes of this.#backlog) text += apply(latin1Slice, bytes, [0, bytes.length]);
    // A batch ends with a line, and so begins with one.
    return text.slice(text.lastIndexOf('\n', this.#offset - 1) + 1) + this.#batch.text;
  }

  /** Takes an ASCII line, without its newline, into the batch. What went before it is sent if there is no room. */
  add(text: string): WriteResult {
    if (this.#batch.hasRoomFor(text.length)) {
      this.#batch.add(text);
      return 'done';
    }
    const result = this.send();
    if (result === 'lost' || result === 'reused') return result;
    if (text.length > FRAME_BYTES_MAX) return this.writeLine(text);
    this.#batch.add(text);
    return result;
  }

  /** Takes a compact line likewise. */
  addCall(shape: number, own: OwnMembers): WriteResult {
    const result = this.#batch.hasRoomFor(COMPACT_CHARS_MAX) ? 'done' : this.send();
    if (result === 'lost' || result === 'reused') return result;
    this.#batch.addCall(shape, own);
    return result;
  }

  /** Writes the batch. */
  send(): WriteResult {
    const { bytes, length } = this.#batch;
    this.#batch.length = 0;
    return this.#write(bytes, length);
  }

  /** Writes a line before the batch, after what is still waiting. */
  writeLine(text: string): WriteResult {
    const length = text.length + 1;
    const bytes = length > line.length ? allocUnsafeSlow(length) : line;
    apply(latin1Write, bytes, [text, 0, text.length]);
    bytes[text.length] = NEWLINE;
    return this.#write(bytes, length);
  }

  /** Writes the first `length` bytes after what is still waiting; they may be changed when this returns. */
  #write(bytes: Uint8Array, length: number): WriteResult {
    if (this.#backlogBytes === 0) return length === 0 ? 'done' : this.#writeThrough(bytes, length);
    this.#keep(bytes, length, 0);
    return now() - this.#blockedAt < BACKOFF_MS ? 'blocked' : this.#drain();
  }

  /** @param written bytes of it that were handed over; above 0 only where nothing else waits */
  #keep(bytes: Uint8Array, length: number, written: number): void {
    if (length === 0) return;
    const kept = allocUnsafeSlow(length);
    for (let i = 0; i < length; i += 1) kept[i] = bytes[i] ?? 0;
    if (this.#backlogBytes === 0) this.#waitingSince = now();
    this.#backlog.push(kept);
    this.#backlogBytes += length - written;
    this.#offset += written;
  }

  /** Nothing waits: without a copy, if the socket takes it whole. */
  #writeThrough(bytes: Uint8Array, length: number): WriteResult {
    if (this.#isLost || !this.#isOurs()) {
      this.#keep(bytes, length, 0);
      return this.#drain();
    }
    try {
      const written = writeSync(this.#fd, bytes, 0, length);
      if (written === length) return 'done';
      this.#keep(bytes, length, written);
      return this.#drain();
    } catch (error) {
      this.#keep(bytes, length, 0);
      return this.#refused(error);
    }
  }

  /** Tries for at most `ms` to hand everything over. Only for a process that is about to end. */
  drain(ms: number): WriteResult {
    const deadline = now() + ms;
    let result = this.#drain();
    while (result === 'blocked' && now() < deadline) {
      sleepOneMillisecond();
      result = this.#drain();
    }
    return result;
  }

  #drain(): WriteResult {
    if (this.#isLost) return 'lost';
    // The program may have closed our descriptor and got its number for a file of its own.
    if (!this.#isOurs()) {
      this.#abandon();
      return 'reused';
    }
    try {
      for (let bytes = this.#backlog[0]; bytes !== undefined; bytes = this.#backlog[0]) {
        const written = writeSync(this.#fd, bytes, this.#offset, bytes.length - this.#offset);
        this.#offset += written;
        this.#backlogBytes -= written;
        if (this.#offset < bytes.length) continue;
        this.#backlog.shift();
        this.#offset = 0;
      }
      return 'done';
    } catch (error) {
      return this.#refused(error);
    }
  }

  #refused(error: unknown): WriteResult {
    if ((error as { code?: unknown }).code === 'EAGAIN') {
      this.#blockedAt = now();
      return 'blocked';
    }
    this.#isLost = true;
    return 'lost';
  }

  #isOurs(): boolean {
    try {
      const { ino, dev } = identify(this.#fd);
      return ino === this.#inode && dev === this.#device;
    } catch {
      return false;
    }
  }

  /** Lets go of a descriptor that is the program's now: stops polling it, and never closes it. */
  #abandon(): void {
    this.#isLost = true;
    try {
      this.#socket._handle?.readStop();
    } catch {
      // Nothing is left to stop.
    }
    abandoned.push(this.#socket);
  }
}

/** A collected socket would be closed, and with it whatever file now has its number. */
const abandoned: Foreign[] = [];
