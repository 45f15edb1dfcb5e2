/**
 * Linux system calls of the kernel observer, one declaration each and none variadic. Wherever memory of ours is
 * named inside a structure, its address is taken once: the buffers live as long as their owner.
 */
import { ffi } from './ffi.js';

/** Of ours, which the kernel reads or writes. */
type Memory = NodeJS.ArrayBufferView;

/** Each returns what the C library does: -1 on failure, and then `errno()` says why. */
export interface KernelCalls {
  errno(): number;
  /** Address of a buffer that is not from Node's pool, for use inside a structure. */
  address(buffer: Memory): bigint;
  seccomp(operation: number, flags: number, argument: Uint8Array): number;
  ioctl(fd: number, request: number, argument: Memory): number;
  poll(fds: Memory, count: number, timeoutMs: number): number;
  processRead(pid: number, local: Memory, remote: Memory): number;
  pidfdOpen(pid: number): number;
  pidfdGetfd(pidfd: number, fd: number): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): number;
  send(fd: number, bytes: Uint8Array): number;
  receive(fd: number, into: Uint8Array, flags: number): number;
  getsockopt(fd: number, level: number, name: number, value: Memory, length: Memory): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array): number;
  prctl(option: number, argument: number): number;
  /** These change the calling thread alone, and only by these calls past the C library. */
  setgroups(count: number, groups: Uint8Array): number;
  setresgid(real: number, effective: number, saved: number): number;
  /** Both return the id that was in force before. */
  setfsuid(uid: number): number;
  setfsgid(gid: number): number;
  capget(header: Uint8Array, data: Uint8Array): number;
  capset(header: Uint8Array, data: Uint8Array): number;
  faccessat(folder: number, path: string, mode: number, flags: number): number;
  /** Takes note of the end of a child, if it has ended. */
  reap(pid: number): number;
  /** @returns descriptors to read from and to write to */
  pipe(): readonly [read: number, write: number];
  eventfd(flags: number): number;
  memfd(name: string): number;
  /** Maps a file that both processes write to. */
  mapShared(fd: number, bytes: number): Uint8Array;
  getrlimit(resource: number, limit: Uint8Array): number;
  setrlimit(resource: number, limit: Uint8Array): number;
  /** Node warns of descriptors that a thread closes and did not open through it. */
  close(fd: number): number;
}

/** What differs between processors: numbers of calls that the C library may not wrap. */
interface CallNumbers {
  readonly seccomp: number;
  readonly setgroups: number;
  readonly setresgid: number;
  readonly setfsuid: number;
  readonly setfsgid: number;
  readonly capget: number;
  readonly capset: number;
}

const NUMBERS: Readonly<Record<string, CallNumbers>> = {
  x64: { seccomp: 317, setgroups: 116, setresgid: 119, setfsuid: 122, setfsgid: 123, capget: 125, capset: 126 },
  arm64: { seccomp: 277, setgroups: 159, setresgid: 149, setfsuid: 151, setfsgid: 152, capget: 90, capset: 91 },
};
/** The same everywhere, as all calls that came after Linux 5.1. */
const PIDFD_OPEN = 434;
const PIDFD_GETFD = 438;
const FACCESSAT2 = 439;

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MFD_CLOEXEC = 1;
const WNOHANG = 1;
const O_CLOEXEC = 0o2000000;

let loaded: KernelCalls | { readonly reason: string } | undefined;

function load(): KernelCalls | { readonly reason: string } {
  const numbers = NUMBERS[process.arch];
  if (process.platform !== 'linux') return { reason: 'not_linux' };
  if (numbers === undefined) return { reason: 'processor_unsupported' };
  const bindings = ffi();
  if ('reason' in bindings) return { reason: 'no_koffi' };
  try {
    return declare(bindings.koffi, numbers);
  } catch {
    return { reason: 'no_koffi' };
  }
}

type Declared = (...args: unknown[]) => number;

function declare(koffi: typeof import('koffi'), numbers: CallNumbers): KernelCalls {
  const library = koffi.load(null);
  const declared = (prototype: string): Declared => library.func(prototype);
  const seccomp = declared('long syscall(long number, long operation, long flags, void *argument)');
  const onBuffer = declared('long syscall(long number, long a, void *b)');
  const onBuffers = declared('long syscall(long number, void *a, void *b)');
  const access = declared('long syscall(long number, long folder, const char *path, long mode, long flags)');
  const waitpid = declared('int waitpid(int pid, void *status, int options)');
  const pipe2 = declared('int pipe2(void *fds, int flags)');
  const onNumbers = declared('long syscall(long number, long a, long b, long c)');
  const ioctl = declared('int ioctl(int fd, unsigned long request, void *argument)');
  const poll = declared('int poll(void *fds, unsigned long count, int timeout)');
  const read = declared(
    'long process_vm_readv(int pid, void *local, unsigned long m, void *remote, unsigned long n, unsigned long flags)',
  );
  const socket = declared('int socket(int domain, int type, int protocol)');
  const bind = declared('int bind(int fd, void *address, unsigned int length)');
  const send = declared('long send(int fd, void *bytes, unsigned long length, int flags)');
  const recv = declared('long recv(int fd, void *into, unsigned long length, int flags)');
  const getsockopt = declared('int getsockopt(int fd, int level, int name, void *value, void *length)');
  const setsockopt = declared('int setsockopt(int fd, int level, int name, void *value, unsigned int length)');
  const prctl = declared('int prctl(int option, long a, long b, long c, long d)');
  const eventfd = declared('int eventfd(unsigned int initial, int flags)');
  const memfd = declared('int memfd_create(const char *name, unsigned int flags)');
  const mmap = library.func(
    'void *mmap(void *at, unsigned long length, int protection, int flags, int fd, long offset)',
  );
  const getrlimit = declared('int getrlimit(int resource, void *limit)');
  const setrlimit = declared('int setrlimit(int resource, void *limit)');
  return {
    errno: () => koffi.errno(),
    address: (buffer) => koffi.address(buffer),
    seccomp: (operation, flags, argument) => seccomp(numbers.seccomp, operation, flags, argument),
    ioctl,
    poll,
    processRead: (pid, local, remote) => read(pid, local, 1, remote, 1, 0),
    pidfdOpen: (pid) => onNumbers(PIDFD_OPEN, pid, 0, 0),
    pidfdGetfd: (fd, target) => onNumbers(PIDFD_GETFD, fd, target, 0),
    socket,
    bind: (fd, address) => bind(fd, address, address.length),
    send: (fd, bytes) => send(fd, bytes, bytes.length, 0),
    receive: (fd, into, flags) => recv(fd, into, into.length, flags),
    getsockopt,
    setsockopt: (fd, level, name, value) => setsockopt(fd, level, name, value, value.length),
    setgroups: (count, groups) => onBuffer(numbers.setgroups, count, groups),
    setresgid: (real, effective, saved) => onNumbers(numbers.setresgid, real, effective, saved),
    setfsuid: (uid) => onNumbers(numbers.setfsuid, uid, 0, 0),
    setfsgid: (gid) => onNumbers(numbers.setfsgid, gid, 0, 0),
    capget: (header, data) => onBuffers(numbers.capget, header, data),
    capset: (header, data) => onBuffers(numbers.capset, header, data),
    faccessat: (folder, path, mode, flags) => access(FACCESSAT2, folder, path, mode, flags),
    reap: (pid) => waitpid(pid, null, WNOHANG),
    pipe: () => {
      const fds = Buffer.allocUnsafeSlow(8);
      if (pipe2(fds, O_CLOEXEC) !== 0) throw new Error('no pipe can be had');
      return [fds.readInt32LE(0), fds.readInt32LE(4)];
    },
    prctl: (option, argument) => prctl(option, argument, 0, 0, 0),
    eventfd: (flags) => eventfd(0, flags),
    memfd: (name) => memfd(name, MFD_CLOEXEC),
    mapShared: (fd, bytes) => {
      const mapped: unknown = mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
      // MAP_FAILED is the highest address; a view of it would fault at the first access.
      if (BigInt.asUintN(64, koffi.address(mapped)) === 0xffff_ffff_ffff_ffffn) throw new Error('mmap failed');
      return new Uint8Array(koffi.view(mapped, bytes));
    },
    getrlimit,
    setrlimit,
    close: declared('int close(int fd)'),
  };
}

/** The calls, or a code for why there are none here: `not_linux`, `processor_unsupported`, `no_koffi`. */
export function kernelCalls(): KernelCalls | { readonly reason: string } {
  loaded ??= load();
  return loaded;
}
