/** The filter is run here by an interpreter of classic BPF, since what it does is read in no test of ours otherwise. */
import { describe, expect, test } from 'vitest';
import { abiOf, type Abi } from '../../../src/kernel/abi.js';
import { assembleFilter, RET_ALLOW, RET_USER_NOTIF } from '../../../src/kernel/filter.js';

interface Syscall {
  readonly arch: number;
  readonly call: number;
  readonly args?: readonly bigint[];
}

/** Runs the program on one call, by the kernel's rules: forward jumps only, and it has to return. */
function decide(filter: Uint8Array, { arch, call, args = [] }: Syscall): number {
  const program = Buffer.from(filter);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call >>> 0, 0);
  data.writeUInt32LE(arch, 4);
  for (const [index, value] of args.entries()) data.writeBigUInt64LE(value, 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const code = program.readUInt16LE(at * 8);
    const [ifTrue, ifFalse] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)];
    const k = program.readUInt32LE(at * 8 + 4);
    switch (code) {
      case 0x20:
        accumulator = data.readUInt32LE(k);
        break;
      case 0x15:
        at += accumulator === k ? ifTrue : ifFalse;
        break;
      case 0x35:
        at += accumulator >= k ? ifTrue : ifFalse;
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x06:
        return k;
      default:
        throw new Error(`unknown instruction ${code}`);
    }
  }
  throw new Error('the program ended without an answer');
}

const abis = ['x64', 'arm64'].map((name): [string, Abi] => {
  const abi = abiOf(name);
  if (abi === undefined) throw new Error(name);
  return [name, abi];
});

describe.each(abis)('the filter on %s', (_, abi) => {
  const filter = assembleFilter(abi);
  const { arch, calls } = abi;
  const of = (call: number, ...args: bigint[]): number => decide(filter, { arch, call, args });

  test.each(['connect', 'sendmsg', 'sendmmsg', 'execve', 'execveat', 'io_uring_setup'] as const)(
    'looks at %s',
    (name) => {
      expect(of(calls[name])).toBe(RET_USER_NOTIF);
    },
  );

  test('looks at sendto only where it names an address', () => {
    expect(of(calls.sendto, 3n, 1n, 1n, 0n, 0n, 0n)).toBe(RET_ALLOW);
    expect(of(calls.sendto, 3n, 1n, 1n, 0n, 0x7ffc_0000_1000n, 16n)).toBe(RET_USER_NOTIF);
    // Either half alone is an address.
    expect(of(calls.sendto, 3n, 1n, 1n, 0n, 1n << 32n, 16n)).toBe(RET_USER_NOTIF);
    expect(of(calls.sendto, 3n, 1n, 1n, 0n, 1n, 16n)).toBe(RET_USER_NOTIF);
  });

  test.each([
    ['unix stream', 1n, 1n, RET_ALLOW],
    ['tcp', 2n, 1n, RET_ALLOW],
    ['tcp, non-blocking and close-on-exec', 2n, 0o2004001n, RET_ALLOW],
    ['udp on IPv6', 10n, 2n, RET_ALLOW],
    ['netlink', 16n, 3n, RET_ALLOW],
    ['raw IPv4', 2n, 3n, RET_USER_NOTIF],
    ['raw IPv6 with flags', 10n, 0o2000003n, RET_USER_NOTIF],
    ['packet', 17n, 2n, RET_USER_NOTIF],
    ['vsock', 40n, 1n, RET_USER_NOTIF],
  ])('socket(): %s', (_name, domain, type, expected) => {
    expect(of(calls.socket, domain, type, 0n)).toBe(expected);
  });

  test('lets every other call through', () => {
    const seen = new Set<number>(Object.values(calls));
    for (let call = 0; call < 600; call += 1) {
      if (!seen.has(call)) expect(of(call, 1n, 1n, 1n, 1n, 1n, 1n), String(call)).toBe(RET_ALLOW);
    }
  });

  test('looks at calls of the x32 ABI, and at network calls of 32-bit programs', () => {
    expect(of(0x4000_0000 + 42)).toBe(RET_USER_NOTIF);
    for (const call of abi.narrow.calls) expect(decide(filter, { arch: abi.narrow.arch, call })).toBe(RET_USER_NOTIF);
    for (const call of [3, 4, 42, 44]) expect(decide(filter, { arch: abi.narrow.arch, call })).toBe(RET_ALLOW);
  });
});

test('a processor that was never tried has no filter', () => {
  expect(abiOf('riscv64')).toBeUndefined();
});
