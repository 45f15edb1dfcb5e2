/**
 * Users and groups as the system knows them, also those of a directory service: asked of getent(1) and id(1), since
 * neither Node nor a file in /etc can tell them all. Where there is no getent, /etc/passwd and /etc/group have to do.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Group {
  readonly gid: number;
  readonly name: string;
}

export interface Account {
  readonly uid: number;
  /** Primary group. */
  readonly gid: number;
  readonly name: string;
  readonly home: string;
  readonly shell: string;
  /** All groups, the primary one among them. */
  readonly groups: readonly number[];
}

/** Where the system keeps its own programs: what PATH says is for the caller's programs. */
const SYSTEM_PATH = '/usr/bin:/bin:/usr/sbin:/sbin';
const ANSWER_MS_MAX = 10_000;
/** A name goes to other programs as an argument: nothing that could be an option or a path. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,255}\$?$/;

function ask(program: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, {
    ...{ env: { PATH: SYSTEM_PATH, LC_ALL: 'C' }, encoding: 'utf8', timeout: ANSWER_MS_MAX },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout : undefined;
}

/** The line of a database for a name or a number, split into its fields. */
function entry(database: 'passwd' | 'group', name: string): readonly string[] | undefined {
  if (!NAME.test(name)) return undefined;
  const line = ask('getent', [database, name]) ?? fromFile(database, name);
  return line?.trimEnd().split(':');
}

function fromFile(database: 'passwd' | 'group', name: string): string | undefined {
  try {
    const lines = readFileSync(`/etc/${database}`, 'utf8').split('\n');
    return lines.find((line) => line.split(':')[0] === name) ?? lines.find((line) => line.split(':')[2] === name);
  } catch {
    return undefined;
  }
}

/** @param text name or number */
export function findGroup(text: string): Group | undefined {
  const [name = '', , gid = ''] = entry('group', text) ?? [];
  return /^[0-9]+$/.test(gid) && name !== '' ? { gid: Number(gid), name } : undefined;
}

/** @param text name or number */
export function findAccount(text: string): Account | undefined {
  const [name = '', , uid = '', gid = '', , home = '', shell = ''] = entry('passwd', text) ?? [];
  if (!/^[0-9]+$/.test(uid) || !/^[0-9]+$/.test(gid) || name === '') return undefined;
  const groups = (ask('id', ['-G', '--', name]) ?? ask('id', ['-G', name]) ?? '').trim().split(/\s+/);
  if (!groups.every((group) => /^[0-9]+$/.test(group))) return undefined;
  const all = new Set([Number(gid), ...groups.map(Number)]);
  return { uid: Number(uid), gid: Number(gid), name, home, shell, groups: [...all] };
}
