/**
 * What a waiting call is about to do, read from its arguments and the memory they point at. All of it is chosen by
 * the program, and another of its threads may change it after we have read it.
 */
import { SOCK, type SyscallNumbers } from './abi.js';
import { decodeDnsQuestion, type DnsQuestion } from './dns-question.js';
import type { Notification } from './listener.js';
import { decodeSocketAddress, type SocketAddress } from './socket-address.js';
import type { SocketIdentity } from './socket-probe.js';
import type { TargetMemory } from './target-memory.js';

/** A destination, and what is sent there; `unreadable` where the program's memory may not be read. */
export interface Destination {
  readonly to: SocketAddress | 'unreadable';
  readonly socket: SocketIdentity | undefined;
}

export interface Dispatch extends Destination {
  readonly bytes: number;
  readonly question: DnsQuestion | undefined;
}

const ADDRESS_BYTES_MAX = 128;
/** Of a datagram that may be a DNS query. */
const PACKET_BYTES_MAX = 512;
export const READ_BYTES_MAX = 1_024;
/** Messages of one sendmmsg, and parts of one message, that are looked at. */
const MESSAGES_MAX = 16;
const PARTS_MAX = 16;
const MESSAGE_HEADER_BYTES = 56;
const MESSAGE_STRIDE = 64;
const DNS_PORT = 53;

/** Whoever looks at sockets of the calling process. */
type Look = (fd: number) => SocketIdentity | undefined;

/** Datagram sockets that were connected: what they send names no address. */
export type DatagramPeers = ReadonlyMap<number, SocketAddress>;

interface Header {
  readonly name: bigint;
  readonly nameLength: number;
  readonly parts: bigint;
  readonly partCount: number;
}

const low32 = (value: bigint | undefined): number => Number(BigInt.asIntN(32, value ?? 0n));
const sizeOf = (value: bigint): number => Number(BigInt.asUintN(53, value));

export class IntentReader {
  readonly #memory: TargetMemory;
  readonly #peers: DatagramPeers;

  constructor(memory: TargetMemory, peers: DatagramPeers) {
    this.#memory = memory;
    this.#peers = peers;
  }

  /** connect(fd, address, length) */
  connect({ tid, args }: Notification, look: Look): Destination | undefined {
    const to = this.#address(tid, args[1] ?? 0n, low32(args[2]));
    return to === undefined ? undefined : { to, socket: look(low32(args[0])) };
  }

  /** The calls that send: sendto, sendmsg, sendmmsg. Empty for one that only writes to a connection. */
  dispatches(notification: Notification, calls: SyscallNumbers, look: Look): Dispatch[] {
    const { tid, call, args } = notification;
    if (call === calls.sendto) return this.#sendTo(notification, look);
    const stride = call === calls.sendmmsg ? MESSAGE_STRIDE : MESSAGE_HEADER_BYTES;
    const count = call === calls.sendmmsg ? Math.min(low32(args[2]) >>> 0, MESSAGES_MAX) : 1;
    const bytes = this.#memory.read(tid, args[1] ?? 0n, stride * count);
    if (bytes === undefined) return [{ to: 'unreadable', socket: look(low32(args[0])), bytes: 0, question: undefined }];
    const headers: Header[] = [];
    for (let at = 0; at + MESSAGE_HEADER_BYTES <= bytes.length; at += stride) {
      headers.push({
        name: bytes.readBigUInt64LE(at),
        nameLength: bytes.readUInt32LE(at + 8),
        parts: bytes.readBigUInt64LE(at + 16),
        partCount: sizeOf(bytes.readBigUInt64LE(at + 24)),
      });
    }
    const names = headers.some(({ name }) => name !== 0n);
    // Without an address it is the data of a connection, unless a datagram socket was connected before.
    if (!names && this.#peers.size === 0) return [];
    const socket = look(low32(args[0]));
    const peer = socket === undefined ? undefined : this.#peers.get(socket.cookie);
    if (!names && peer === undefined) return [];
    return headers.flatMap((header) => this.#message(tid, header, socket, peer));
  }

  #sendTo({ tid, args }: Notification, look: Look): Dispatch[] {
    const to = this.#address(tid, args[4] ?? 0n, low32(args[5]));
    if (to === undefined) return [];
    const bytes = sizeOf(args[2] ?? 0n);
    return [{ to, socket: look(low32(args[0])), bytes, question: this.#question(to, tid, args[1] ?? 0n, bytes) }];
  }

  #message(
    tid: number,
    header: Header,
    socket: SocketIdentity | undefined,
    peer: SocketAddress | undefined,
  ): Dispatch[] {
    const to = header.name === 0n ? peer : this.#address(tid, header.name, header.nameLength);
    if (to === undefined) return [];
    const count = Math.min(header.partCount, PARTS_MAX);
    const parts = this.#memory.read(tid, header.parts, 16 * count);
    let bytes = 0;
    const first = { at: 0n, length: 0 };
    for (let at = 0; parts !== undefined && at + 16 <= parts.length; at += 16) {
      const length = sizeOf(parts.readBigUInt64LE(at + 8));
      if (at === 0) Object.assign(first, { at: parts.readBigUInt64LE(0), length });
      bytes += length;
    }
    return [{ to, socket, bytes, question: this.#question(to, tid, first.at, first.length) }];
  }

  #question(to: SocketAddress | 'unreadable', tid: number, at: bigint, length: number): DnsQuestion | undefined {
    if (to === 'unreadable' || to.family !== 'inet' || to.port !== DNS_PORT) return undefined;
    const packet = this.#memory.read(tid, at, Math.min(length, PACKET_BYTES_MAX));
    return packet === undefined ? undefined : decodeDnsQuestion(packet);
  }

  #address(tid: number, at: bigint, length: number): SocketAddress | 'unreadable' | undefined {
    // The kernel refuses what is longer, or nothing at all.
    if (at === 0n || length <= 0 || length > ADDRESS_BYTES_MAX) return undefined;
    const bytes = this.#memory.read(tid, at, length);
    return bytes === undefined ? 'unreadable' : decodeSocketAddress(bytes);
  }
}

/** Whether a connect opens a connection; that of a datagram socket only says where it sends to. */
export function isDatagram({ to, socket }: Destination): boolean {
  return socket?.type === SOCK.datagram && to !== 'unreadable' && to.family === 'inet';
}
