/** One network call while it goes on. Texts are kept as ready JSON, since most calls share them. */
import type { BodyEnd, CallFrame, Channel, Direction, Outcome } from '../event/frame.js';
import { captureEpoch } from './bodies/capture.js';
import type { HeaderLists } from './header-lists.js';
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
  phases: CallFrame['phases'] = undefined;
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
