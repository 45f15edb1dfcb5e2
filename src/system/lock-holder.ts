/** Who holds a lock: what stands in its file, and whether that process still lives. */
import { readFileSync } from 'node:fs';
import { EgressError, systemCode } from '../core/error.js';
import { processStatus } from './process-status.js';

export interface Lock {
  release(): void;
}

/** A lock file's text: who holds it. Its start time tells the holder from a later process with its pid. */
export function holderText(): string {
  return `${JSON.stringify({ pid: process.pid, start: processStatus('self')?.startTicks ?? '', boot: bootId() })}\n`;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}

export interface Holder {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
}

export function readHolder(path: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8').slice(0, 512));
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, start, boot } = value as Record<string, unknown>;
    if (!Number.isSafeInteger(pid) || typeof start !== 'string' || typeof boot !== 'string') return undefined;
    return { pid: pid as number, start, boot };
  } catch {
    return undefined;
  }
}

/** @param holder undefined if its text says nothing */
export function locked(path: string, holder: Holder | undefined): EgressError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid}`;
  return new EgressError('JOURNAL_LOCKED', `the journal is being written by ${who} (lock ${path})`, {
    hint: 'Wait until that run has ended, or give this one a journal of its own: egress run --journal DIR -- …',
  });
}

/** Whether the process that is named as the lock's holder is there. Where that cannot be known, the answer is no. */
export function isHeld(path: string): boolean {
  const holder = readHolder(path);
  return holder !== undefined && isAlive(holder);
}

/** Whether the process that took the lock is there: its pid alone may be another's by now. */
export function isAlive(holder: Holder): boolean {
  if (holder.boot !== bootId()) return false;
  const status = processStatus(holder.pid);
  if (status !== undefined) return status.startTicks === holder.start && status.state === 'running';
  if (process.platform === 'linux') return false;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
