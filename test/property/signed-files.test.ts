import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EgressError } from '../../src/core/error.js';
import { parseExpectedHead } from '../../src/audit/expected-head.js';
import { parseHead, signHead } from '../../src/journal/checkpoint.js';
import { parseEpoch, signEpoch } from '../../src/journal/epoch.js';
import { encodeJournalFile, parseJournalFile } from '../../src/journal/journal-file.js';
import { EMPTY_ROOT } from '../../src/journal/tree-hasher.js';
import { decodeBase64, decodeHex, encodeBase64, encodeHex } from '../../src/core/bytes.js';
import { signerFromSeed } from '../../src/keys/ed25519.js';
import { verifierKey } from '../../src/keys/verifier-key.js';

const origin = 'egress.invalid/00112233445566778899aabbccddeeff';
const signer = signerFromSeed(new Uint8Array(32).fill(5));
const key = verifierKey(origin, signer.publicKey);
const head = signHead({ origin, size: 12, root: EMPTY_ROOT }, key, signer);
const epoch = signEpoch({ origin, number: 1, size: 0, root: EMPTY_ROOT, runKey: key, resumeKey: key }, key, signer);
const journal = encodeJournalFile({ version: 1, origin, key: key.text, created: '2026-10-20T12:04:05.001201Z' });

/** Whatever it is given, a parser returns a value or throws a coded error. */
function isTame(parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    parse(bytes);
    return true;
  } catch (error) {
    return error instanceof EgressError;
  }
}

describe.each([
  ['head', parseHead, head],
  ['epoch', parseEpoch, epoch],
  ['journal.json', parseJournalFile, journal],
  ['expected head', (bytes: Uint8Array) => parseExpectedHead(`7:${Buffer.from(bytes).toString('utf8')}`), head],
] as const)('parsing a %s', (_name, parse, good) => {
  it('takes any bytes tamely', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => isTame(parse, bytes)));
  });

  it('takes changed bytes tamely', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 4 }), fc.nat(4), (at, put, cut) => {
        return isTame(parse, Buffer.concat([good.subarray(0, at), put, good.subarray(at + cut)]));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('text forms of bytes', () => {
  it('are those of the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(encodeHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
        expect(decodeHex(encodeHex(bytes))).toEqual(bytes);
      }),
    );
  });

  it('are one for each byte string', () => {
    fc.assert(
      fc.property(
        fc.base64String({ maxLength: 24 }),
        fc.nat(24),
        fc.constantFrom('A', 'B', '/', '=', '-', ' ', ''),
        (text, at, put) => {
          const changed = text.slice(0, at) + put + text.slice(at + 1);
          const bytes = decodeBase64(changed);
          if (bytes !== undefined) expect(encodeBase64(bytes)).toBe(changed);
        },
      ),
      { numRuns: 5_000 },
    );
    expect(decodeBase64('AAB=')).toBeUndefined();
    expect(decodeHex('AB')).toBeUndefined();
  });
});
