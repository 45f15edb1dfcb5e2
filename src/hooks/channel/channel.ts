/**
 * Frames of this thread on their way to the recorder: numbered, batched, counted when they cannot be kept. A frame is
 * handed over within about 5 ms, at once when the thread was quiet, and before the process exits.
 *
 * What can be lost: frames not yet handed over when a signal ends the process (the recorder then misses the `flush`
 * frame at the end), and frames beyond the backlog of a recorder that stalls. A `gap` frame counts these; that of a thread
 * which ends before the recorder goes on waits for it in a connection of its own.
 */
import type { CaptureOrder } from '../../event/frame.js';
import { BodyQueue } from './body-queue.js';
import type { Call } from '../call.js';
import { beginText, endText, ownMembers, shapeOf } from '../call-frame.js';
import { ControlReader } from './control.js';
import { FLUSH_INTERVAL_MS, FlushTimer } from './flush-timer.js';
import { Gaps, type HookGapReason } from './gaps.js';
import { greetingText } from './greeting.js';
import { Link, type WriteResult } from './link.js';
import { ErrorConstructor, now } from '../primordials.js';
import type { Foreign } from '../primordials.js';
import { OpenCalls } from './open-calls.js';

const BATCH_BYTES_MAX = 32 * 1024;
/** All final flushes of a thread together. */
const FINAL_MS_MAX = 300;
const ACK_MS_MAX = 40;
const RECONNECTS_MAX = 3;
/** Of the time at the end, left when bodies have had theirs: the last words of the thread come after them. */
const LAST_SHARE = 0.4;

const FLUSH_FRAME = '{"t":"flush"}';
const BUSY_FRAME = '{"t":"busy"}';

export interface ChannelHandlers {
  readonly onLost: () => void;
  /** The recorder orders that bodies are captured, or no longer. */
  readonly onOrder: (order: CaptureOrder | undefined) => void;
}

export class Channel {
  readonly open = new OpenCalls();
  readonly bodies = new BodyQueue();
  readonly #path: string;
  readonly #token: string;
  readonly #disabled: ReadonlySet<string>;
  readonly #handlers: ChannelHandlers;
  #link: Link;
  #generation = 0;
  /** The recorder knows that something is on its way; before the greeting it knows nothing yet, and must not. */
  #isBusy = true;
  #isLost = false;
  #isUnbatched = false;
  #finalMsLeft = FINAL_MS_MAX;
  #nextId = 1;
  readonly #gaps = new Gaps();
  readonly #timer: FlushTimer;

  /** @throws if the recorder's socket is out of reach */
  constructor(path: string, token: string, disabled: readonly string[], handlers: ChannelHandlers) {
    this.#path = path;
    this.#token = token;
    this.#disabled = new Set(disabled);
    this.#handlers = handlers;
    this.#link = this.#connect();
    // Not before there is something to flush to.
    this.#timer = new FlushTimer(() => {
      this.flush();
    });
  }

  get pipeHandle(): Foreign {
    return this.#link.handle;
  }

  #connect(): Link {
    const onFlushRequest = (): void => {
      this.#handOver();
    };
    const control = new ControlReader({ onFlushRequest, onOrder: this.#handlers.onOrder });
    return new Link(this.#path, control.take, () => {
      this.#lose();
    });
  }

  /** Comes first on every connection. */
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
    call.endBodies('dropped');
  }

  end(call: Call): void {
    this.open.remove(call);
    // Whoever knows better has said so before.
    call.endBodies('aborted');
    if (this.#isLost || this.#disabled.has(call.ch)) return;
    if (call.id === 0) call.id = this.#nextId++;
    if (this.#link.isFull) this.miss('hook_queue_full');
    else this.#end(call);
  }

  #end(call: Call): void {
    this.#declareParts(call);
    const endMs = now();
    const shape = shapeOf(call);
    const own = shape.isSeen ? ownMembers(call, endMs) : undefined;
    if (own !== undefined) this.declare(shape);
    // Declaring it may have ended the connection.
    if (own !== undefined && shape.generation === this.#generation) {
      this.#settle(this.#link.addCall(shape.number, own));
      this.#added();
    } else this.push(endText(call, shape, endMs));
    shape.isSeen = shape.canBeDeclared;
  }

  /** What the frame of a call refers to. */
  #declareParts({ site, headers }: Call): void {
    if (site !== undefined) this.declare(site);
    if (headers !== undefined) this.declare(headers);
  }

  declare(declared: { readonly text: string; generation: number }): void {
    if (declared.generation === this.#generation) return;
    declared.generation = this.#generation;
    this.push(declared.text);
  }

  push(text: string): void {
    if (this.#isLost) return;
    this.#add(text);
    this.#added();
  }

  #add(text: string): void {
    this.#settle(this.#link.add(text));
  }

  #added(): void {
    if (this.#isUnbatched) {
      this.#add(FLUSH_FRAME);
      this.#send();
    } else if (this.#link.batchBytes >= BATCH_BYTES_MAX) this.#send();
    else this.#schedule();
  }

  /** Counts something that could not be recorded. */
  miss(why: HookGapReason, count = 1): void {
    this.#gaps.add(why, count);
    this.#schedule();
  }

  /** A piece of a body, or its end. @returns false if there is no room for it */
  pushBody(text: string, isEnd: boolean): boolean {
    if (this.#isLost || !this.bodies.add(text, isEnd)) return false;
    this.#schedule();
    return true;
  }

  #schedule(): void {
    if (this.#isLost) return;
    // Before anything is handed over: if a signal ends the process now, its silence is no longer taken for idleness.
    if (!this.#isBusy) {
      this.#isBusy = true;
      this.#settle(this.#link.writeLine(BUSY_FRAME));
    }
    this.#timer.schedule();
  }

  flush(): void {
    const at = this.#timer.begin();
    const hasMore = this.#announce(at - FLUSH_INTERVAL_MS) || !this.bodies.isEmpty;
    this.#reportGaps();
    // A thread that streams goes on, most likely. It says that it is done when the timer next finds nothing to hand over,
    // and so needs one write a batch instead of two.
    this.#isBusy = hasMore || this.#link.backlogBytes > 0 || (this.#timer.isStreaming && this.#link.batchBytes > 0);
    if (!this.#isBusy) this.#add(FLUSH_FRAME);
    this.#send();
    if (!this.bodies.isEmpty) this.#settle(this.bodies.send(this.#link));
    if (this.#isBusy) this.#schedule();
  }

  /** Hands over all that is known by now, calls that are still open included. */
  settle(): void {
    if (this.#isLost || !this.#isBusy) return;
    this.#announce(Infinity);
    this.#reportGaps();
    if (!this.bodies.isEmpty) {
      this.#send();
      this.#settle(this.bodies.send(this.#link));
    }
    this.#isBusy = this.#link.backlogBytes > 0 || !this.bodies.isEmpty;
    if (!this.#isBusy) this.#add(FLUSH_FRAME);
    this.#send();
  }

  /** `begin` frames for calls that are still open and began before `before`; whether younger ones remain. */
  #announce(before: number): boolean {
    for (let call = this.open.oldestUnannounced; call !== undefined; call = this.open.oldestUnannounced) {
      if (call.start > before) return true;
      if (this.#link.isFull) return false;
      call.connection?.tellProgress(call);
      this.#declareParts(call);
      this.push(beginText(call));
      this.open.announce(call);
    }
    return false;
  }

  #reportGaps(): void {
    if (this.#gaps.isEmpty || this.#link.isFull) return;
    for (const text of this.#gaps.drain()) this.push(text);
  }

  #send(): void {
    this.#settle(this.#link.send());
  }

  #settle(result: WriteResult): void {
    if (result === 'lost') this.#lose();
    else if (result === 'reused' && this.#startOver()) {
      this.miss('hook_channel_reused');
      this.open.forgetAnnouncements();
    }
  }

  /** A new connection starts from nothing: a greeting, and all sites once more. What the old one did not take is lost. */
  #startOver(): boolean {
    this.#gaps.addUnsent(this.#link, this.bodies.clear());
    this.bodies.generation += 1;
    this.#generation += 1;
    try {
      if (this.#generation > RECONNECTS_MAX) throw new ErrorConstructor('the program closes each connection');
      this.#link = this.#connect();
    } catch {
      this.#lose();
      return false;
    }
    this.#isBusy = true;
    this.greet();
    return true;
  }

  /** Everything that is known, also of calls that are still open, in at most `ms`. */
  #finish(ms: number): void {
    const deadline = now() + ms;
    this.#isUnbatched = false;
    this.open.forgetAnnouncements();
    this.#announce(Infinity);
    // A full backlog leaves no room for the gaps themselves before it is drained; bodies get the time that is left.
    for (let round = 0, isDone = false; round < 3 && !isDone && !this.#isLost; round += 1) {
      this.#reportGaps();
      this.#add(FLUSH_FRAME);
      this.#send();
      if (this.#link.drain(deadline - now()) === 'lost') this.#lose();
      isDone = this.#gaps.isEmpty && this.bodies.isEmpty;
      if (this.bodies.isEmpty) continue;
      this.#settle(this.bodies.drain(this.#link, deadline - LAST_SHARE * (deadline - now())));
      this.#gaps.add('hook_body_lost', this.bodies.clear());
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
    const end = now() + this.#finalMsLeft;
    this.#finish(this.#finalMsLeft);
    if (!this.#isLost && this.#link.backlogBytes > 0) {
      this.#gaps.add('hook_queue_full', this.open.abandon(), this.#link.waitingSince);
      if (this.#startOver()) this.#reportGaps();
    }
    this.#finalMsLeft = Math.max(0, end - now());
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.open.clear();
    this.bodies.clear();
    this.#handlers.onLost();
  }
}
