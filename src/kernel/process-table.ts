/**
 * Which process a thread belongs to, and what it runs. Read from /proc while the thread waits in a call, so that it
 * cannot change meanwhile; kept for a moment, as reading costs several times what everything else does.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { FILE_PATH_CHARS_MAX, NAME_CHARS_MAX } from '../core/limits.js';
import { ENV_START, START_TAG } from '../event/frame.js';
import { cap, optionNames } from '../event/redaction.js';
import { processExecutable, processStatus, type ProcessStatus } from '../system/process-status.js';
import type { ProcessFacts } from './observation.js';

/** A pid is not used again within this time: pids are given out in turn. */
const FRESH_MS = 1_000;
const THREADS_MAX = 8_192;
const ANCESTORS_MAX = 16;
const PARENTS_MAX = 65_536;

interface Entry {
  readonly process: ProcessFacts;
  readonly start: string;
  readAt: number;
}

export class ProcessTable {
  readonly #byThread = new Map<number, Entry>();
  readonly #byProcess = new Map<number, Entry>();
  readonly #recorder: number;
  readonly #onNew: (facts: ProcessFacts) => void;
  readonly #parents = new Map<number, { readonly start: string; readonly pid: number }>();
  #count = 0;

  /** @param recorder pid at which ancestry ends */
  constructor(recorder: number, onNew: (facts: ProcessFacts) => void) {
    this.#recorder = recorder;
    this.#onNew = onNew;
  }

  /** @returns undefined when the thread is gone */
  of(tid: number, nowMs: number): ProcessFacts | undefined {
    const known = this.#byThread.get(tid);
    if (known !== undefined && nowMs - known.readAt < FRESH_MS) return known.process;
    const entry = this.#read(tid, nowMs);
    if (entry === undefined) return undefined;
    if (this.#byThread.size >= THREADS_MAX) this.#byThread.clear();
    this.#byThread.set(tid, entry);
    return entry.process;
  }

  /**
   * The thread is about to run another program, if it can. Its parent is remembered: when it is next looked at, that
   * one may be gone, as a shell is behind its background job, and the process then has another.
   */
  executes(tid: number): void {
    const status = processStatus(tid);
    if (status !== undefined) {
      if (this.#parents.size >= PARENTS_MAX) this.#parents.clear();
      this.#parents.set(tid, { start: status.startTicks, pid: status.parentPid });
    }
    const entry = this.#byThread.get(tid);
    this.#byThread.delete(tid);
    if (entry !== undefined) entry.readAt = -Infinity;
  }

  #read(tid: number, nowMs: number): Entry | undefined {
    const pid = threadGroup(tid);
    const status = pid === undefined ? undefined : processStatus(pid);
    if (pid === undefined || status === undefined) return undefined;
    const known = this.#byProcess.get(pid);
    const executable = cap(processExecutable(pid) ?? '?', FILE_PATH_CHARS_MAX);
    const command = commandLine(pid);
    if (
      known?.start === status.startTicks &&
      known.process.executable === executable &&
      known.process.args === command.args &&
      known.process.argv0 === command.argv0
    ) {
      known.readAt = nowMs;
      return known;
    }
    this.#count += 1;
    const start = startTag(pid);
    const process: ProcessFacts = {
      t: 'process',
      n: this.#count,
      pid,
      parentPid: this.#parent(pid, status) ?? status.parentPid,
      executable,
      ...command,
      ancestry: this.#ancestry(this.#parent(pid, status) ?? status.parentPid),
      ...(start === undefined ? {} : { start }),
    };
    const entry = { process, start: status.startTicks, readAt: nowMs };
    if (this.#byProcess.size >= THREADS_MAX) this.#byProcess.clear();
    this.#byProcess.set(pid, entry);
    this.#onNew(process);
    return entry;
  }

  #ancestry(parent: number): number[] {
    const pids: number[] = [];
    let pid = parent;
    while (pids.length < ANCESTORS_MAX && pid > 1 && pid !== this.#recorder) {
      pids.push(pid);
      const parent = this.#parent(pid, processStatus(pid));
      if (parent === undefined) break;
      pid = parent;
    }
    return pids;
  }

  /** As it was when the process began its program; of one that has ended, this is all that is known. */
  #parent(pid: number, status: ProcessStatus | undefined): number | undefined {
    const known = this.#parents.get(pid);
    return known !== undefined && (status === undefined || known.start === status.startTicks)
      ? known.pid
      : status?.parentPid;
  }
}

function threadGroup(tid: number): number | undefined {
  try {
    const match = /^Tgid:\s*([0-9]+)$/m.exec(readFileSync(`/proc/${tid}/status`, 'latin1'));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}

/** Of a large environment only the beginning is looked through. */
const ENVIRONMENT_BYTES_MAX = 1 << 20;
const environment = Buffer.allocUnsafe(ENVIRONMENT_BYTES_MAX);

/** The hooks put it there; a process inherits it from whoever a hooked process started. */
function startTag(pid: number): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/environ`, 'r');
    let length = 0;
    for (let read = -1; read !== 0 && length < environment.length; length += read) {
      read = readSync(file, environment, length, environment.length - length, null);
    }
    const text = `\0${environment.toString('latin1', 0, length)}`;
    const at = text.indexOf(`\0${ENV_START}=`);
    const tag = at < 0 ? '' : (text.slice(at + ENV_START.length + 2, at + 64).split('\0')[0] ?? '');
    return START_TAG.test(tag) ? tag : undefined;
  } catch {
    // It has just ended, or is not ours to look at.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Argument values carry secrets: what stays is the name, how many there are, and which options. */
function commandLine(pid: number): Pick<ProcessFacts, 'argv0' | 'args' | 'options'> {
  let words: string[] = [];
  try {
    words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    // Each argument ends with a NUL.
    words.pop();
  } catch {
    // It has just ended, or is not ours to look at.
  }
  const [argv0 = '?', ...args] = words;
  return { argv0: cap(argv0, NAME_CHARS_MAX), args: args.length, options: optionNames(args) };
}
