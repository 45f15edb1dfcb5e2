import { deflateRawSync, constants } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { webSocketMessages, type WebSocketMessage } from '../../../src/custody/websocket-messages.js';

/** A frame as a sender may make it. */
function frame(flags: number, payload: Uint8Array | string, mask?: readonly number[]): Buffer {
  const bytes = Buffer.from(payload);
  const head = [flags, bytes.length < 126 ? bytes.length : bytes.length < 65_536 ? 126 : 127];
  if (head[1] === 126) head.push(bytes.length >> 8, bytes.length & 0xff);
  if (head[1] === 127) head.push(...Buffer.from(bytes.length.toString(16).padStart(16, '0'), 'hex'));
  if (mask === undefined) return Buffer.concat([Buffer.from(head), bytes]);
  head[1] = (head[1] ?? 0) | 0x80;
  return Buffer.concat([Buffer.from([...head, ...mask]), bytes.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]);
}

const FINAL = 0x80;
const DEFLATED = 0x40;
const deflated = (bytes: Uint8Array): Buffer =>
  deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, level: 9 }).subarray(0, -4);
const read = (...frames: readonly Uint8Array[]): WebSocketMessage[] => [...webSocketMessages(Buffer.concat(frames))];
const shown = (messages: readonly WebSocketMessage[]): string[] =>
  messages.map(({ type, bytes, isCut, why }) =>
    [type, Buffer.from(bytes).toString('latin1'), isCut === true ? 'cut' : '', why ?? ''].join('|'),
  );

describe('frames', () => {
  it('are joined to messages, unmasked, with control frames in between', () => {
    const mask = [1, 2, 3, 250];
    const stored = [frame(1, 'one ', mask), frame(FINAL | 9, 'p', mask), frame(0, 'two ', mask)];
    const messages = read(...stored, frame(FINAL, 'three', mask), frame(FINAL | 2, Buffer.alloc(70_000, 7), mask));
    expect(shown(messages.slice(0, 2))).toEqual(['ping|p||', 'text|one two three||']);
    expect(messages[1]?.at).toBe(0);
    expect(messages[2]?.bytes).toEqual(new Uint8Array(70_000).fill(7));
  });

  it('of a close give its code', () => {
    expect(read(frame(FINAL | 8, Buffer.of(0x0f, 0xa1, 0x78)))[0]).toMatchObject({ type: 'close', code: 4001 });
    expect(read(frame(FINAL | 8, ''))[0]).toEqual({ at: 0, type: 'close', bytes: Buffer.alloc(0) });
  });

  it('that were cut give what is there, at any byte', () => {
    const whole = Buffer.concat([frame(1, 'one ', [9, 8, 7, 6]), frame(FINAL, 'two', [1, 2, 3, 4])]);
    for (let length = 1; length < whole.length; length += 1) {
      const messages = [...webSocketMessages(whole.subarray(0, length))];
      expect(
        messages.every(({ isCut }) => isCut === true),
        `${length}`,
      ).toBe(true);
      const [first] = messages;
      if (first?.type === 'text') expect('one two'.startsWith(Buffer.from(first.bytes).toString())).toBe(true);
    }
  });

  it('that were compressed and cut give what can be inflated', () => {
    const whole = frame(FINAL | DEFLATED | 1, deflated(Buffer.from('said '.repeat(1_000))));
    const [message] = [...webSocketMessages(whole.subarray(0, -3))];
    expect(message).toMatchObject({ type: 'text', isCut: true, isCompressed: true });
    expect(Buffer.from(message?.bytes ?? []).toString()).toMatch(/^(said )*/);
  });
});

describe('what is no frame ends the reading, and is given as it lies', () => {
  const good = frame(FINAL | 1, 'good');
  it.each([
    ['reserved_bits', frame(FINAL | 0x20 | 1, 'x')],
    ['reserved_bits', frame(FINAL | DEFLATED | 9, 'x')],
    ['unknown_opcode', frame(FINAL | 3, 'x')],
    ['unknown_opcode', frame(FINAL | 15, 'x')],
    ['control_frame_too_long', frame(FINAL | 9, Buffer.alloc(126))],
    ['control_frame_fragmented', frame(9, 'x')],
    ['continues_nothing', frame(FINAL, 'x')],
    ['message_not_ended', Buffer.concat([frame(1, 'x'), frame(FINAL | 1, 'y')])],
    ['reserved_bits', Buffer.concat([frame(1, 'x'), frame(FINAL | DEFLATED, 'y')])],
    ['length_out_of_range', Buffer.from('827fffffffffffffffff00', 'hex')],
    ['not_deflated', frame(FINAL | DEFLATED | 1, Buffer.of(0xff, 0xff, 0xff, 0xff))],
  ])('%s', (why, bad) => {
    const [first, rest, ...more] = read(good, bad, good);
    expect(shown([first as WebSocketMessage])).toEqual(['text|good||']);
    expect(rest).toEqual({ at: good.length, type: 'rest', bytes: Buffer.concat([bad, good]), why });
    expect(more).toEqual([]);
  });

  it('a message that inflates a thousandfold is not inflated beyond a bound', () => {
    const bomb = frame(FINAL | DEFLATED | 2, deflated(Buffer.alloc(40 * 1024 * 1024)));
    const messages = read(bomb, bomb);
    expect(messages.map(({ type, bytes, why }) => [type, bytes.length, why])).toEqual([
      ['binary', 40 * 1024 * 1024, undefined],
      ['rest', bomb.length, 'inflates_beyond_bound'],
    ]);
  });

  it('a million frames of one byte take no long time', () => {
    const pieces = Buffer.alloc(3 << 20);
    for (let at = 0; at < pieces.length; at += 3) pieces.set([at === 0 ? 2 : 0, 1, 7], at);
    const [message, ...more] = [...webSocketMessages(pieces)];
    expect([message?.bytes.length, message?.isCut, more]).toEqual([1 << 20, true, []]);
  });
});
