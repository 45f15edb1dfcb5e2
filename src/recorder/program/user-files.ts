/**
 * Reads what the program's frames point to as the program's user, in a process of that user: the recorder, which is
 * root, opens nothing whose name or content that user chose. The process is that user's to stop, to end or to deceive:
 * each answer is bounded in size and time, and what it says is no more than what the user's files say anyway.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { readSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FileReader } from '../../attribution/file-reader.js';
import { EgressError } from '../../core/error.js';
import type { ProgramUser } from '../../core/launcher.js';
import { PollSet, POLLIN } from '../../kernel/poll-set.js';
import type { KernelCalls } from '../../system/kernel-calls.js';
import { withGroupsOf } from '../../system/user-rights.js';

/** Of an answer that says that there is no text; as in user-reader.ts. */
const NO_TEXT = 0xffff_ffff;
const START_MS_MAX = 15_000;
/** A file on a slow disk; after this long the process counts as lost. */
const ANSWER_MS_MAX = 1_000;
const END_MS_MAX = 500;
const CHUNK_BYTES = 65_536;

const place = fileURLToPath(new URL('../recorder/user-reader.js', import.meta.url));

export class UserFiles implements FileReader {
  readonly #calls: KernelCalls;
  readonly #child: ChildProcess;
  /** We write to the one and read from the other. */
  readonly #requests: number;
  readonly #answers: number;
  readonly #poll: PollSet;
  readonly #onLost: () => void;
  #isLost = false;
  #isClosed = false;

  private constructor(calls: KernelCalls, user: ProgramUser, onLost: () => void) {
    this.#calls = calls;
    this.#onLost = onLost;
    const [childIn, requests] = calls.pipe();
    const [answers, childOut] = calls.pipe();
    this.#requests = requests;
    this.#answers = answers;
    this.#poll = new PollSet(calls, [[answers, POLLIN]]);
    try {
      // In a session of its own: what a terminal sends to the program does not reach it.
      this.#child = withGroupsOf(calls, user, () =>
        spawn(process.execPath, ['--max-old-space-size=256', place], {
          ...{ uid: user.uid, cwd: '/', env: {}, detached: true },
          stdio: [childIn, childOut, 'ignore'],
        }),
      );
    } finally {
      calls.close(childIn);
      calls.close(childOut);
    }
    this.#child.on('error', () => undefined);
    this.#child.unref();
  }

  /**
   * @param onLost called once, when the process gives no answers any more
   * @throws USER_REFUSED if that user cannot run egress's own code
   */
  static start(calls: KernelCalls, user: ProgramUser, onLost: () => void): UserFiles {
    let isStarting = true;
    const files = new UserFiles(calls, user, () => {
      if (!isStarting) onLost();
    });
    files.#ask('', 0, START_MS_MAX);
    isStarting = false;
    if (!files.#isLost) return files;
    void files.close();
    throw new EgressError('USER_REFUSED', 'that user cannot run egress’s own code', {
      hint: `It has to be able to read ${place} and to run ${process.execPath}.\nInstall egress where it can: npm install -g`,
    });
  }

  readText(file: string, bytesMax: number): string | undefined {
    return this.#isLost ? undefined : this.#ask(file, bytesMax, ANSWER_MS_MAX);
  }

  /** Ends the process, and waits for its end, but not if it hangs in the system. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isLost = true;
    this.#calls.close(this.#requests);
    this.#calls.close(this.#answers);
    // The end of its pipe ends it, unless somebody has stopped it.
    if (this.#child.exitCode !== null || !this.#child.kill('SIGKILL')) return;
    const isOver = new AbortController();
    await Promise.race([
      once(this.#child, 'exit'),
      delay(END_MS_MAX, undefined, { signal: isOver.signal, ref: false }),
    ]);
    isOver.abort();
  }

  #ask(file: string, bytesMax: number, msMax: number): string | undefined {
    const deadline = performance.now() + msMax;
    try {
      // At most one request is under way, and smaller than what a pipe takes: this does not wait.
      writeSync(this.#requests, `${JSON.stringify([file, bytesMax])}\n`);
      const length = this.#receive(4, deadline).readUInt32LE(0);
      if (length === NO_TEXT) return undefined;
      if (length > bytesMax) throw new Error('more than was asked for');
      return this.#receive(length, deadline).toString('utf8');
    } catch {
      this.#isLost = true;
      this.#onLost();
      return undefined;
    }
  }

  #receive(length: number, deadline: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) {
      const msLeft = Math.ceil(deadline - performance.now());
      if (msLeft <= 0) throw new Error('no answer in time');
      this.#poll.wait(msLeft);
      // A signal may end the wait.
      if (this.#poll.happened(0) === 0) continue;
      const count = readSync(this.#answers, bytes, at, Math.min(CHUNK_BYTES, length - at), null);
      if (count === 0) throw new Error('the process has ended');
      at += count;
    }
    return bytes;
  }
}
