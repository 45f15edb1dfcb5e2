/** One network call while it goes on, and its frame. Texts are kept as ready JSON, since most calls share them. */
import { digits } from '../core/digits.js';
import type { BodyEnd, Channel, Direction, Outcome } from '../event/frame.js';
import { captureEpoch } from './bodies/capture.js';
import { epochText, spanUs } from './clock.js';
import type { HeaderLists } from './header-lists.js';
import { TextCache, quote } from './json-text.js';
import type { Site } from './caller/site.js';

const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;

/** A body of a call while it is captured. */
export interface CapturedBody {
  readonly number: number;
  add(chunk: unknown, encoding: unknown): void;
  end(how: BodyEnd): void;
}

export class Call {
  /** 0 until it has been opened. */
  id = 0;
  isOpen = false;
  isEnded = false;
  /** The recorder knows what is known by now. */
  announced = false;
  /** The recorder was told of this id at least once, so that it needs an `end`. */
  isKnown = false;
  older: Call | undefined = undefined;
  newer: Call | undefined = undefined;

  readonly dir: Direction;
  ch: Channel;
  start: number;
  /** Members as JSON, each beginning with a comma: host and port, addresses, method and path, anything rare. */
  target = '';
  peer = '';
  /** Ports of the other end and of ours; 0 where unknown. One of them changes with each connection. */
  peerPort = 0;
  localPort = 0;
  request = '';
  extra = '';
  status = 0;
  sent = -1;
  received = -1;
  phases = '';
  site: Site | undefined = undefined;
  headers: HeaderLists | undefined = undefined;
  outcome: Outcome | undefined = undefined;
  err = '';
  reused = false;
  body = '';
  readonly captureEpoch = captureEpoch();
  requestBody: CapturedBody | undefined = undefined;
  responseBody: CapturedBody | undefined = undefined;
  /** What it goes over: says how far the call has come, for a frame of one that is still open. */
  connection: { tellProgress(call: Call): void } | undefined = undefined;

  constructor(dir: Direction, ch: Channel, start: number) {
    this.dir = dir;
    this.ch = ch;
    this.start = start;
  }

  endBodies(how: BodyEnd): void {
    this.requestBody?.end(how);
    this.responseBody?.end(how);
  }

  fail(code: string): void {
    this.outcome = 'failure';
    this.err = code;
  }
}

/** The code of an error or of its cause; empty if there is none. Never a message: those carry secrets. */
export function errorCode(error: unknown): string {
  let current = error;
  for (let depth = 0; depth < 4 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === 'string' && CODE.test(code)) return code;
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return '';
}

/** Whether the program itself gave up on the call: no failure of the network. */
export function isAbort(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === 'AbortError' || code === 'ABORT_ERR';
}

/** What the next request like it, most likely, has in common with the last one, and its text. */
class Shape {
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
  readonly text: string;

  constructor(call: Call) {
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
    this.text = shapeText(call);
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

function shapeText(call: Call): string {
  let text = `,"dir":"${call.dir}","ch":"${call.ch}"${call.target}${call.peer}${call.request}`;
  if (call.status !== 0) text += `,"status":${call.status}`;
  text += call.extra;
  if (call.headers !== undefined) text += `,"hdr":${call.headers.number}`;
  if (call.site !== undefined) text += `,"site":${call.site.number}`;
  if (call.outcome !== undefined) text += `,"outcome":"${call.outcome}"`;
  if (call.err !== '') text += `,"err":${quote(call.err, 64)}`;
  if (call.reused) text += ',"reused":true';
  text += '}';
  // Looking at a character makes V8 put the pieces together, once: else each frame that ends so would walk them all.
  text.charCodeAt(0);
  return text;
}

/** By method and path: of the calls with one of these, most are alike. */
const shapes = new TextCache<string, Shape>(256);

/**
 * The frame: first what each call has for itself, then what it shares. The recorder remembers the latter
 * too, so that the order is more than looks.
 */
export function callText(call: Call, t: 'begin' | 'end', endMs: number): string {
  let shape = shapes.get(call.request);
  if (shape?.fits(call) !== true) shape = shapes.set(call.request, new Shape(call));
  let text = `{"t":"${t}","id":` + digits(call.id) + ',"at":' + epochText(call.start);
  if (t === 'end') text += ',"dur":' + digits(spanUs(call.start, endMs));
  if (call.sent >= 0) text += ',"sent":' + digits(call.sent);
  if (call.received >= 0) text += ',"received":' + digits(call.received);
  if (call.peerPort > 0) text += ',"pport":' + digits(call.peerPort);
  if (call.localPort > 0) text += ',"lport":' + digits(call.localPort);
  text += call.phases;
  if (call.body !== '') text += `,"body":"${call.body}"`;
  if (call.requestBody !== undefined) text += `,"req":${call.requestBody.number}`;
  if (call.responseBody !== undefined) text += `,"res":${call.responseBody.number}`;
  return text + shape.text;
}
