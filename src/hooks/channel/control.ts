/** What the recorder sends: single bytes, and orders that go on to the end of a line. */
import { CAPTURE_REQUEST, FLUSH_REQUEST, type CaptureOrder } from '../../event/frame.js';
import { readOrder } from '../bodies/capture.js';
import { parse } from '../primordials.js';

const NEWLINE = 0x0a;
/** Of one order; the recorder keeps to it. */
const ORDER_CHARS_MAX = 16 * 1024;

export interface ControlHandlers {
  readonly onFlushRequest: () => void;
  readonly onOrder: (order: CaptureOrder | undefined) => void;
}

export class ControlReader {
  readonly #handlers: ControlHandlers;
  /** The order that is coming in. */
  #text: string | undefined = undefined;

  constructor(handlers: ControlHandlers) {
    this.#handlers = handlers;
  }

  readonly take = (byte: number): void => {
    if (this.#text === undefined) {
      if (byte === FLUSH_REQUEST) this.#handlers.onFlushRequest();
      else if (byte === CAPTURE_REQUEST) this.#text = '';
      return;
    }
    if (byte !== NEWLINE) {
      if (this.#text.length < ORDER_CHARS_MAX) this.#text += String.fromCharCode(byte);
      return;
    }
    const text = this.#text;
    this.#text = undefined;
    let order: CaptureOrder | undefined;
    try {
      order = text === '' ? undefined : readOrder(parse(text));
    } catch {
      // Not ours: nothing is captured.
    }
    this.#handlers.onOrder(order);
  };
}
