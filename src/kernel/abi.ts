/** Numbers of the Linux ABI that the observer needs, by processor. From the kernel's uapi headers. */

/** System calls that are looked at. */
export interface SyscallNumbers {
  readonly connect: number;
  readonly sendto: number;
  readonly sendmsg: number;
  readonly sendmmsg: number;
  readonly socket: number;
  readonly execve: number;
  readonly execveat: number;
  readonly io_uring_setup: number;
}

export interface Abi {
  /** AUDIT_ARCH_*: how the kernel names the ABI that a call was made through. */
  readonly arch: number;
  readonly calls: SyscallNumbers;
  /** Programs of 32 bits. They are rare; that one made a network call is recorded, its arguments are not read. */
  readonly narrow: { readonly arch: number; readonly calls: readonly number[] };
}

const X64: Abi = {
  arch: 0xc000_003e,
  calls: {
    ...{ connect: 42, sendto: 44, sendmsg: 46, sendmmsg: 307, socket: 41 },
    ...{ execve: 59, execveat: 322, io_uring_setup: 425 },
  },
  narrow: { arch: 0x4000_0003, calls: [102, 345, 359, 361, 362, 363, 369, 370, 425] },
};

const ARM64: Abi = {
  arch: 0xc000_00b7,
  calls: {
    ...{ connect: 203, sendto: 206, sendmsg: 211, sendmmsg: 269, socket: 198 },
    ...{ execve: 221, execveat: 281, io_uring_setup: 425 },
  },
  narrow: { arch: 0x4000_0028, calls: [281, 282, 283, 284, 290, 296, 374, 425] },
};

/** undefined on a processor that was never tried. */
export function abiOf(processor: string): Abi | undefined {
  return processor === 'x64' ? X64 : processor === 'arm64' ? ARM64 : undefined;
}

/** Calls of the x32 ABI carry this bit; no distribution uses it, so whoever does wants to be seen. */
export const X32_BIT = 0x4000_0000;

export const AF = { unspec: 0, unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
export const SOCK = { stream: 1, datagram: 2, raw: 3 } as const;
/** Type bits of `socket(2)` that are flags (SOCK_NONBLOCK, SOCK_CLOEXEC). */
export const SOCK_TYPE_MASK = 0xf;

export const ERRNO = { EPERM: 1, ENOENT: 2, EINTR: 4, EBUSY: 16, EINVAL: 22, ENOSYS: 38, ENOBUFS: 105 } as const;
