/**
 * The rights of another user, for one step. A thread of Linux has credentials of its own: the calls here change those of
 * the calling thread alone, past the C library, which would change all threads.
 *
 * Its user id stays root's throughout, as whoever has a thread's user id may send signals to it, and so could end the
 * recorder.
 */
import type { ProgramUser } from '../core/launcher.js';
import { EgressError } from '../core/error.js';
import type { KernelCalls } from './kernel-calls.js';

const CAP_SETGID = 1 << 6;
/** _LINUX_CAPABILITY_VERSION_3: two words each of effective, permitted and inheritable ones. */
const CAPABILITIES_VERSION = 0x20080522;
const ENOSYS = 38;
const AT_FDCWD = -100;
const AT_EACCESS = 0x200;

function groupList(groups: readonly number[]): Buffer {
  const list = Buffer.allocUnsafeSlow(4 * Math.max(1, groups.length));
  groups.forEach((gid, index) => list.writeUInt32LE(gid, 4 * index));
  return list;
}

function done(result: number, what: string): void {
  if (result === 0) return;
  throw new EgressError('USER_REFUSED', `the system does not let this process take on ${what}`, {
    hint: '--user needs root with the capabilities SETUID and SETGID.',
  });
}

/**
 * Runs `fork`, which has to be over when it returns, with the groups of a user. Its child needs only set its user id.
 *
 * libuv empties the list of supplementary groups of a child that gets another user id, and does not mind if it may not:
 * without CAP_SETGID it may not, so the list stays.
 * @throws USER_REFUSED
 */
export function withGroupsOf<T>(calls: KernelCalls, { gid, groups }: ProgramUser, fork: () => T): T {
  const header = Buffer.allocUnsafeSlow(8).fill(0);
  header.writeUInt32LE(CAPABILITIES_VERSION, 0);
  const own = Buffer.allocUnsafeSlow(24).fill(0);
  const before = { gid: process.getgid?.() ?? 0, groups: process.getgroups?.() ?? [] };
  done(calls.capget(header, own), 'its own capabilities');
  const lowered = Buffer.from(own);
  lowered.writeUInt32LE((own.readUInt32LE(0) & ~CAP_SETGID) >>> 0, 0);
  try {
    done(calls.setgroups(groups.length, groupList(groups)), 'the groups of that user');
    done(calls.setresgid(gid, gid, gid), 'the group of that user');
    done(calls.capset(header, lowered), 'fewer capabilities');
    return fork();
  } finally {
    done(calls.capset(header, own), 'its own capabilities again');
    done(calls.setresgid(before.gid, before.gid, before.gid), 'its own group again');
    done(calls.setgroups(before.groups.length, groupList(before.groups)), 'its own groups again');
  }
}

/** What a user may do with a path, by the system's own word: access lists and read-only mounts count. */
export class FileRights {
  readonly #calls: KernelCalls;
  readonly #user: ProgramUser;

  constructor(calls: KernelCalls, user: ProgramUser) {
    this.#calls = calls;
    this.#user = user;
  }

  /**
   * Runs `look` with the user's file system ids, which are those that access to files goes by, and nothing else does.
   * @throws USER_REFUSED
   */
  as<T>(look: (may: (path: string, mode: number) => boolean) => T): T {
    const { uid, gid, groups } = this.#user;
    const before = process.getgroups?.() ?? [];
    const may = (path: string, mode: number): boolean => {
      if (this.#calls.faccessat(AT_FDCWD, path, mode, AT_EACCESS) === 0) return true;
      if (this.#calls.errno() === ENOSYS) done(-1, 'the file rights of that user: Linux 5.8 or later is needed');
      return false;
    };
    try {
      done(this.#calls.setgroups(groups.length, groupList(groups)), 'the groups of that user');
      // These two return what was before, whatever they do.
      this.#calls.setfsgid(gid);
      this.#calls.setfsuid(uid);
      if (this.#calls.setfsuid(uid) !== uid) done(-1, 'the file rights of that user');
      return look(may);
    } finally {
      this.#calls.setfsuid(process.geteuid?.() ?? 0);
      this.#calls.setfsgid(process.getegid?.() ?? 0);
      done(this.#calls.setgroups(before.length, groupList(before)), 'its own groups again');
    }
  }
}
