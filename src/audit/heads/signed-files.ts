/** Epochs and heads: who was allowed to sign what, and what they signed. Roots are compared elsewhere. */
import { EgressError } from '../../core/error.js';
import { parseHead, type SignedHead } from '../../journal/heads/checkpoint.js';
import { parseEpoch, type SignedEpoch } from '../../journal/heads/epoch.js';
import { listEpochs, listHeads, SMALL_FILE_BYTES_MAX, type JournalLayout } from '../../journal/folder/layout.js';
import { EMPTY_ROOT } from '../../journal/tree/tree-hasher.js';
import type { VerifySignature } from '../../keys/ed25519.js';
import { fileSystem, readSmallFile } from '../../keys/file-system.js';
import { verifyNote } from '../../keys/note.js';
import type { VerifierKey } from '../../keys/verifier-key.js';
import type { FindingList } from '../finding.js';

/** An epoch whose place in the chain of keys is good. */
export interface WalkedEpoch extends SignedEpoch {
  /** The run key of the epoch before signed it; else the resume key (for epoch 1, the genesis key). */
  readonly isHandOver: boolean;
}

/** A head by the right key for its size. */
export interface FoundHead extends SignedHead {
  readonly file: string;
  readonly epoch: WalkedEpoch;
}

function messageOf(error: unknown): string {
  if (error instanceof EgressError) return error.message;
  throw error;
}

/** The epochs of a journal, as `chainEpochs` takes them. */
export function* storedEpochs(layout: JournalLayout): Generator<EpochSource> {
  for (const number of listEpochs(fileSystem, layout).numbers) {
    const read = (): Uint8Array =>
      readSmallFile(fileSystem, layout.epoch(number), SMALL_FILE_BYTES_MAX) ?? new Uint8Array();
    yield { number, read };
  }
}

/** An epoch that claims a number, and how to get its bytes. */
interface EpochSource {
  readonly number: number;
  /** @throws EgressError */
  readonly read: () => Uint8Array;
}

/** Walks genesis → epochs of a journal. */
export function walkEpochs(
  layout: JournalLayout,
  genesis: VerifierKey,
  verify: VerifySignature,
  findings: FindingList,
): WalkedEpoch[] {
  return chainEpochs(storedEpochs(layout), genesis, verify, findings);
}

/** Walks genesis → epochs and stops at the first that does not follow from the one before. */
export function chainEpochs(
  sources: Iterable<EpochSource>,
  genesis: VerifierKey,
  verify: VerifySignature,
  findings: FindingList,
): WalkedEpoch[] {
  const epochs: WalkedEpoch[] = [];
  // A key that served once is in the past: whoever finds it later must not get anything with it.
  const used = new Set([genesis.text]);
  for (const { number, read } of sources) {
    const file = `epochs/${number}`;
    const before = epochs.at(-1);
    try {
      if (number !== epochs.length + 1) {
        findings.add('EPOCH_INVALID', `epoch ${epochs.length + 1} is missing`, { file: `epochs/${epochs.length + 1}` });
        break;
      }
      const epoch = parseEpoch(read());
      const isHandOver = before !== undefined && verifyNote(epoch.note, before.runKey, verify);
      const keys = [epoch.runKey.text, epoch.resumeKey.text];
      const isReused = keys[0] === keys[1] || keys.some((key) => used.has(key));
      const fault = isReused
        ? 'names a key that was used before'
        : epochFault(epoch, number, before, genesis, isHandOver, verify);
      if (fault === undefined) {
        for (const key of keys) used.add(key);
        epochs.push({ ...epoch, isHandOver });
        continue;
      }
      findings.add('EPOCH_INVALID', `epoch ${number} ${fault}`, { file });
    } catch (error) {
      findings.add('EPOCH_INVALID', `epoch ${number} is malformed: ${messageOf(error)}`, { file });
    }
    break;
  }
  if (epochs.length === 0 && findings.isEmpty)
    findings.add('EPOCH_INVALID', 'epoch 1 is missing', { file: 'epochs/1' });
  return epochs;
}

function epochFault(
  epoch: SignedEpoch,
  number: number,
  before: SignedEpoch | undefined,
  genesis: VerifierKey,
  isHandOver: boolean,
  verify: VerifySignature,
): string | undefined {
  if (epoch.number !== number) return `calls itself epoch ${epoch.number}`;
  if (epoch.origin !== genesis.name) return 'is of another journal';
  if (before === undefined) {
    if (epoch.size !== 0 || epoch.root !== EMPTY_ROOT) return 'does not begin with an empty journal';
    return verifyNote(epoch.note, genesis, verify) ? undefined : 'is not signed by the genesis key';
  }
  if (epoch.size < before.size) return 'begins before the one before it';
  if (isHandOver || verifyNote(epoch.note, before.resumeKey, verify)) return undefined;
  return 'is signed by neither key of the one before';
}

/** The epoch that may sign a head for `size` records. */
export function signerOf(epochs: readonly WalkedEpoch[], size: number): WalkedEpoch | undefined {
  return epochs.findLast((epoch) => epoch.size < size);
}

/** Whether a head by the key that was in force covers a record. A later key's says nothing about who wrote it. */
export function isSignedInTime(seq: number, heads: readonly FoundHead[], epochs: readonly WalkedEpoch[]): boolean {
  const epoch = signerOf(epochs, seq);
  return heads.some((head) => head.size >= seq && head.epoch.number === epoch?.number);
}

/**
 * Reads a head and checks its signature.
 * @param size what the file's name says, undefined for `checkpoint`
 * @returns undefined if there is no such file, or with a finding
 */
export function loadHead(
  path: string,
  file: string,
  size: number | undefined,
  epochs: readonly WalkedEpoch[],
  verify: VerifySignature,
  findings: FindingList,
): FoundHead | undefined {
  let head: SignedHead;
  try {
    const bytes = readSmallFile(fileSystem, path, SMALL_FILE_BYTES_MAX);
    if (bytes === undefined) return undefined;
    head = parseHead(bytes);
  } catch (error) {
    findings.add('HEAD_INVALID', `${file} is malformed: ${messageOf(error)}`, { file });
    return undefined;
  }
  const epoch = signerOf(epochs, head.size);
  if (size !== undefined && head.size !== size) {
    findings.add('HEAD_INVALID', `${file} is a head for ${head.size} records`, { file });
  } else if (epoch === undefined || head.origin !== epoch.origin) {
    findings.add('HEAD_INVALID', `${file} is of another journal, or of an epoch that is not here`, { file });
  } else if (verifyNote(head.note, epoch.runKey, verify)) {
    return { ...head, file, epoch };
  } else if (
    epochs.some(({ runKey, resumeKey }) => [runKey, resumeKey].some((key) => verifyNote(head.note, key, verify)))
  ) {
    findings.add('HEAD_WRONG_KEY', `${file} is signed by a key that was not in force for record #${head.size}`, {
      file,
    });
  } else {
    findings.add('HEAD_INVALID', `${file} is not signed by the key of epoch ${epoch.number}`, { file });
  }
  return undefined;
}

/** All heads that are there, `checkpoint` last. */
export function loadHeads(
  layout: JournalLayout,
  epochs: readonly WalkedEpoch[],
  verify: VerifySignature,
  findings: FindingList,
): FoundHead[] {
  const heads = listHeads(fileSystem, layout).numbers.map((size) =>
    loadHead(layout.head(size), `heads/${size}`, size, epochs, verify, findings),
  );
  heads.push(loadHead(layout.checkpoint, 'checkpoint', undefined, epochs, verify, findings));
  return heads.filter((head) => head !== undefined);
}
