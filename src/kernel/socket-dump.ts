/**
 * The TCP sockets of this network namespace as they stand, asked for by SOCK_DIAG. Needs no privilege, and finds a
 * socket whoever holds it by now: it may have been passed to a process that we never saw.
 */
import type { KernelCalls } from '../system/kernel-calls.js';
import { AF } from './abi.js';
import {
  decodeSocket,
  INET_DIAG_INFO,
  netlinkMessages,
  SOCK_DIAG_BY_FAMILY,
  type SocketState,
} from './diag-message.js';
import { MSG_DONTWAIT, openSocketDiag } from './socket-diag.js';

const IPPROTO_TCP = 6;
const NLM_F_REQUEST_DUMP = 0x301;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** Without those that listen (10) and those that are only remembered (TIME_WAIT, 6). */
const STATES = 0xfff & ~(1 << 10) & ~(1 << 6) & ~1;
const REQUEST_BYTES = 72;
/** The kernel fills datagrams up to this size. */
const DATAGRAM_BYTES_MAX = 32_768;

/** struct inet_diag_req_v2 behind its netlink header; the rest of it, who is asked for, stays zero: all. */
function request(family: number): Buffer {
  const message = Buffer.alloc(REQUEST_BYTES);
  message.writeUInt32LE(REQUEST_BYTES, 0);
  message.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4);
  message.writeUInt16LE(NLM_F_REQUEST_DUMP, 6);
  message.writeUInt8(family, 16);
  message.writeUInt8(IPPROTO_TCP, 17);
  message.writeUInt8(1 << (INET_DIAG_INFO - 1), 18);
  message.writeUInt32LE(STATES, 20);
  return message;
}

/**
 * @param isWanted which sockets, by their cookies
 * @param msMax a machine may have a million sockets; what is not found by then is not told
 */
export function* dumpSockets(
  calls: KernelCalls,
  isWanted: (cookie: number) => boolean,
  msMax: number,
): Generator<SocketState, void> {
  const fd = openSocketDiag(calls);
  if (fd === undefined) return;
  const deadline = performance.now() + msMax;
  const into = Buffer.allocUnsafeSlow(DATAGRAM_BYTES_MAX);
  try {
    for (const family of [AF.inet, AF.inet6]) {
      if (calls.send(fd, request(family)) < 0) continue;
      // The kernel makes each answer when it is asked for: none is on its way that would have to be waited for.
      for (let isDone = false; !isDone && performance.now() < deadline;) {
        const got = calls.receive(fd, into, MSG_DONTWAIT);
        isDone = got <= 0;
        for (const [kind, message] of netlinkMessages(into.subarray(0, Math.max(0, got)))) {
          isDone ||= kind === NLMSG_DONE || kind === NLMSG_ERROR;
          const socket = decodeSocket(message, isWanted);
          if (socket !== undefined) yield socket;
        }
      }
    }
  } finally {
    calls.close(fd);
  }
}
