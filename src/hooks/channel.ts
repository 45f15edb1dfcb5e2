/**
 * Frames of this thread on their way to the recorder: numbered, batched, counted when they cannot be kept. A frame is
 * handed over within about 5 ms, at once when the thread was quiet, and before the process exits.
 *
 * What can be lost: frames not yet handed over when a signal ends the process (the recorder then misses the `flush`
 * frame at the end), and frames beyond the backlog of a recorder that stalls (a `gap` frame counts them).
 */
import { FLUSH_REQUEST } from '../event/frame.js';
import { callText, type Call } from './call.js';
import { epochText } from './clock.js';
import { BACKLOG_BYTES_MAX, Link } from './link.js';
import { greetingText } from './greeting.js';
import { now, setImmediate, setTimeout } from './primordials.js';
import type { Foreign } from './primordials.js';
import { OpenCalls } from './open-calls.js';

const FLUSH_INTERVAL_MS = 5;
const BATCH_CHARS_MAX = 32 * 1024;
/** All final flushes of a thread together. */
const FINAL_MS_MAX = 300;
const ACK_MS_MAX = 40;
const RECONNECTS_MAX = 3;

const FLUSH_LINE = '{"t":"flush"}\n';
const BUSY_LINE = '{"t":"busy"}\n';

interface Declared {
  readonly text: string;
  generation: number;
}

type GapReason = 'hook_queue_full' | 'hook_error' | 'hook_channel_reused';

interface Gap {
  count: number;
  from: number;
  to: number;
}

export class Channel {
  readonly open = new OpenCalls();
  readonly #path: string;
  readonly #token: string;
  readonly #disabled: ReadonlySet<string>;
  readonly #onLost: () => void;
  #link: Link;
  #generation = 0;
  #batch = '';
  #lastFlush = -FLUSH_INTERVAL_MS;
  #isScheduled = false;
  /** Frames come faster than they are handed over: the timer does it. */
  #isStreaming = false;
  /** The recorder knows that something is on its way; before the greeting it knows nothing yet, and must not. */
  #isBusy = true;
  #isLost = false;
  #isUnbatched = false;
  #finalMsLeft = FINAL_MS_MAX;
  #nextId = 1;
  readonly #gaps: { [reason in GapReason]?: Gap | undefined } = {};
  readonly #timer: Foreign;
  readonly #flush = (): void => {
    this.flush();
  };

  /** @throws if the recorder's socket is out of reach */
  constructor(path: string, token: string, disabled: readonly string[], onLost: () => void) {
    this.#path = path;
    this.#token = token;
    this.#disabled = new Set(disabled);
    this.#onLost = onLost;
    this.#link = this.#connect();
    // One timer for the life of the thread: refreshing it makes no new async resource that the program could notice.
    this.#timer = setTimeout(this.#flush, FLUSH_INTERVAL_MS);
    this.#timer.unref();
    this.#isScheduled = true;
  }

  get pipeHandle(): Foreign {
    return this.#link.handle;
  }

  #connect(): Link {
    return new Link(
      this.#path,
      (byte) => {
        if (byte === FLUSH_REQUEST) this.#handOver();
      },
      () => {
        this.#lose();
      },
    );
  }

  /** First frame of a connection; after the patches, since it names those that failed. */
  greet(): void {
    this.push(greetingText(this.#token));
  }

  /** Gives the call its number and announces it if it lasts. */
  begin(call: Call): void {
    if (this.#disabled.has(call.ch)) return;
    if (call.id === 0) call.id = this.#nextId++;
    this.open.add(call);
    this.#schedule();
  }

  /** Forgets a call that turned out to be a part of another one. */
  drop(call: Call): void {
    this.open.remove(call);
  }

  end(call: Call): void {
    this.open.remove(call);
    if (this.#isLost || this.#disabled.has(call.ch)) return;
    if (call.id === 0) call.id = this.#nextId++;
    if (this.#isFull()) this.miss('hook_queue_full');
    else this.#call(call, 'end');
  }

  #isFull(): boolean {
    return this.#link.backlogBytes + this.#batch.length > BACKLOG_BYTES_MAX;
  }

  #call(call: Call, t: 'begin' | 'end'): void {
    if (call.site !== undefined) this.declare(call.site);
    if (call.headers !== undefined) this.declare(call.headers);
    this.push(callText(call, t, now()));
  }

  declare(declared: Declared): void {
    if (declared.generation === this.#generation) return;
    declared.generation = this.#generation;
    this.push(declared.text);
  }

  push(text: string): void {
    if (this.#isLost) return;
    this.#batch += text + '\n';
    if (this.#isUnbatched) {
      this.#batch += FLUSH_LINE;
      this.#send();
    } else if (this.#batch.length >= BATCH_CHARS_MAX) this.#send();
    else this.#schedule();
  }

  /** Counts something that could not be recorded. */
  miss(why: GapReason, count = 1): void {
    const at = now();
    const gap = (this.#gaps[why] ??= { count: 0, from: at, to: at });
    gap.count += count;
    gap.to = at;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isLost) return;
    // Before anything is handed over: if a signal ends the process now, its silence is no longer taken for idleness.
    if (!this.#isBusy) {
      this.#isBusy = true;
      this.#write(BUSY_LINE);
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // A thread that was quiet speaks at once; a busy one every few milliseconds. Neither keeps the process alive.
    this.#isStreaming = now() - this.#lastFlush < FLUSH_INTERVAL_MS;
    if (this.#isStreaming) this.#timer.refresh();
    else setImmediate(this.#flush).unref();
  }

  flush(): void {
    this.#isScheduled = false;
    this.#lastFlush = now();
    const hasYounger = this.#announce(this.#lastFlush - FLUSH_INTERVAL_MS);
    this.#reportGaps();
    // A thread that streams goes on, most likely. It says that it is done when the timer next finds nothing to hand over,
    // and so needs one write a batch instead of two.
    this.#isBusy = hasYounger || this.#link.backlogBytes > 0 || (this.#isStreaming && this.#batch !== '');
    if (!this.#isBusy) this.#batch += FLUSH_LINE;
    this.#send();
    if (this.#isBusy) this.#schedule();
  }

  /** Hands over all that is known by now, calls that are still open included. */
  settle(): void {
    if (this.#isLost || !this.#isBusy) return;
    this.#announce(Infinity);
    this.#reportGaps();
    this.#isBusy = this.#link.backlogBytes > 0;
    if (!this.#isBusy) this.#batch += FLUSH_LINE;
    this.#send();
  }

  /** `begin` frames for calls that are still open and began before `before`; whether younger ones remain. */
  #announce(before: number): boolean {
    for (let call = this.open.oldestUnannounced; call !== undefined; call = this.open.oldestUnannounced) {
      if (call.start > before) return true;
      if (this.#isFull()) return false;
      call.progress?.(call);
      this.#call(call, 'begin');
      this.open.announce(call);
    }
    return false;
  }

  #hasGaps(): boolean {
    return Object.values(this.#gaps).some((gap) => gap !== undefined);
  }

  #reportGaps(): void {
    for (const why of ['hook_queue_full', 'hook_error', 'hook_channel_reused'] as const) {
      const gap = this.#gaps[why];
      if (gap === undefined || this.#isFull()) continue;
      this.#gaps[why] = undefined;
      const { count, from, to } = gap;
      this.push(`{"t":"gap","why":"${why}","count":${count},"from":${epochText(from)},"to":${epochText(to)}}`);
    }
  }

  #send(): void {
    const batch = this.#batch;
    this.#batch = '';
    this.#write(batch);
  }

  #write(text: string): void {
    const result = this.#link.write(text);
    if (result === 'lost') this.#lose();
    else if (result === 'reused') this.#reconnect(text);
  }

  /** The program took our descriptor. A new connection starts from nothing: a greeting, and all sites once more. */
  #reconnect(batch: string): void {
    this.#generation += 1;
    if (this.#generation > RECONNECTS_MAX) {
      this.#lose();
      return;
    }
    try {
      this.#link = this.#connect();
    } catch {
      this.#lose();
      return;
    }
    // The greeting comes first on every connection.
    this.#isBusy = true;
    this.greet();
    // What was on its way may name sites that the new connection does not know: it is lost, and counted.
    this.miss('hook_channel_reused', batch.split('\n').length);
    this.open.forgetAnnouncements();
  }

  /** Everything that is known, also of calls that are still open, in at most `ms`. */
  #finish(ms: number): void {
    const deadline = now() + ms;
    this.#isUnbatched = false;
    this.open.forgetAnnouncements();
    this.#announce(Infinity);
    // A full backlog leaves no room for the gaps themselves before it is drained.
    for (let round = 0; !this.#isLost && (round === 0 || (round === 1 && this.#hasGaps())); round += 1) {
      this.#reportGaps();
      this.#batch += FLUSH_LINE;
      this.#send();
      if (this.#link.drain(deadline - now()) === 'lost') this.#lose();
    }
    this.#isUnbatched = true;
  }

  /** The recorder is about to deliver a signal: nothing may wait in here any more. */
  #handOver(): void {
    if (this.#isLost) return;
    this.#finish(ACK_MS_MAX);
    this.push('{"t":"ack"}');
  }

  /** Before the process or the worker exits. */
  finalFlush(): void {
    if (this.#isLost) return;
    const start = now();
    this.#finish(this.#finalMsLeft);
    this.#finalMsLeft = Math.max(0, this.#finalMsLeft - (now() - start));
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#batch = '';
    this.open.clear();
    this.#onLost();
  }
}
