/**
 * The kernel observer, as the recorder holds it: a launcher whose program, with all that descends from it, is seen
 * from outside. Three helpers stand behind it: a thread that carries the filter and starts the program
 * (spawner.ts), a thread that answers the program's calls (supervisor.ts), and a process that goes on answering when
 * we are gone (keeper.ts).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { ftruncateSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
  type WorkerOptions,
} from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { launchError } from '../core/launch-error.js';
import type { Command, Exit, LaunchedProgram, Launcher } from '../core/launcher.js';
import { kernelCalls, type KernelCalls } from '../system/kernel-calls.js';
import { canLookAtSockets } from './kernel-support.js';
import { Listener, SHARED_BYTES } from './listener.js';
import type { Observation } from './observation.js';
import { openSocketEnds } from './socket-ends.js';
import type { SpawnerMessage } from './spawner.js';
import type { SupervisorStart } from './supervisor.js';

const EFD_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;
const GOODBYE = 0x2e;
const ONE = Buffer.from(new BigUint64Array([1n]).buffer);

/** Why there is no kernel observer: a code, explained in docs/JOURNAL_FORMAT.md. */
export interface NoObserver {
  readonly reason: string;
}

export interface KernelObserverOptions {
  readonly allowIoUring: boolean;
}

const place = (file: string): string => fileURLToPath(new URL(`../kernel/${file}`, import.meta.url));

/** Node's options would load the user's agents into our threads. */
const WORKER: WorkerOptions = { execArgv: [], env: {} };

export class KernelObserver implements Launcher {
  /** Called when observations wait to be drained. */
  onObservations: () => void = () => undefined;
  /** What it does not do here; codes, as in `run.open`. */
  readonly limits: readonly string[];
  /** The supervisor failed, or the keeper ended, while the program ran. */
  failure: 'supervisor_failed' | 'keeper_lost' | undefined;

  readonly #calls: KernelCalls;
  readonly #spawner: Worker;
  readonly #supervisor: Worker;
  readonly #port: MessagePort;
  readonly #descriptors: Descriptors;
  readonly #keeper: ChildProcess;
  readonly #memory: Listener;
  readonly #queue: Observation[] = [];
  readonly #ready: Promise<void>;
  readonly #wakeAtExit: () => void;
  #isUnwatched = false;
  #isStopped = false;

  private constructor(setup: Setup, options: KernelObserverOptions) {
    const { calls, spawner, supervisor, port, descriptors } = setup;
    this.limits = [
      ...(descriptors.socketEnds < 0 ? ['no_socket_ends'] : []),
      ...(canLookAtSockets(calls) ? [] : ['no_socket_look']),
      ...(setup.noNewPrivileges ? ['no_new_privileges'] : []),
    ];
    this.#calls = calls;
    this.#spawner = spawner;
    this.#supervisor = supervisor;
    this.#port = port;
    this.#descriptors = descriptors;
    this.#memory = new Listener(calls, descriptors.listener, calls.mapShared(descriptors.memory, SHARED_BYTES));
    this.#keeper = startKeeper(descriptors);
    // By itself it ends with the last process of the run, and tells so with 0.
    this.#keeper.once('exit', (code) => {
      if (code !== 0 && !this.#isStopped) this.failure ??= 'keeper_lost';
    });
    this.#keeper.once('error', () => {
      this.failure ??= 'keeper_lost';
    });
    let isReady: () => void = () => undefined;
    this.#ready = new Promise((resolve) => (isReady = resolve));
    supervisor.on('error', () => {
      // The keeper takes over at once: the program does not wait for our end.
      this.failure = 'supervisor_failed';
      this.#isUnwatched = true;
      this.#keeper.stdin?.destroy();
      isReady();
      this.onObservations();
    });
    port.on('message', (batch: Observation[]) => {
      this.#take(batch);
      isReady();
      this.onObservations();
    });
    // A thread that sleeps in a system call cannot be ended from outside, and the process would wait for it.
    this.#wakeAtExit = () => {
      writeSync(descriptors.wake, ONE);
    };
    process.once('exit', this.#wakeAtExit);
    const { listener, memory, wake, socketEnds } = descriptors;
    const start: SupervisorStart = { listener, memory, wake, socketEnds, allowIoUring: options.allowIoUring };
    supervisor.postMessage(start);
  }

  /** Sets all up but the program. */
  static async start(options: KernelObserverOptions): Promise<KernelObserver | NoObserver> {
    const calls = kernelCalls();
    if ('reason' in calls) return calls;
    // The thread pool has to be there before the filter: a thread that the filtered one starts would inherit it.
    await stat('/proc/self');
    const { port1, port2 } = new MessageChannel();
    const spawner = new Worker(place('spawner.js'), WORKER);
    const supervisor = new Worker(place('supervisor.js'), {
      ...WORKER,
      workerData: { port: port2 },
      transferList: [port2],
    });
    const answer = await firstMessage(spawner);
    if (answer.t !== 'listener') {
      port1.close();
      await Promise.all([spawner.terminate(), supervisor.terminate()]);
      return { reason: answer.t === 'refused' ? answer.reason : 'not_permitted' };
    }
    const descriptors = openDescriptors(calls, answer.fd);
    const { noNewPrivileges } = answer;
    const observer = new KernelObserver(
      { calls, spawner, supervisor, port: port1, descriptors, noNewPrivileges },
      options,
    );
    await observer.#ready;
    if (observer.failure !== 'supervisor_failed') return observer;
    await observer.stop();
    return { reason: observer.failure };
  }

  /** No process of the run is left. */
  get isUnwatched(): boolean {
    return this.#isUnwatched;
  }

  /** Calls that the keeper let go while we were stopped; nobody recorded them. */
  get kept(): number {
    return this.#memory.kept;
  }

  /** All that the supervisor has told by now, in order; also what the event loop has not come to. */
  drain(): Observation[] {
    for (;;) {
      const waiting = receiveMessageOnPort(this.#port) as { readonly message: Observation[] } | undefined;
      if (waiting === undefined) break;
      this.#take(waiting.message);
    }
    return this.#queue.splice(0);
  }

  #take(batch: readonly Observation[]): void {
    for (const observation of batch) {
      if (observation.t === 'unwatched') this.#isUnwatched = true;
      else if (observation.t !== 'ready' && observation.t !== 'stopped') this.#queue.push(observation);
    }
  }

  launch(command: Command): Promise<LaunchedProgram> {
    return new Promise((resolve, reject) => {
      let ended: (exit: Exit) => void;
      const exited = new Promise<Exit>((resolveExit) => (ended = resolveExit));
      let isRunning = true;
      this.#spawner.on('message', (message: SpawnerMessage) => {
        if (message.t === 'not_started') reject(launchError(command.file, { code: message.code }));
        if (message.t === 'exited') {
          isRunning = false;
          ended(message.exit);
        }
        if (message.t !== 'started') return;
        const { pid } = message;
        resolve({
          pid,
          exited,
          kill: (signal) => {
            if (isRunning) process.kill(pid, signal);
          },
        });
      });
      this.#spawner.once('error', reject);
      this.#spawner.postMessage(command);
    });
  }

  /** Ends the supervisor. Processes that are left go on, and the keeper answers their calls to their end. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#spawner.terminate();
    const ended = new Promise((resolve) => this.#supervisor.once('exit', resolve));
    writeSync(this.#descriptors.wake, ONE);
    if (this.failure !== 'supervisor_failed') await ended;
    process.off('exit', this.#wakeAtExit);
    this.drain().forEach((observation) => this.#queue.push(observation));
    this.#port.close();
    if (this.#isUnwatched && this.failure === undefined) this.#keeper.stdin?.end(Buffer.of(GOODBYE));
    else this.#keeper.stdin?.destroy();
    const { listener, memory, wake, socketEnds } = this.#descriptors;
    for (const fd of [listener, memory, wake, socketEnds]) if (fd >= 0) this.#calls.close(fd);
  }
}

interface Descriptors {
  readonly listener: number;
  readonly memory: number;
  readonly wake: number;
  readonly socketEnds: number;
}

interface Setup {
  readonly calls: KernelCalls;
  readonly spawner: Worker;
  readonly supervisor: Worker;
  readonly port: MessagePort;
  readonly descriptors: Descriptors;
  readonly noNewPrivileges: boolean;
}

function openDescriptors(calls: KernelCalls, listener: number): Descriptors {
  const memory = calls.memfd('egress-listener');
  ftruncateSync(memory, SHARED_BYTES);
  return {
    listener,
    memory,
    wake: calls.eventfd(EFD_CLOEXEC_NONBLOCK),
    socketEnds: openSocketEnds(calls) ?? -1,
  };
}

/** In a session of its own: what a terminal sends to the program does not reach it. It holds none of its streams. */
function startKeeper({ listener, memory }: Descriptors): ChildProcess {
  const keeper = spawn(process.execPath, ['--max-old-space-size=16', place('keeper.js')], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore', listener, memory],
  });
  const control = keeper.stdin as Socket | null;
  control?.on('error', () => undefined);
  control?.unref();
  keeper.unref();
  return keeper;
}

function firstMessage(worker: Worker): Promise<SpawnerMessage> {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.once('error', () => {
      resolve({ t: 'refused', reason: 'not_permitted' });
    });
  });
}
