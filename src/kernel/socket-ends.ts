/**
 * News of sockets that are gone, from the kernel's SOCK_DIAG multicast (sock_diag(7), linux/inet_diag.h). Needs no
 * privilege and tells of every socket of this network namespace, whosever it was; the supervisor picks its own.
 */
import type { KernelCalls } from '../system/kernel-calls.js';
import { AF, ERRNO } from './abi.js';
import { ipv4Text, ipv6Text } from './socket-address.js';

const NETLINK_SOCK_DIAG = 4;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const MSG_DONTWAIT = 0x40;
/** Groups of inet_diag: tcp and udp, IPv4 and IPv6. */
const GROUPS = 0xf;
const RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024;
const SOCK_DIAG_BY_FAMILY = 20;
const MESSAGE_AT = 16;
const ATTRIBUTES_AT = MESSAGE_AT + 72;
const INET_DIAG_INFO = 2;
/** Offsets in struct tcp_info. */
const INFO = { bytesAcked: 120, bytesReceived: 128, segmentsOut: 136, segmentsIn: 140, bytesSent: 200 } as const;

export interface SocketEnd {
  readonly cookie: number;
  readonly localPort: number;
  readonly address?: string;
  readonly port?: number;
  readonly sent?: number;
  readonly received?: number;
  readonly established?: boolean;
}

/** Opens the multicast. @returns the descriptor, or undefined where the kernel does not offer it */
export function openSocketEnds(calls: KernelCalls): number | undefined {
  const fd = calls.socket(AF.netlink, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (fd < 0) return undefined;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(RECEIVE_BUFFER_BYTES);
  // Beyond the system's limit where we may, up to it elsewhere.
  if (calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size) !== 0) calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF.netlink, 0);
  address.writeUInt32LE(GROUPS, 8);
  if (calls.bind(fd, address) === 0) return fd;
  calls.close(fd);
  return undefined;
}

/** struct tcp_info grew over the years: what an old kernel does not send is not known. */
function counters(info: Buffer): Pick<SocketEnd, 'sent' | 'received' | 'established'> {
  if (info.length < INFO.bytesSent + 8) return {};
  const acked = Number(info.readBigUInt64LE(INFO.bytesAcked));
  // The first byte that is acknowledged is the SYN: without it there was no connection.
  const established = acked > 0 || info.readBigUInt64LE(INFO.bytesReceived) > 0n;
  // An abort clears all counters: then nothing is known, not even that it failed.
  if (!established && info.readUInt32LE(INFO.segmentsOut) === 0) return {};
  return {
    sent: Number(info.readBigUInt64LE(INFO.bytesSent)),
    received: Number(info.readBigUInt64LE(INFO.bytesReceived)),
    established,
  };
}

/** @param isWanted asked before anything else is decoded: most sockets of a machine are not ours */
export function decodeSocketEnd(message: Buffer, isWanted: (cookie: number) => boolean): SocketEnd | undefined {
  if (message.length < ATTRIBUTES_AT || message.readUInt16LE(4) !== SOCK_DIAG_BY_FAMILY) return undefined;
  const cookie = Number(message.readBigUInt64LE(MESSAGE_AT + 44));
  if (!isWanted(cookie)) return undefined;
  const family = message.readUInt8(MESSAGE_AT);
  const port = message.readUInt16BE(MESSAGE_AT + 6);
  const address =
    family === AF.inet
      ? ipv4Text(message, MESSAGE_AT + 24)
      : family === AF.inet6
        ? ipv6Text(message, MESSAGE_AT + 24)
        : '';
  let info: Buffer | undefined;
  for (let at = ATTRIBUTES_AT; at + 4 <= message.length;) {
    const length = message.readUInt16LE(at);
    if (length < 4) break;
    if (message.readUInt16LE(at + 2) === INET_DIAG_INFO) info = message.subarray(at + 4, at + length);
    at += (length + 3) & ~3;
  }
  return {
    cookie,
    localPort: message.readUInt16BE(MESSAGE_AT + 4),
    ...(port === 0 || address === '' ? {} : { address, port }),
    ...(info === undefined ? {} : counters(info)),
  };
}

export class SocketEnds {
  readonly fd: number;
  readonly #calls: KernelCalls;
  readonly #into = Buffer.allocUnsafeSlow(8_192);
  readonly #isWanted: (cookie: number) => boolean;

  constructor(calls: KernelCalls, fd: number, isWanted: (cookie: number) => boolean) {
    this.fd = fd;
    this.#calls = calls;
    this.#isWanted = isWanted;
  }

  /** @returns `none` when nothing waits, `lost` when the kernel had to drop some, undefined for one that is not ours */
  next(): SocketEnd | 'none' | 'lost' | undefined {
    const got = this.#calls.receive(this.fd, this.#into, MSG_DONTWAIT);
    if (got < 0) return this.#calls.errno() === ERRNO.ENOBUFS ? 'lost' : 'none';
    return decodeSocketEnd(this.#into.subarray(0, got), this.#isWanted);
  }
}
