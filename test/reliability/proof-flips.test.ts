/** Single bits flipped in what is handed to somebody without the journal, or kept beside it: proofs and cosignatures. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { encodeHex } from '../../src/core/bytes.js';
import type { Verdict } from '../../src/audit/verification.js';
import { EgressError } from '../../src/core/error.js';
import { verifySignature } from '../../src/keys/ed25519.js';
import { fileSystem } from '../../src/keys/file-system.js';
import { parseVerifierKey } from '../../src/keys/verifier-key.js';
import { cosign } from '../../src/proof/cosign.js';
import { proveConsistency, proveRecord } from '../../src/proof/prove.js';
import { createWitnessKey, readWitness } from '../../src/proof/witness-key.js';
import { memoised, verifyFolder } from '../unit/audit/verify-folder.js';
import { check, headOf } from '../unit/proof/scratch-proof.js';
import { secondOpinionOnProof } from '../fixtures/second-verifier.js';
import { sample, Tally, timeoutMs } from './tally.js';

const tally = new Tally('proof-flips', { records: false });
const EXAMPLE = path.resolve(import.meta.dirname, '../fixtures/example-journal');
const KEY = (JSON.parse(readFileSync(path.join(EXAMPLE, 'journal.json'), 'utf8')) as { key: string }).key;
const SAMPLE = 300;
const NOW = Math.floor(Date.now() / 1_000);
const verify = memoised(verifySignature);

const folder = mkdtempSync(path.join(tmpdir(), 'egress-proofs-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const journal = path.join(folder, 'journal');
cpSync(EXAMPLE, journal, { recursive: true });
const witness = createWitnessKey(fileSystem, path.join(folder, 'w.key'), 'witness.example/1');
const { note } = cosign({
  source: { kind: 'journal', directory: journal },
  witness: readWitness(fileSystem, path.join(folder, 'w.key'), process.getuid?.()),
  journalKey: parseVerifierKey(KEY),
  now: NOW,
  fs: fileSystem,
  lock: () => ({ release: () => undefined }),
});
const proofFile = path.join(folder, 'flipped.tlog-proof');
const cosignature = path.join(journal, 'cosignatures', `23.${encodeHex(witness.id)}`);
mkdirSync(path.dirname(cosignature));
writeFileSync(cosignature, note);

async function flipEach(
  name: string,
  original: Uint8Array,
  seed: number,
  isGood: (bytes: Uint8Array) => unknown,
): Promise<void> {
  expect(await isGood(original)).toBe(true);
  const bits = Array.from({ length: original.length * 8 }, (_, bit) => bit);
  for (const bit of sample(bits, SAMPLE, seed)) {
    tally.try();
    const bytes = Uint8Array.from(original);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if ((await isGood(bytes)) === true) tally.undetected.push(`${name}, bit ${bit}`);
  }
  expect(tally.undetected).toEqual([]);
}

/**
 * Whether a proof passes with the witness; one that is no proof any more is refused with a code. The second verifier,
 * which knows no witnesses, has to think the same of all that is not theirs.
 */
async function passes(bytes: Uint8Array): Promise<boolean> {
  writeFileSync(proofFile, bytes);
  const opinion = await secondOpinionOnProof(proofFile, KEY);
  const verdict = verdictOn(bytes, []);
  if (opinion !== undefined) expect(opinion.verdict, opinion.reasons.join('; ')).toBe(verdict ?? 'NOT_VERIFIED');
  return verdictOn(bytes, [witness.text]) === 'VERIFIED_WITNESSED';
}

function verdictOn(bytes: Uint8Array, witnesses: readonly string[]): Verdict | undefined {
  try {
    return check(bytes, KEY, { verify, witnesses, now: NOW }).verdict;
  } catch (error) {
    if (error instanceof EgressError) return undefined;
    throw error;
  }
}

it.each([
  ['of a record and what it refers to', () => proveRecord(headOf(journal), 8, true).bytes],
  ['of a record alone', () => proveRecord(headOf(journal), 8, false).bytes],
  ['of two heads', () => proveConsistency(headOf(journal), { size: 12 }).bytes],
])(
  'no bit of a cosigned proof %s can be flipped unseen',
  async (name, make) => {
    await flipEach(name, make(), name.length, passes);
  },
  timeoutMs,
);

it(
  'nor one of a cosignature beside the journal',
  async () => {
    await flipEach('cosignature', note, 4, async (bytes) => {
      writeFileSync(cosignature, bytes);
      const { verdict } = await verifyFolder(journal, { key: KEY, verify, witnesses: [witness] });
      return verdict === 'VERIFIED_WITNESSED';
    });
  },
  timeoutMs,
);
