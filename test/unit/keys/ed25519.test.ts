import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EgressError } from '../../../src/core/error.js';
import { importPublicKey, verifySignature } from '../../../src/keys/ed25519.js';
import { signerFromSeed } from '../../../src/keys/signer.js';

const VECTORS = path.join(import.meta.dirname, '../../vectors');
const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** RFC 8032, section 7.1, tests 1 to 3. */
const RFC_8032 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

it.each(RFC_8032)('signs and verifies the example of RFC 8032 for message "$message"', (example) => {
  const signer = signerFromSeed(hex(example.seed));
  expect(toHex(signer.publicKey)).toBe(example.key);
  expect(toHex(signer.sign(hex(example.message)))).toBe(example.signature);
  expect(verifySignature(hex(example.key), hex(example.message), hex(example.signature))).toBe(true);
  expect(verifySignature(hex(example.key), hex(`${example.message}00`), hex(example.signature))).toBe(false);
});

describe('C2SP CCTV', () => {
  interface Case {
    readonly number: number;
    readonly key: string;
    readonly sig: string;
    readonly msg: string;
    readonly flags: readonly string[] | null;
  }
  const cases = JSON.parse(readFileSync(path.join(VECTORS, 'ed25519-cctv/ed25519vectors.json'), 'utf8')) as Case[];

  /**
   * RFC 8032 leaves the equation open; ours is the one with the cofactor, so a residue of low order does not matter.
   * Only the holder of the key can make a signature for which that makes a difference.
   */
  const isGood = ({ flags }: Case): boolean =>
    !['low_order_A', 'non_canonical_A', 'non_canonical_R'].some((flag) => flags?.includes(flag));

  it('decides all 914 edge cases as a strict verifier with a check for low order', () => {
    expect(cases).toHaveLength(914);
    const wrong = cases.filter((each) => {
      const good = verifySignature(hex(each.key), new TextEncoder().encode(each.msg), hex(each.sig));
      return good !== isGood(each);
    });
    expect(wrong).toEqual([]);
    expect(cases.filter(isGood).length).toBeGreaterThan(0);
  });

  it('imports no key of low order', () => {
    const lowOrder = new Set(cases.filter(({ flags }) => flags?.includes('low_order_A')).map(({ key }) => key));
    expect(lowOrder.size).toBe(14);
    for (const key of lowOrder) {
      expect(() => importPublicKey(hex(key))).toThrow(expect.objectContaining({ code: 'KEY_LOW_ORDER' }));
    }
  });
});

it('decides all tests of Wycheproof as they do', () => {
  interface Group {
    readonly publicKey: { readonly pk: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: string;
    }[];
  }
  const file = readFileSync(path.join(VECTORS, 'ed25519-wycheproof/ed25519_test.json'), 'utf8');
  const { testGroups, numberOfTests } = JSON.parse(file) as { testGroups: Group[]; numberOfTests: number };
  const wrong: number[] = [];
  let count = 0;
  for (const { publicKey, tests } of testGroups) {
    for (const { tcId, msg, sig, result } of tests) {
      count += 1;
      if (verifySignature(hex(publicKey.pk), hex(msg), hex(sig)) !== (result === 'valid')) wrong.push(tcId);
    }
  }
  expect(count).toBe(numberOfTests);
  expect(wrong).toEqual([]);
});

it('refuses keys and seeds of other lengths with a code', () => {
  for (const length of [0, 31, 33]) {
    expect(() => importPublicKey(new Uint8Array(length))).toThrow(EgressError);
    expect(() => signerFromSeed(new Uint8Array(length))).toThrow(EgressError);
    expect(verifySignature(new Uint8Array(length), new Uint8Array(), new Uint8Array(64))).toBe(false);
  }
});
