/**
 * Frames of calls. Most calls of a program are alike but for a few numbers. What they share, their shape, is told once;
 * after that each of them is one short line.
 */
import { digits } from '../core/digits.js';
import { SHAPES_PER_THREAD_MAX, SHAPE_BYTES_MAX } from '../core/limits.js';
import { isCompact, type OwnMembers } from '../event/compact-call.js';
import type { Channel, Direction, Outcome } from '../event/frame.js';
import type { Call } from './call.js';
import type { Site } from './caller/site.js';
import { epochText, epochUs, spanUs } from './clock.js';
import type { HeaderLists } from './header-lists.js';
import { quote } from './json-text.js';
import { MapConstructor } from './primordials.js';

/** Of one method and path; a path that is called in more ways than that is looked through no further. */
const ALIKE_MAX = 32;

/** What calls have in common that differ in their own numbers alone. */
export class Shape {
  readonly dir: Direction;
  readonly ch: Channel;
  readonly target: string;
  readonly peer: string;
  readonly request: string;
  readonly extra: string;
  readonly status: number;
  readonly site: Site | undefined;
  readonly headers: HeaderLists | undefined;
  readonly outcome: Outcome | undefined;
  readonly err: string;
  readonly reused: boolean;
  readonly number: number;
  /** All but the own members of a frame, to its end. */
  readonly members: string;
  /** The `shape` frame. */
  readonly text: string;
  /** Connection on which it was declared. */
  generation = -1;
  /** Declaring it pays from the second call on. */
  isSeen = false;
  /** Another one with the same method and path, and how many there are. */
  readonly next: Shape | undefined;
  readonly alike: number;

  constructor(call: Call, number: number, next: Shape | undefined) {
    this.dir = call.dir;
    this.ch = call.ch;
    this.target = call.target;
    this.peer = call.peer;
    this.request = call.request;
    this.extra = call.extra;
    this.status = call.status;
    this.site = call.site;
    this.headers = call.headers;
    this.outcome = call.outcome;
    this.err = call.err;
    this.reused = call.reused;
    this.number = number;
    this.next = next === undefined || next.alike >= ALIKE_MAX ? undefined : next;
    this.alike = this.next === undefined ? 1 : this.next.alike + 1;
    this.members = membersText(call);
    this.text = `{"t":"shape","n":${number}${this.members}`;
  }

  get canBeDeclared(): boolean {
    return this.text.length <= SHAPE_BYTES_MAX;
  }

  fits(call: Call): boolean {
    return (
      call.request === this.request &&
      call.peer === this.peer &&
      call.status === this.status &&
      call.headers === this.headers &&
      call.site === this.site &&
      call.outcome === this.outcome &&
      call.reused === this.reused &&
      call.target === this.target &&
      call.extra === this.extra &&
      call.err === this.err &&
      call.ch === this.ch &&
      call.dir === this.dir
    );
  }
}

function membersText(call: Call): string {
  let text = `,"dir":"${call.dir}","ch":"${call.ch}"${call.target}${call.peer}${call.request}`;
  if (call.status !== 0) text += `,"status":${call.status}`;
  text += call.extra;
  if (call.headers !== undefined) text += `,"hdr":${call.headers.number}`;
  if (call.site !== undefined) text += `,"site":${call.site.number}`;
  if (call.outcome !== undefined) text += `,"outcome":"${call.outcome}"`;
  if (call.err !== '') text += `,"err":${quote(call.err, 64)}`;
  if (call.reused) text += ',"reused":true';
  return `${text}}`;
}

const shapes = new MapConstructor<string, Shape>();
let count = 0;

/** The shape of an ended call. */
export function shapeOf(call: Call): Shape {
  const newest = shapes.get(call.request);
  for (let shape = newest; shape !== undefined; shape = shape.next) if (shape.fits(call)) return shape;
  if (count === SHAPES_PER_THREAD_MAX) {
    // From here on the numbers mean others, which are declared before they are used.
    shapes.clear();
    count = 0;
  }
  const shape = new Shape(call, count, shapes.get(call.request));
  shapes.set(call.request, shape);
  count += 1;
  return shape;
}

/** The frame of a call that goes on. */
export function beginText(call: Call): string {
  return `{"t":"begin"${ownText(call, '')}${membersText(call)}`;
}

/** The frame of an ended call as JSON, which stands alone. */
export function endText(call: Call, shape: Shape, endMs: number): string {
  return `{"t":"end"${ownText(call, `,"dur":${digits(spanUs(call.start, endMs))}`)}${shape.members}`;
}

function ownText(call: Call, duration: string): string {
  let text = ',"id":' + digits(call.id) + ',"at":' + epochText(call.start) + duration;
  if (call.sent >= 0) text += ',"sent":' + digits(call.sent);
  if (call.received >= 0) text += ',"received":' + digits(call.received);
  if (call.peerPort > 0) text += ',"pport":' + digits(call.peerPort);
  if (call.localPort > 0) text += ',"lport":' + digits(call.localPort);
  if (call.phases !== undefined) text += `,"phases":[${call.phases.join()}]`;
  if (call.body !== '') text += `,"body":"${call.body}"`;
  if (call.requestBody !== undefined) text += `,"req":${call.requestBody.number}`;
  if (call.responseBody !== undefined) text += `,"res":${call.responseBody.number}`;
  return text;
}

/** What an ended call has for itself; undefined if a number of it is too large for a compact line. */
export function ownMembers(call: Call, endMs: number): OwnMembers | undefined {
  const own = {
    id: call.id,
    at: epochUs(call.start),
    dur: spanUs(call.start, endMs),
    sent: call.sent >= 0 ? call.sent : undefined,
    received: call.received >= 0 ? call.received : undefined,
    pport: call.peerPort,
    lport: call.localPort,
    phases: call.phases,
    body: call.body === '' ? undefined : call.body,
    req: call.requestBody?.number ?? 0,
    res: call.responseBody?.number ?? 0,
  };
  return isCompact(own) ? own : undefined;
}
