import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EgressError } from '../../src/core/error.js';
import { parseExpectedHead } from '../../src/audit/heads/expected-head.js';
import { verifyProof } from '../../src/audit/verify-proof.js';
import { formatConsistencyProof } from '../../src/journal/evidence/consistency-proof.js';
import { checkCosignature, cosignatureLine } from '../../src/journal/heads/cosignature.js';
import { formatRecordProof } from '../../src/journal/evidence/record-proof.js';
import { formatBoundaryProof, parseBoundaryProof } from '../../src/journal/vacuum/boundary-proof.js';
import { parseHead, signHead } from '../../src/journal/heads/checkpoint.js';
import { parseEpoch, signEpoch } from '../../src/journal/heads/epoch.js';
import { encodeJournalFile, parseJournalFile } from '../../src/journal/folder/journal-file.js';
import { CompactRange } from '../../src/journal/tree/merkle.js';
import { EMPTY_ROOT, nodeHasher } from '../../src/journal/tree/tree-hasher.js';
import { decodeBase64, decodeHex, encodeBase64, encodeHex } from '../../src/core/bytes.js';
import { verifySignature } from '../../src/keys/ed25519.js';
import { signerFromSeed } from '../../src/keys/signer.js';
import { verifierKey } from '../../src/keys/verifier-key.js';

const origin = 'egress.invalid/00112233445566778899aabbccddeeff';
const signer = signerFromSeed(new Uint8Array(32).fill(5));
const key = verifierKey(origin, signer.publicKey);
const head = signHead({ origin, size: 12, root: EMPTY_ROOT }, key, signer);
const epoch = signEpoch({ origin, number: 1, size: 0, root: EMPTY_ROOT, runKey: key, resumeKey: key }, key, signer);
const journal = encodeJournalFile({ version: 1, origin, key: key.text, created: '2026-10-20T12:04:05.001201Z' });

const line = Buffer.from(`{"seq":1,"prev":"${'0'.repeat(64)}","kind":"seal"}`);
const recordProof = formatRecordProof({
  record: { seq: 1, line, hashes: [EMPTY_ROOT] },
  references: [{ seq: 2, line, hashes: [EMPTY_ROOT, EMPTY_ROOT] }],
  epochs: [epoch],
  checkpoint: head,
});
const consistency = formatConsistencyProof({
  ...{ oldSize: 3, oldRoot: EMPTY_ROOT, hashes: [EMPTY_ROOT] },
  ...{ epochs: [epoch, epoch], checkpoint: head },
});
const witness = verifierKey('witness.example/1', signer.publicKey, 'cosignature');
const cosigned = Buffer.concat([head, Buffer.from(cosignatureLine(parseHead(head).note.text, 7, witness, signer))]);

/** The whole verdict on a proof, which is to be a verdict or a coded error. */
function judge(bytes: Uint8Array): unknown {
  const question = { witnesses: [witness], verify: verifySignature, now: 1_800_000_000 };
  return verifyProof({ path: 'proof', bytes, key, expected: undefined, question });
}

const leaves = ['00', '01', '02'].map((byte) => nodeHasher.leaf(Buffer.from(byte, 'hex')));
const tree = (count: number): CompactRange => {
  const range = new CompactRange(nodeHasher);
  for (const leaf of leaves.slice(0, count)) range.append(leaf);
  return range;
};
const boundary = formatBoundaryProof({
  origin,
  from: { size: 2, root: tree(2).root() },
  to: { size: 3, root: tree(3).root() },
  hashes: [leaves[2] ?? ''],
});

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
  ['boundary proof', parseBoundaryProof, boundary],
  ['expected head', (bytes: Uint8Array) => parseExpectedHead(`7:${Buffer.from(bytes).toString('utf8')}`), head],
  ['record proof', judge, recordProof],
  ['consistency proof', judge, consistency],
  ['cosigned head', (bytes: Uint8Array) => checkCosignature(parseHead(bytes).note, witness, verifySignature), cosigned],
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

it('a cosignature is good over its head and time, and over no other', () => {
  const check = (bytes: Uint8Array): unknown => checkCosignature(parseHead(bytes).note, witness, verifySignature);
  expect(check(cosigned)).toEqual({ status: 'good', seconds: 7 });
  expect(check(head)).toEqual({ status: 'absent' });
  const at = cosigned.toString('utf8').lastIndexOf(' ') + 1;
  fc.assert(
    fc.property(fc.nat(71), fc.nat(7), (byte, bit) => {
      const text = cosigned.toString('utf8');
      const raw = Buffer.from(text.slice(at, -1), 'base64');
      raw[4 + byte] = (raw[4 + byte] ?? 0) ^ (1 << bit);
      expect(check(Buffer.from(`${text.slice(0, at)}${raw.toString('base64')}\n`))).toEqual({ status: 'bad' });
    }),
  );
});

it('a boundary proof says what it was told', () => {
  expect(parseBoundaryProof(boundary)).toMatchObject({ origin, from: { size: 2 }, to: { size: 3 } });
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
