/** Whatever bytes come over the hook channel, decoding gives a frame or nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHANNELS, GAP_REASONS } from '../../src/event/frame.js';
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
