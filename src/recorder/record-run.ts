/**
 * Records one run of a program, from opening the journal to the last signed head.
 *
 * Order, and what a crash leaves: the journal is open and `run.open` written before the program starts, so that a
 * program never runs unrecorded by accident; the program then runs on whatever becomes of the recording.
 */
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { Attributor } from '../attribution/attributor.js';
import type { FileReader } from '../attribution/file-reader.js';
import { NAME_CHARS_MAX } from '../core/limits.js';
import type { EgressError } from '../core/error.js';
import type { Command, Exit, LaunchedProgram, Launcher } from '../core/launcher.js';
import type { RunOutcome } from '../core/run-outcome.js';
import { formatMicros } from '../core/timestamp.js';
import type { HookSettings } from '../event/frame.js';
import type { ObserverState, PolicyRecord, RunOpenRecord } from '../event/record.js';
import { cap, optionNames } from '../event/redaction.js';
import type { JournalPolicy } from '../journal/folder/policy-file.js';
import type { JournalWriter } from '../journal/writer.js';
import { kernelCalls } from '../system/kernel-calls.js';
import { Orphans } from '../system/orphans.js';
import { peerCredentials } from '../system/peer-credentials.js';
import { processStatus } from '../system/process-status.js';
import { listenForStatements } from './upkeep/control-socket.js';
import { FlushEachTurn } from './upkeep/flush-each-turn.js';
import { runCapture, type CaptureSource } from './bodies/run-capture.js';
import type { KernelObserver, NoObserver } from '../kernel/kernel-observer.js';
import { listenForHooks } from './channel/hook-server.js';
import { KernelAccount } from './reconciliation/kernel-account.js';
import { identifyPeer } from './channel/peer-identity.js';
import { Peer } from './channel/peer.js';
import { programEnvironment } from './program/program-environment.js';
import { Session } from './session.js';
import { runOutcome } from './run-outcome.js';
import { runtimeVersions } from './runtime-versions.js';
import { SignalRelay } from './program/signal-relay.js';

/** How long a signal waits for the program to hand over what it has. */
const FLUSH_MS_MAX = 50;
/** How long a started process that has not joined is given to do so once the program has ended. */
const JOIN_MS_MAX = 500;
const POLL_MS = 10;
const TICK_MS = 1_000;
const KERNEL_TICK_MS = 200;
/** How long sockets that are closed but not gone are waited for: the other end has to agree. */
const ENDS_MS_MAX = 150;

export interface RecordRunOptions {
  readonly command: Command;
  readonly launcher: Launcher;
  /** Reads what the program's frames point to; absent where that is for this process to read. */
  readonly files?: FileReader | undefined;
  /** The kernel observer, which then is the launcher as well; or why there is none. */
  readonly kernel: KernelObserver | NoObserver;
  readonly writer: JournalWriter;
  /** What the run is recorded under; the writer has put its text into the journal. */
  readonly policy?: Pick<JournalPolicy, 'digest' | 'name'> | undefined;
  readonly preload: string;
  /** Path of the control socket. */
  readonly control: string;
  readonly hooks: HookSettings;
  /** Bodies, while officers have ordered that they are captured. */
  readonly capture: CaptureSource;
  readonly settings: RunOpenRecord['settings'];
  readonly version: string;
  /** How long processes that outlive the program are listened to. */
  readonly waitMsMax: number;
  /** µs since the Unix epoch. */
  readonly now: () => number;
  /** Called once, when the recording has ended and the program goes on. */
  readonly onFailure: (failure: EgressError) => void;
}

function observersOf(kernel: KernelObserver | NoObserver): readonly ObserverState[] {
  const hooks: ObserverState = { name: 'hooks', active: true };
  if ('reason' in kernel) return [hooks, { name: 'kernel', active: false, reason: kernel.reason }];
  const { limits } = kernel;
  return [hooks, { name: 'kernel', active: true, ...(limits.length === 0 ? {} : { limits }) }];
}

function runOpen(options: RecordRunOptions, run: number): RunOpenRecord {
  const { command, kernel, now, settings, version } = options;
  const { file, args, cwd, user } = command;
  return {
    kind: 'run.open',
    time: formatMicros(now()),
    run: {
      number: run,
      command: { argv0: cap(file, NAME_CHARS_MAX), args: args.length, options: optionNames(args) },
      cwd: cap(cwd, NAME_CHARS_MAX * 4),
      ...(user === undefined ? {} : { user: { uid: user.uid, name: user.name } }),
    },
    versions: runtimeVersions(version),
    settings,
    observers: observersOf(kernel),
  };
}

function policyRecord({ digest, name }: Pick<JournalPolicy, 'digest' | 'name'>, nowMicros: number): PolicyRecord {
  return { kind: 'policy', time: formatMicros(nowMicros), policy: { digest, name: cap(name, NAME_CHARS_MAX) } };
}

/**
 * Asks every thread to hand over, and waits for their answers, but not for long. A process that was started and has not
 * joined yet may be just about to: ended now, it would count as one that never did.
 */
async function handOver(session: Session): Promise<void> {
  const deadline = performance.now() + FLUSH_MS_MAX;
  const asked = new Set<Peer>();
  for (;;) {
    const peers = session.connectedPeers;
    for (const peer of peers) {
      if (!asked.has(peer)) peer.requestFlush();
      asked.add(peer);
    }
    const isWhole = peers.every((peer) => peer.acknowledged) && session.children.missing().length === 0;
    if (isWhole || performance.now() >= deadline) return;
    await delay(2);
  }
}

interface Endings {
  /** All threads said good-bye; one that ended abruptly may have started processes that it did not get to announce. */
  areWhole: boolean;
}

/** Listens on to processes that outlive the program, within bounds; a daemon may go on for ever. */
async function drain(session: Session, hasStragglers: () => boolean, endings: Endings, msMax: number): Promise<void> {
  const start = performance.now();
  // The rest of this turn of the event loop; one that accepts connections which were made before the exit; one that
  // reads from them.
  for (let turns = 0; turns < 3; turns += 1) await turn();
  for (;;) {
    const waited = performance.now() - start;
    if (session.connectedPeers.length === 0 && !hasStragglers()) {
      const missing = session.children.missing();
      // All were announced, have joined and said good-bye: nobody is left who may still be on the way.
      if (missing.length === 0 && endings.areWhole) return;
      const isJoining = missing.some((pid) => processStatus(pid)?.state === 'running');
      if (waited > 2 * POLL_MS && !(isJoining && waited < JOIN_MS_MAX)) return;
    }
    if (waited > msMax) return;
    await delay(waited < 2 * POLL_MS ? 1 : POLL_MS);
  }
}

/**
 * @throws TARGET_NOT_FOUND, TARGET_NOT_EXECUTABLE, and the codes of opening a journal; all before the program runs.
 * What fails later is in the outcome.
 */
export async function recordRun(options: RecordRunOptions): Promise<RunOutcome> {
  const { command, launcher, files, writer, preload, hooks, now } = options;
  const run = writer.beginRun();
  const observer = 'reason' in options.kernel ? undefined : options.kernel;
  const kernel = observer === undefined ? undefined : new KernelAccount(observer, hooks.disabled.length > 0, now);
  const capture = runCapture(options.capture, now, () => session);
  const session: Session = new Session({
    sink: writer,
    attributor: new Attributor({ cwd: command.cwd, ...(files && { files }) }),
    run,
    salt: writer.salt,
    settings: hooks,
    now,
    identify: (peer, hello) => identifyPeer(peer.credentials, hello, process.pid),
    kernel,
    capture,
  });
  const flush = new FlushEachTurn(writer, options.onFailure);
  const endings: Endings = { areWhole: true };
  const handlers = {
    onHello: session.onHello.bind(session),
    onFrame: (peer: Peer, frame: Parameters<Session['onFrame']>[1]): void => {
      session.onFrame(peer, frame);
      flush.schedule();
    },
    onLoss: session.onLoss.bind(session),
    onEnd: (peer: Peer): void => {
      endings.areWhole &&= peer.handedOver;
      session.onEnd(peer);
      flush.schedule();
    },
  };
  const uid = command.user?.uid ?? process.getuid?.();
  const relay = new SignalRelay(() => handOver(session));
  const server = await listenForHooks(
    (socket, fd) => {
      const credentials = fd === undefined ? undefined : peerCredentials(fd);
      const peer = new Peer(socket, credentials, server.token, handlers);
      // The folder is private; a peer of another user got in by a way that is not ours.
      if (credentials !== undefined && credentials.uid !== uid) peer.refuse();
    },
    () => {
      session.notePeerTooMany();
    },
    command.user,
  );
  const control = await listenForStatements(options.control, {
    declare(statement, by) {
      const declared = writer.declare(statement, by);
      capture.follow();
      return declared;
    },
  });
  const orphans = Orphans.ofInit(kernelCalls());
  const ticker = setInterval(() => {
    session.tick();
    orphans?.reap();
    flush.schedule();
  }, TICK_MS);
  const pulse = followKernel(observer, kernel, session, flush);
  let exit: Exit = {};
  try {
    writer.append(runOpen(options, run));
    if (options.policy !== undefined) writer.append(policyRecord(options.policy, now()));
    session.noteDisabledChannels();
    writer.flush();
    kernel?.expectHooksAt(server.path);
    capture.follow();
    const settings = { ...hooks, capture: capture.order };
    const channel = { preload, socket: server.path, token: server.token, settings };
    const env = programEnvironment(command.env, command.args, channel);
    const program = await start(launcher, { ...command, env }, session);
    relay.attach(program);
    server.folder.removeAbandoned();
    exit = await program.exited;
    await drain(session, () => observer?.isUnwatched === false, endings, options.waitMsMax);
    await kernel?.awaitEnds(ENDS_MS_MAX);
    // Threads that go on say once more how far their calls have come.
    if (session.connectedPeers.length > 0) await handOver(session);
  } finally {
    clearInterval(ticker);
    clearInterval(pulse);
    await observer?.stop();
    server.close();
    control?.close();
    relay.close();
    session.endCalls();
    await capture.finish();
    writer.close(session.finish(exit.code === undefined && exit.signal === undefined ? { code: 127 } : exit));
  }
  return runOutcome(session, options.kernel, run, exit, writer);
}

/** Takes the kernel's account in as it comes; rows that wait for their time are looked at now and then. */
function followKernel(
  observer: KernelObserver | undefined,
  kernel: KernelAccount | undefined,
  session: Session,
  flush: FlushEachTurn,
): NodeJS.Timeout | undefined {
  if (observer === undefined || kernel === undefined) return undefined;
  observer.onObservations = () => {
    kernel.take();
    if (session.settleWaiting()) flush.schedule();
  };
  return setInterval(() => {
    kernel.write(session.rows, session.lineage);
    session.settleWaiting();
    flush.schedule();
  }, KERNEL_TICK_MS);
}

async function start(launcher: Launcher, command: Command, session: Session): Promise<LaunchedProgram> {
  const program = await launcher.launch(command);
  session.expectProgram(program.pid, cap(command.file, NAME_CHARS_MAX));
  return program;
}
