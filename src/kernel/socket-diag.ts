import type { KernelCalls } from '../system/kernel-calls.js';
import { AF } from './abi.js';

const NETLINK_SOCK_DIAG = 4;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
export const MSG_DONTWAIT = 0x40;

/** A netlink socket to ask of sockets with. @returns undefined where the kernel does not offer it */
export function openSocketDiag(calls: KernelCalls): number | undefined {
  const fd = calls.socket(AF.netlink, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  return fd < 0 ? undefined : fd;
}
