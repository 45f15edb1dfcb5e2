/** What the kernel says of one TCP or UDP socket, as a SOCK_DIAG message (sock_diag(7), linux/inet_diag.h). */
import { AF } from './abi.js';
import { ipv4Text, ipv6Text } from './socket-address.js';

export const SOCK_DIAG_BY_FAMILY = 20;
const NETLINK_HEADER_BYTES = 16;
/** Of struct inet_diag_msg, behind the netlink header. */
const AT = {
  family: 16,
  localPort: 20,
  port: 22,
  address: 40,
  cookie: 60,
  unread: 72,
  inode: 84,
  attributes: 88,
} as const;
export const INET_DIAG_INFO = 2;
/** Offsets in struct tcp_info. */
const INFO = {
  state: 0,
  bytesAcked: 120,
  bytesReceived: 128,
  segmentsOut: 136,
  bytesSent: 200,
  bytesResent: 208,
} as const;

/** States in which the other end has closed: CLOSE_WAIT, LAST_ACK, CLOSING. */
const CLOSED_BY_PEER: readonly number[] = [8, 9, 11];

/** Bytes of a connection, and whether it came about; absent where that is not known. */
export interface SocketCounters {
  readonly sent?: number | undefined;
  readonly received?: number | undefined;
  readonly established?: boolean | undefined;
}

const UNKNOWN: SocketCounters = {};

/** A count of 64 bits, which no connection takes beyond 2⁵³. */
function countAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

export interface SocketState extends SocketCounters {
  readonly cookie: number;
  readonly localPort: number;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /** Some process has a descriptor for it. */
  readonly isHeld: boolean;
}

/**
 * @param info struct tcp_info, which grew over the years: what an old kernel does not send is not known
 * @param unread bytes that the program has not read
 */
export function decodeCounters(info: Buffer, unread = 0): SocketCounters {
  if (info.length < INFO.bytesResent + 8) return UNKNOWN;
  const received = countAt(info, INFO.bytesReceived);
  // The first byte that is acknowledged is the SYN: without it there was no connection.
  const established = countAt(info, INFO.bytesAcked) > 0 || received > 0;
  // An abort clears all counters: then nothing is known, not even that it failed.
  if (!established && info.readUInt32LE(INFO.segmentsOut) === 0) return UNKNOWN;
  return {
    // What was lost on the way and sent again counts once.
    sent: countAt(info, INFO.bytesSent) - countAt(info, INFO.bytesResent),
    received: hasClosingByte(info, unread) && received > 0 ? received - 1 : received,
    established,
  };
}

/**
 * The other end's FIN counts as a byte that was received. Of a socket that is gone it shows only where the program did
 * not read up to it: had it left data unread, closing would have been an abort, without counters.
 */
function hasClosingByte(info: Buffer, unread: number): boolean {
  return CLOSED_BY_PEER.includes(info.readUInt8(INFO.state)) || unread === 1;
}

/**
 * @param message with its netlink header
 * @param isWanted asked before anything else is decoded: most sockets of a machine are not ours
 */
export function decodeSocket(message: Buffer, isWanted: (cookie: number) => boolean): SocketState | undefined {
  if (message.length < AT.attributes || message.readUInt16LE(4) !== SOCK_DIAG_BY_FAMILY) return undefined;
  const cookie = countAt(message, AT.cookie);
  if (!isWanted(cookie)) return undefined;
  const family = message.readUInt8(AT.family);
  const port = message.readUInt16BE(AT.port);
  const address =
    family === AF.inet ? ipv4Text(message, AT.address) : family === AF.inet6 ? ipv6Text(message, AT.address) : '';
  const isHeld = message.readUInt32LE(AT.inode) !== 0;
  let info: Buffer | undefined;
  for (let at: number = AT.attributes; at + 4 <= message.length;) {
    const length = message.readUInt16LE(at);
    if (length < 4) break;
    if (message.readUInt16LE(at + 2) === INET_DIAG_INFO) info = message.subarray(at + 4, at + length);
    at += (length + 3) & ~3;
  }
  const isKnown = port !== 0 && address !== '';
  const { sent, received, established } =
    info === undefined ? UNKNOWN : decodeCounters(info, isHeld ? 0 : message.readUInt32LE(AT.unread));
  // No spreads: the program waits meanwhile.
  return {
    cookie,
    localPort: message.readUInt16BE(AT.localPort),
    address: isKnown ? address : undefined,
    port: isKnown ? port : undefined,
    sent,
    received,
    established,
    isHeld,
  };
}

/** The netlink messages of one datagram: kind, and bytes with the header. */
export function* netlinkMessages(datagram: Buffer): Generator<readonly [kind: number, message: Buffer], void> {
  for (let at = 0; at + NETLINK_HEADER_BYTES <= datagram.length;) {
    const length = datagram.readUInt32LE(at);
    if (length < NETLINK_HEADER_BYTES || at + length > datagram.length) return;
    yield [datagram.readUInt16LE(at + 4), datagram.subarray(at, at + length)];
    at += (length + 3) & ~3;
  }
}
