/** Whatever bytes come over the hook channel, decoding gives a frame or nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BODY_CHUNK_BYTES_MAX } from '../../src/core/limits.js';
import { CHANNELS } from '../../src/event/frame.js';
import { GAP_REASONS } from '../../src/event/gap-reason.js';
import { decodeFrame } from '../../src/event/decode-frame.js';
import { MASK, maskPath } from '../../src/event/redaction.js';

const frame = JSON.stringify({
  ...{ t: 'end', id: 7, dir: 'egress', ch: CHANNELS[0], at: 1, host: GAP_REASONS[0], phases: [1, 2, 3, 4] },
});

test('random text and random JSON never throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      const decoded = decodeFrame(text);
      expect(decoded === undefined || typeof decoded.t === 'string').toBe(true);
    }),
  );
});

test('a frame with one character changed never throws, and never gets a wrong type through', () => {
  fc.assert(
    fc.property(fc.nat(frame.length - 1), fc.string({ unit: 'binary', maxLength: 2 }), (at, change) => {
      const decoded = decodeFrame(frame.slice(0, at) + change + frame.slice(at + 1));
      if (decoded?.t !== 'end') return;
      expect(Number.isSafeInteger(decoded.id) && decoded.id >= 0).toBe(true);
      expect(CHANNELS).toContain(decoded.ch);
      expect(decoded.host === undefined || typeof decoded.host === 'string').toBe(true);
      expect(decoded.phases === undefined || decoded.phases.length === 4).toBe(true);
    }),
  );
});

const body = JSON.stringify({ t: 'body', n: 1, at: 24_000, data: 'AP8BAv8=', end: 'size' });

test('a frame of a body with characters changed gives no more bytes than one may carry, at a place that is a number', () => {
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.string({ unit: 'binary', maxLength: 40 }), (at, change) => {
      const decoded = decodeFrame(body.slice(0, at) + change + body.slice(at + 1));
      if (decoded?.t !== 'body') return;
      expect(Number.isSafeInteger(decoded.n) && Number.isSafeInteger(decoded.at)).toBe(true);
      const data = Buffer.from(decoded.data ?? '', 'base64');
      expect(data.length).toBeLessThanOrEqual(BODY_CHUNK_BYTES_MAX);
      expect(data.length).toBeGreaterThanOrEqual(((decoded.data ?? '').length / 4) * 3 - 2);
    }),
  );
});

test('every body comes back from its frames', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const data = Buffer.from(bytes).toString('base64');
      const decoded = decodeFrame(JSON.stringify({ t: 'body', n: 1, at: 0, data }));
      expect(decoded?.t === 'body' && Buffer.from(decoded.data ?? '', 'base64').equals(bytes)).toBe(true);
    }),
  );
});

test('masking a masked path changes nothing, and no query is ever left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (path, strict) => {
      const masked = maskPath(path, strict);
      expect(masked).not.toMatch(/[?#]/);
      expect(masked.isWellFormed()).toBe(true);
      expect(maskPath(masked, strict)).toBe(masked);
    }),
  );
  expect(maskPath(`/a/${MASK}/b`, false)).toBe(`/a/${MASK}/b`);
});
