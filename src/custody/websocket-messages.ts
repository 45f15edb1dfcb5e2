/**
 * Messages out of one direction of a WebSocket, which was stored as it went over the wire: frames of RFC 6455, with
 * `permessage-deflate` (RFC 7692) where the first frame of a message says so. Either end may have been hostile: what is no
 * frame ends the reading, and everything from there on is given as it lies.
 */
import { constants, inflateRawSync } from 'node:zlib';

/** One message, one control frame, or what could not be taken apart. */
export interface WebSocketMessage {
  /** Offset of its first frame among the stored bytes. */
  readonly at: number;
  readonly type: 'text' | 'binary' | 'ping' | 'pong' | 'close' | 'rest';
  readonly bytes: Uint8Array;
  /** It was not stored to its end. */
  readonly isCut?: true;
  readonly isCompressed?: true;
  /** Of a `close`. */
  readonly code?: number;
  /** Of a `rest`: why. */
  readonly why?: Fault;
}

type Fault =
  | 'reserved_bits'
  | 'unknown_opcode'
  | 'control_frame_too_long'
  | 'control_frame_fragmented'
  | 'continues_nothing'
  | 'message_not_ended'
  | 'length_out_of_range'
  | 'not_deflated'
  | 'inflates_beyond_bound';

/** Of all that is inflated: a thousandfold of the longest body would fill the memory. */
const INFLATED_BYTES_MAX = 64 * 1024 * 1024;
const CONTROL_BYTES_MAX = 125;
/** What a deflated message may refer back to. */
const WINDOW_BYTES = 1 << 15;
/** A sender leaves these off the end of each message. */
const DEFLATE_TAIL = Buffer.of(0, 0, 0xff, 0xff);
const CONTROLS: Readonly<Record<number, 'close' | 'ping' | 'pong'>> = { 8: 'close', 9: 'ping', 10: 'pong' };

interface Frame {
  readonly at: number;
  readonly isFinal: boolean;
  readonly isCompressed: boolean;
  readonly opcode: number;
  /** Unmasked, as much as is there. */
  readonly payload: Uint8Array;
  readonly isCut: boolean;
  /** Offset behind it. */
  readonly end: number;
}

class Broken extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault);
    this.fault = fault;
  }
}

/** Undoes `permessage-deflate`. Its window goes on from message to message; a sender that starts anew does no harm. */
class Inflater {
  #window: Uint8Array = new Uint8Array();
  #left = INFLATED_BYTES_MAX;

  /** @throws Broken */
  inflate(deflated: Uint8Array): Uint8Array {
    let bytes: Buffer;
    try {
      bytes = inflateRawSync(Buffer.concat([deflated, DEFLATE_TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: this.#left + 1,
        ...(this.#window.length === 0 ? {} : { dictionary: this.#window }),
      });
    } catch (error) {
      const isLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      throw new Broken(isLong ? 'inflates_beyond_bound' : 'not_deflated');
    }
    if (bytes.length > this.#left) throw new Broken('inflates_beyond_bound');
    this.#left -= bytes.length;
    this.#window = Buffer.concat([this.#window, bytes.subarray(-WINDOW_BYTES)]).subarray(-WINDOW_BYTES);
    return bytes;
  }
}

/**
 * In the order in which they came to their end: a control frame may stand within a message.
 * @param stored one direction, from the first byte behind the handshake
 */
export function* webSocketMessages(stored: Uint8Array): Generator<WebSocketMessage> {
  const inflater = new Inflater();
  // One buffer for the pieces of messages: there may be one for each byte.
  const joined = Buffer.allocUnsafe(stored.length);
  let joinedBytes = 0;
  let first: Frame | undefined;
  let at = 0;
  try {
    while (at < stored.length) {
      const frame = frameAt(stored, at);
      if (frame === undefined) break;
      const control = CONTROLS[frame.opcode];
      if (control !== undefined) {
        yield controlMessage(control, frame);
        at = frame.end;
        continue;
      }
      checkOrder(frame, first);
      first ??= frame;
      joined.set(frame.payload, joinedBytes);
      joinedBytes += frame.payload.length;
      if (frame.isFinal || frame.isCut) {
        yield dataMessage(first, joined.subarray(0, joinedBytes), frame.isCut, inflater);
        joinedBytes = 0;
        first = undefined;
      }
      at = frame.end;
    }
    if (first !== undefined) yield dataMessage(first, joined.subarray(0, joinedBytes), true, inflater);
    // Less than the head of a frame.
    if (at < stored.length) yield { at, type: 'rest', bytes: stored.subarray(at), isCut: true };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const from = first?.at ?? at;
    yield { at: from, type: 'rest', bytes: stored.subarray(from), why: error.fault };
  }
}

/** @returns undefined if even its head is cut @throws Broken */
function frameAt(stored: Uint8Array, at: number): Frame | undefined {
  const head = Buffer.from(stored.buffer, stored.byteOffset + at, Math.min(14, stored.length - at));
  const [flags, second] = head;
  if (flags === undefined || second === undefined) return undefined;
  const [opcode, short, isMasked] = [flags & 0x0f, second & 0x7f, second > 0x7f];
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const headBytes = 2 + lengthBytes + (isMasked ? 4 : 0);
  if (head.length < headBytes) return undefined;
  const wide = lengthBytes === 8 ? head.readBigUInt64BE(2) : 0n;
  if (wide > BigInt(Number.MAX_SAFE_INTEGER - stored.length)) throw new Broken('length_out_of_range');
  const length = lengthBytes === 2 ? head.readUInt16BE(2) : lengthBytes === 8 ? Number(wide) : short;
  checkHead(flags, opcode, length);
  const begin = at + headBytes;
  const end = Math.min(stored.length, begin + length);
  const payload = Buffer.from(stored.subarray(begin, end));
  if (isMasked) unmask(payload, head.subarray(headBytes - 4, headBytes));
  const isCompressed = (flags & 0x40) !== 0;
  return { at, isFinal: flags > 0x7f, isCompressed, opcode, payload, isCut: begin + length > end, end };
}

function checkHead(flags: number, opcode: number, length: number): void {
  if ((flags & 0x30) !== 0) throw new Broken('reserved_bits');
  if (opcode > 10 || (opcode > 2 && opcode < 8)) throw new Broken('unknown_opcode');
  if (opcode < 8) return;
  if ((flags & 0x40) !== 0) throw new Broken('reserved_bits');
  if (flags < 0x80) throw new Broken('control_frame_fragmented');
  if (length > CONTROL_BYTES_MAX) throw new Broken('control_frame_too_long');
}

function checkOrder({ opcode, isCompressed }: Frame, first: Frame | undefined): void {
  if (opcode === 0 && first === undefined) throw new Broken('continues_nothing');
  if (opcode !== 0 && first !== undefined) throw new Broken('message_not_ended');
  if (opcode === 0 && isCompressed) throw new Broken('reserved_bits');
}

function unmask(payload: Uint8Array, mask: Uint8Array): void {
  for (let i = 0; i < payload.length; i += 1) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
}

function controlMessage(type: 'close' | 'ping' | 'pong', { at, payload, isCut }: Frame): WebSocketMessage {
  const cut = isCut ? { isCut } : {};
  if (type !== 'close' || payload.length < 2) return { at, type, bytes: payload, ...cut };
  return { at, type, bytes: payload.subarray(2), code: ((payload[0] ?? 0) << 8) | (payload[1] ?? 0), ...cut };
}

/** @throws Broken */
function dataMessage(first: Frame, payload: Uint8Array, isCut: boolean, inflater: Inflater): WebSocketMessage {
  const { at, isCompressed } = first;
  return {
    ...{ at, type: first.opcode === 1 ? 'text' : 'binary' },
    bytes: isCompressed ? inflater.inflate(payload) : Uint8Array.from(payload),
    ...(isCut ? { isCut } : {}),
    ...(isCompressed ? { isCompressed } : {}),
  };
}
