/**
 * A note to ourselves in the key directory: where the last closed segment ended, so that opening a large journal need
 * not read it all. It is believed only if its root is that of a head that we signed, and is not synced: where a power
 * cut takes it, all is read once more.
 */
import { decodeUtf8 } from '../core/bytes.js';
import { frontierFile } from '../keys/key-directory.js';
import { readSmallFile, replaceNote, type FileSystem } from '../keys/file-system.js';
import { formatJsonLines, parseJsonLines } from './lines/jsonl.js';
import { decodeState, type JournalState } from './state/journal-state.js';
import { CompactRange } from './tree/merkle.js';
import { nodeHasher, type Hash } from './tree/tree-hasher.js';

export interface Frontier {
  readonly range: CompactRange;
  /** Hash of the last line. */
  readonly lastHash: Hash;
  /** Number of the segment that ended here. */
  readonly segment: number;
  /** Number of the run that wrote it. */
  readonly run: number;
  /** After that segment. A wrong one shows, as verify works it out from the records. */
  readonly state: JournalState;
  /** The latest time known there, so that a clock that was set back brings nothing expired to life. */
  readonly time: string;
}

const BYTES_MAX = 65_536;
const isHash = (value: unknown): value is Hash => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

export function writeFrontier(fs: FileSystem, keyDirectory: string, frontier: Frontier): void {
  const { range, lastHash, segment, run, state, time } = frontier;
  const text = formatJsonLines({ size: range.end, nodes: range.nodes, lastHash, segment, run, state, time });
  replaceNote(fs, frontierFile(keyDirectory), Buffer.from(text), 0o600);
}

/** The frontier as it was noted down, or undefined if there is none or it is damaged: then all is read. */
export function readFrontier(fs: FileSystem, keyDirectory: string): Frontier | undefined {
  try {
    const bytes = readSmallFile(fs, frontierFile(keyDirectory), BYTES_MAX);
    const noted = parseJsonLines(decodeUtf8(bytes ?? new Uint8Array()) ?? '')[0] ?? {};
    const { size, nodes, lastHash, segment, run } = noted;
    const state = decodeState(noted['state']);
    const { time } = noted;
    if (state === undefined || typeof time !== 'string') return undefined;
    if (!isCount(size) || !isCount(segment) || !isCount(run) || !isHash(lastHash)) return undefined;
    if (!Array.isArray(nodes) || !nodes.every(isHash) || nodes.length !== CompactRange.nodeCount(0, size)) {
      return undefined;
    }
    return { range: new CompactRange(nodeHasher, 0, size, nodes), lastHash, segment, run, state, time };
  } catch {
    return undefined;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
