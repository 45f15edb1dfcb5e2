/**
 * Which process a thread belongs to, and what it runs. Read from /proc while the thread waits in a call, so that it
 * cannot change meanwhile; kept for a moment, as reading costs several times what everything else does.
 */
import { readFileSync } from 'node:fs';
import { FILE_PATH_CHARS_MAX, NAME_CHARS_MAX } from '../core/limits.js';
import { cap, optionNames } from '../event/redaction.js';
import { processExecutable, processStatus } from '../system/process-status.js';
import type { ProcessFacts } from './observation.js';

/** A pid is not used again within this time: pids are given out in turn. */
const FRESH_MS = 1_000;
const THREADS_MAX = 8_192;
const ANCESTORS_MAX = 16;

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

  /** The thread is about to run another program, if it can. */
  executes(tid: number): void {
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
    const process: ProcessFacts = {
      t: 'process',
      n: this.#count,
      pid,
      parentPid: status.parentPid,
      executable,
      ...command,
      ancestry: this.#ancestry(status.parentPid),
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
      const status = processStatus(pid);
      if (status === undefined) break;
      pid = status.parentPid;
    }
    return pids;
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
