import { readFileSync, readlinkSync } from 'node:fs';

/** What /proc says of a process; Linux only. */
export interface ProcessStatus {
  /** A zombie has ended and waits for its parent to notice; a stopped process waits for SIGCONT. */
  readonly state: 'running' | 'stopped' | 'ended';
  readonly parentPid: number;
  readonly processGroup: number;
  /** Foreground process group of its terminal, -1 without one. */
  readonly terminalGroup: number;
  /** Clock ticks since boot at which it started: tells a process from a later one with the same pid. */
  readonly startTicks: string;
}

const STATES: Readonly<Record<string, ProcessStatus['state']>> = { Z: 'ended', X: 'ended', T: 'stopped' };

/**
 * Reads /proc/PID/stat (proc_pid_stat(5)). The command name in it is chosen by the program and may hold spaces and
 * parentheses: fields are counted from the last one.
 * @returns undefined when there is no such process, or no /proc
 */
export function processStatus(pid: number | 'self'): ProcessStatus | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    state: STATES[fields[0] ?? ''] ?? 'running',
    parentPid: Number(fields[1]),
    processGroup: Number(fields[2]),
    terminalGroup: Number(fields[5]),
    startTicks: fields[19] ?? '',
  };
}

/** Path of the program that a process runs, or undefined. */
export function processExecutable(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** Whether `pid` descends from `ancestor`, by parents as they are now; a daemon that was adopted does not. */
export function isDescendant(pid: number, ancestor: number): boolean {
  let current = pid;
  for (let depth = 0; depth < 64 && current > 1; depth += 1) {
    if (current === ancestor) return true;
    const status = processStatus(current);
    if (status === undefined) return false;
    current = status.parentPid;
  }
  return false;
}

const CAP_SYS_ADMIN = 21n;

/** Whether a seccomp filter may be installed without giving up what setuid programs rely on (CAP_SYS_ADMIN). */
export function canFilterWithPrivileges(): boolean {
  try {
    const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'));
    return match !== null && ((BigInt(`0x${match[1] ?? '0'}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
  } catch {
    return false;
  }
}
