/**
 * The seccomp filter: a classic BPF program that the kernel runs at each system call of the observed tree. It lets
 * everything through at full speed but the few calls that can start traffic, which go to the supervisor.
 *
 * Data it sees (struct seccomp_data): number at 0, ABI at 4, arguments of 8 bytes from 16.
 */
import { AF, SOCK, SOCK_TYPE_MASK, X32_BIT, type Abi } from './abi.js';

export const RET_ALLOW = 0x7fff_0000;
export const RET_USER_NOTIF = 0x7fc0_0000;

const BPF = { loadWord: 0x20, jumpEqual: 0x15, jumpAtLeast: 0x35, and: 0x54, return: 0x06 } as const;
const NUMBER_AT = 0;
const ARCH_AT = 4;
const argumentAt = (index: number): number => 16 + 8 * index;

/** One instruction; targets of jumps are labels until all are laid out. */
interface Instruction {
  readonly code: number;
  readonly k: number;
  readonly ifTrue?: string;
  readonly ifFalse?: string;
  readonly label?: string;
}

const load = (k: number, label?: string): Instruction => ({ code: BPF.loadWord, k, ...(label ? { label } : {}) });
const equal = (k: number, ifTrue: string, ifFalse?: string): Instruction => {
  return { code: BPF.jumpEqual, k, ifTrue, ...(ifFalse === undefined ? {} : { ifFalse }) };
};

function program({ arch, calls, narrow }: Abi): Instruction[] {
  const { connect, sendmsg, sendmmsg, execve, execveat, io_uring_setup, sendto, socket } = calls;
  return [
    load(ARCH_AT),
    equal(arch, 'native'),
    equal(narrow.arch, 'narrow', 'allow'),
    load(NUMBER_AT, 'narrow'),
    ...narrow.calls.map((number, index) =>
      equal(number, 'notify', index === narrow.calls.length - 1 ? 'allow' : undefined),
    ),
    load(NUMBER_AT, 'native'),
    { code: BPF.jumpAtLeast, k: X32_BIT, ifTrue: 'notify' },
    ...[connect, sendmsg, sendmmsg, execve, execveat, io_uring_setup].map((number) => equal(number, 'notify')),
    equal(sendto, 'sendto'),
    equal(socket, 'socket', 'allow'),
    // send() is sendto() without an address: the data of a connection, at full speed.
    load(argumentAt(4), 'sendto'),
    equal(0, 'sendto-high', 'notify'),
    load(argumentAt(4) + 4, 'sendto-high'),
    equal(0, 'allow', 'notify'),
    load(argumentAt(0), 'socket'),
    ...[AF.unix, AF.inet, AF.inet6].map((family) => equal(family, 'socket-type')),
    // netlink sockets are always raw, and never leave the machine.
    equal(AF.netlink, 'allow', 'notify'),
    load(argumentAt(1), 'socket-type'),
    { code: BPF.and, k: SOCK_TYPE_MASK },
    equal(SOCK.raw, 'notify', 'allow'),
    { code: BPF.return, k: RET_ALLOW, label: 'allow' },
    { code: BPF.return, k: RET_USER_NOTIF, label: 'notify' },
  ];
}

/** The program as the kernel takes it: instructions of 8 bytes (struct sock_filter). */
export function assembleFilter(abi: Abi): Uint8Array {
  const instructions = program(abi);
  const places = new Map(instructions.flatMap(({ label }, index) => (label === undefined ? [] : [[label, index]])));
  // allocUnsafeSlow: never from the pool, as its address goes into a structure.
  const bytes = Buffer.allocUnsafeSlow(instructions.length * 8);
  const distance = (from: number, label: string | undefined): number => {
    if (label === undefined) return 0;
    const place = places.get(label);
    if (place === undefined || place <= from) throw new RangeError(`no label ${label} further on`);
    return place - from - 1;
  };
  for (const [index, { code, k, ifTrue, ifFalse }] of instructions.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(distance(index, ifTrue), index * 8 + 2);
    bytes.writeUInt8(distance(index, ifFalse), index * 8 + 3);
    bytes.writeUInt32LE(k >>> 0, index * 8 + 4);
  }
  return bytes;
}
