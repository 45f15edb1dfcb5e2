/** What witnesses say: heads that they cosigned, and whether the records are the ones that they saw. */
import { EgressError } from '../../core/error.js';
import { checkCosignature } from '../../journal/heads/cosignature.js';
import { parseHead, type Head } from '../../journal/heads/checkpoint.js';
import { listCosignatures, SMALL_FILE_BYTES_MAX, type JournalLayout } from '../../journal/folder/layout.js';
import type { Hash } from '../../journal/tree/tree-hasher.js';
import { encodeHex } from '../../core/bytes.js';
import type { VerifySignature } from '../../keys/ed25519.js';
import { fileSystem, readSmallFile } from '../../keys/file-system.js';
import { isSignedBy, type Note } from '../../keys/note.js';
import type { VerifierKey } from '../../keys/verifier-key.js';
import { printable } from '../../core/printable.js';
import type { FindingList, Limit } from '../finding.js';
import type { ExpectedHead } from './expected-head.js';
import { signerOf, type WalkedEpoch } from './signed-files.js';
import type { WitnessedHead } from '../verification.js';

/** A note that may carry cosignatures, and where it comes from. */
export interface CosignedNote extends Head {
  readonly note: Note;
  readonly file: string;
}

/** What the auditor asks for. */
export interface WitnessQuestion {
  readonly witnesses: readonly VerifierKey[];
  /** Of the journal. */
  readonly origin: string;
  readonly verify: VerifySignature;
  /** Seconds since 1970. */
  readonly now: number;
}

/** A good cosignature by a trusted witness. */
export interface Cosigned extends Head {
  readonly witness: VerifierKey;
  readonly seconds: number;
  readonly file: string;
}

/** Clocks of witnesses may be ahead of ours by so much. */
const CLOCK_SKEW_SECONDS_MAX = 300;
/** Of each witness; older ones say less than newer ones. */
const COSIGNATURES_READ_MAX = 256;

/** The newest notes in `cosignatures/` that are named after one of the witnesses: heads that are signed as any head is. */
export function storedCosignatures(
  layout: JournalLayout,
  { witnesses, verify }: WitnessQuestion,
  epochs: readonly WalkedEpoch[],
  findings: FindingList,
): CosignedNote[] {
  const names = witnesses.flatMap(({ id }) =>
    listCosignatures(fileSystem, layout)
      .filter(({ keyId }) => keyId === encodeHex(id))
      .slice(-COSIGNATURES_READ_MAX),
  );
  return names.flatMap(({ size, keyId }) => {
    const file = `cosignatures/${size}.${keyId}`;
    try {
      const head = parseHead(
        readSmallFile(fileSystem, layout.cosignature(size, keyId), SMALL_FILE_BYTES_MAX) ?? new Uint8Array(),
      );
      const epoch = signerOf(epochs, head.size);
      if (epoch !== undefined && !isSignedBy(head.note, epoch.runKey, verify)) {
        findings.add('COSIGNATURE_INVALID', `${file}: the head in it is not signed by the key of its epoch`, { file });
      }
      if (head.size === size) return [{ ...head, file }];
      findings.add('COSIGNATURE_INVALID', `${file} is over a head of ${head.size} records`, { file });
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      findings.add('COSIGNATURE_INVALID', `${file} is malformed: ${error.message}`, { file });
    }
    return [];
  });
}

/** The note of a head that the auditor brought, which may be cosigned. */
export function expectedNote(expected: ExpectedHead | undefined): CosignedNote[] {
  if (expected?.note === undefined || expected.origin === undefined) return [];
  const { origin, size, root, note } = expected;
  return [{ origin, size, root, note, file: 'the head you gave' }];
}

/** Checks who cosigned which note. */
export function readCosignatures(
  notes: readonly CosignedNote[],
  { witnesses, origin, verify, now }: WitnessQuestion,
  findings: FindingList,
): { readonly cosigned: readonly Cosigned[]; readonly limits: readonly Limit[] } {
  const cosigned: Cosigned[] = [];
  const limits: Limit[] = [];
  for (const witness of witnesses) {
    const name = printable(witness.name);
    for (const { note, file, ...head } of notes) {
      const check = checkCosignature(note, witness, verify);
      if (check.status === 'absent') continue;
      if (check.status === 'bad') {
        findings.add('COSIGNATURE_INVALID', `${file}: the cosignature is not by ${name}`, { file });
      } else if (head.origin !== origin) {
        findings.add('COSIGNATURE_INVALID', `${file}: ${name} cosigned a head of another journal`, { file });
      } else if (check.seconds > now + CLOCK_SKEW_SECONDS_MAX) {
        const message = `${file}: the cosignature by ${name} is dated in the future: one of the clocks is wrong`;
        limits.push({ code: 'WITNESS_MISSING', message });
      } else {
        cosigned.push({ ...head, witness, seconds: check.seconds, file });
      }
    }
  }
  return { cosigned, limits };
}

export interface WitnessVerdict {
  readonly witnessed: readonly WitnessedHead[];
  readonly limits: readonly Limit[];
}

/** What is known of the tree that witnesses should have seen. */
export interface KnownTree {
  readonly roots: ReadonlyMap<number, Hash>;
  readonly total: number;
}

/** Compares what witnesses saw with what is here. A cosigned head of more records shows a cut end like any other head. */
export function judgeWitnesses(
  { witnesses }: WitnessQuestion,
  cosigned: readonly Cosigned[],
  { roots, total }: KnownTree,
  findings: FindingList,
): WitnessVerdict {
  const witnessed: WitnessedHead[] = [];
  const limits: Limit[] = [];
  for (const { size, root, file, witness } of cosigned) {
    const found = roots.get(size);
    if (size > total) {
      const message = `${printable(witness.name)} saw ${size} records, but they end with #${total}`;
      findings.add('TAIL_CUT', message, { records: [total + 1, size] });
    }
    if (found === undefined || found === root) continue;
    findings.add(
      'COSIGNATURE_MISMATCH',
      `the records up to #${size} are not those that ${printable(witness.name)} saw`,
      { ...(file.startsWith('cosignatures/') ? { file } : {}), records: [1, size], expected: root, found },
    );
  }
  for (const witness of witnesses) {
    const name = printable(witness.name);
    const best = cosigned
      .filter((one) => one.witness === witness && one.root === roots.get(one.size))
      .reduce<Cosigned | undefined>((a, b) => (a === undefined || b.size >= a.size ? b : a), undefined);
    if (best === undefined) {
      limits.push({ code: 'WITNESS_MISSING', message: `there is no cosignature by ${name} (egress cosign makes one)` });
      continue;
    }
    const time = new Date(best.seconds * 1000).toISOString();
    witnessed.push({ name: witness.name, key: witness.text, size: best.size, time });
    if (best.size >= total) continue;
    const message = `${name} saw the records up to #${best.size} only: a cut or a change behind that would not show`;
    limits.push({ code: 'WITNESS_OLDER', message, records: [best.size + 1, total] });
  }
  return { witnessed, limits };
}
