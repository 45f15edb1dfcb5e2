/**
 * Writes a part of a journal: the chosen lines as they are stored, and in the place of each stretch between them the
 * hashes of the complete subtrees that cover it. Memory is one compact range, however long the journal is.
 */
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ChosenHead } from '../audit/heads/signed-head.js';
import { EgressError } from '../core/error.js';
import { RECORDS_FILE, UNDISCLOSED_FILE } from '../journal/evidence/bundle.js';
import {
  JournalLayout,
  listCosignatures,
  listEpochs,
  listHeads,
  SMALL_FILE_BYTES_MAX,
} from '../journal/folder/layout.js';
import { CompactRange } from '../journal/tree/merkle.js';
import { nodeHasher, type Hash } from '../journal/tree/tree-hasher.js';
import { formatUndisclosedHash, formatUndisclosedHeader, splitPoints } from '../journal/evidence/undisclosed.js';
import { parseEpoch } from '../journal/heads/epoch.js';
import { currentState } from '../journal/state/current-state.js';
import { fileSystem, readSmallFile, writeFully } from '../keys/file-system.js';
import { readTree, removedPart } from '../proof/tree-reading.js';
import { PartChoice, type Wanted } from './part-choice.js';

const BUFFER_BYTES = 1 << 18;

/** Collects small writes. */
class BufferedFile {
  readonly #fd: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(file: string) {
    this.#fd = openSync(file, 'wx');
  }

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= BUFFER_BYTES) this.#flush();
  }

  close(): void {
    try {
      this.#flush();
    } finally {
      closeSync(this.#fd);
    }
  }

  #flush(): void {
    writeFully(fileSystem, this.#fd, Buffer.concat(this.#parts));
    this.#parts = [];
    this.#bytes = 0;
  }
}

export interface WrittenPart {
  /** Records that were asked for, and all that are shown. */
  readonly chosen: number;
  readonly shown: number;
}

/**
 * @param folder does not exist yet
 * @throws RECORD_NOT_FOUND if nothing was chosen, JOURNAL_DAMAGED, JOURNAL_UNREADABLE
 */
export function writePart(chosen: ChosenHead, wanted: Wanted, folder: string): WrittenPart {
  const { layout, head } = chosen;
  const removed = removedPart(layout);
  const choice = new PartChoice(wanted);
  readTree(layout, head, {
    line: (seq, kind, buffer, start, end) => {
      choice.take(seq, kind, buffer.subarray(start, end));
    },
  });
  choice.end(head.size);
  if (choice.count === 0) {
    throw new EgressError('RECORD_NOT_FOUND', `none of the records up to #${head.size} is one of those`, {
      hint: 'egress log shows what there is, with the same selection.',
    });
  }
  if (removed !== undefined) choice.add(vacuumRecord(layout));
  const sizes = writeSignedFiles(chosen, removed?.boundary ?? 0, folder);
  const header = { origin: head.origin, size: head.size, removed: removed?.boundary ?? 0 };
  const records = new BufferedFile(path.join(folder, RECORDS_FILE));
  const hashes = new BufferedFile(path.join(folder, UNDISCLOSED_FILE));
  try {
    const writer = new PartWriter({ records, hashes, choice, splits: splitPoints(sizes, header) }, header.removed);
    hashes.add(Buffer.from(formatUndisclosedHeader(header)));
    writer.begin(removed?.frontier ?? []);
    readTree(layout, head, { visit: writer.visit, line: writer.line });
    return { chosen: choice.count, shown: writer.shown };
  } finally {
    records.close();
    hashes.close();
  }
}

/** Number of the record of the newest vacuum. */
function vacuumRecord(layout: JournalLayout): number {
  return currentState(fileSystem, layout).vacuum?.seq ?? 0;
}

interface PartSink {
  readonly records: BufferedFile;
  readonly hashes: BufferedFile;
  readonly choice: PartChoice;
  readonly splits: readonly number[];
}

const NEWLINE = Buffer.from('\n');

class PartWriter {
  readonly #sink: PartSink;
  #gap: CompactRange;
  #leaf: Hash = '';
  #nextSplit = 0;
  shown = 0;

  /** @param removed where the records begin */
  constructor(sink: PartSink, removed: number) {
    this.#sink = sink;
    this.#gap = new CompactRange(nodeHasher, removed);
    if (removed > 0) this.#nextSplit = 1;
  }

  begin(frontier: readonly Hash[]): void {
    this.#put(frontier);
  }

  /** A leaf is told of before its line. */
  readonly visit = (level: number, _index: number, hash: Hash): void => {
    if (level === 0) this.#leaf = hash;
  };

  readonly line = (seq: number, _kind: string, buffer: Buffer, start: number, end: number): void => {
    if (this.#sink.choice.has(seq)) {
      this.#put(this.#gap.nodes);
      this.#gap = new CompactRange(nodeHasher, seq);
      this.#sink.records.add(Uint8Array.from(buffer.subarray(start, end)));
      this.#sink.records.add(NEWLINE);
      this.shown += 1;
    } else this.#gap.append(this.#leaf);
    if (this.#sink.splits[this.#nextSplit] !== seq) return;
    this.#nextSplit += 1;
    this.#put(this.#gap.nodes);
    this.#gap = new CompactRange(nodeHasher, seq);
  };

  #put(nodes: readonly Hash[]): void {
    for (const node of nodes) this.#sink.hashes.add(Buffer.from(formatUndisclosedHash(node)));
  }
}

/**
 * Copies what was signed, as far as the head goes. Heads below a vacuum’s boundary are left out: nothing that is
 * left leads to them but the journal’s own proofs.
 * @returns sizes of the heads and epochs
 */
function writeSignedFiles({ layout, head, epochs, note }: ChosenHead, removed: number, folder: string): number[] {
  const target = new JournalLayout(folder);
  const sizes: number[] = [head.size];
  const copy = (from: string, to: string): Buffer => {
    const bytes = readSmallFile(fileSystem, from, SMALL_FILE_BYTES_MAX);
    if (bytes === undefined) throw new EgressError('JOURNAL_UNREADABLE', `${from} is gone`);
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, bytes, { flag: 'wx' });
    return bytes;
  };
  for (const number of listEpochs(fileSystem, layout).numbers.slice(0, epochs.length)) {
    sizes.push(parseEpoch(copy(layout.epoch(number), target.epoch(number))).size);
  }
  const kept = listHeads(fileSystem, layout).numbers.filter((size) => size >= removed && size <= head.size);
  for (const size of kept) copy(layout.head(size), target.head(size));
  if (!kept.includes(head.size)) writeFileSync(target.checkpoint, note, { flag: 'wx' });
  const known = new Set([...kept, head.size]);
  for (const { size, keyId } of listCosignatures(fileSystem, layout)) {
    if (known.has(size)) copy(layout.cosignature(size, keyId), target.cosignature(size, keyId));
  }
  return [...sizes, ...kept];
}
