/**
 * What exactly is wrong with a segment, once the scan has stumbled. All lines are put in a table and matched to the
 * numbers that have to be there.
 *
 * A damaged line hides nothing else: the next line states the hash that it had, and that hash takes its place in the
 * tree, so that the signed root still proves all others.
 */
import { decodeRecord } from '../../journal/lines/line.js';
import { LineGrammar } from '../../journal/lines/line-grammar.js';
import { readLines, type LineHandler } from '../../journal/lines/line-source.js';
import { leafInPlace, type Hash } from '../../journal/tree/tree-hasher.js';
import { fileSystem, readFile } from '../../keys/file-system.js';
import { CONTROL, CONTROL_MAX, SELF, type ControlRecord } from './segment-scan.js';

/** Lines of one segment that are diagnosed; what comes after them counts as damaged. About 200 bytes each. */
const TABLE_LINES_MAX = 1_000_000;

/** A line as it stands in the file. */
interface TableLine {
  readonly offset: number;
  /** 0 for a line that has none. */
  readonly seq: number;
  readonly prev: Hash;
  readonly leaf: Hash;
  readonly kind: string;
  /** Why it is no line, and where in the file. */
  readonly fault?: string;
  readonly faultAt?: number;
}

/** What stands for one number. */
export interface PlacedLine {
  readonly seq: number;
  /** Index in the file, from 0; -1 for a line that is missing. */
  readonly index: number;
  readonly offset: number;
  /** Its hash as computed; empty if it is missing. */
  readonly actual: Hash;
  /** Its hash as the next line states it; empty if no line does. */
  readonly stated: Hash;
  /** The hash that takes its place in the tree; empty if nobody knows it. */
  readonly leaf: Hash;
  readonly kind: string;
  readonly status: 'good' | 'damaged' | 'missing';
  readonly fault?: string;
}

export interface Diagnosis {
  readonly control: readonly ControlRecord[];
  readonly self: number;
  readonly lines: readonly PlacedLine[];
  /** Lines that belong nowhere: inserted, doubled, or out of order. */
  readonly extra: readonly {
    readonly index: number;
    readonly offset: number;
    readonly seq: number;
    readonly leaf: Hash;
  }[];
}

export interface DiagnosisTask {
  readonly file: string;
  /** Up to which byte. */
  readonly to: number;
  /** Number of the first line. */
  readonly first: number;
  /** Number of the last line, where the next segment's first line or a head says so. */
  readonly last: number | undefined;
  /** Hash of the last line as the next segment's first line states it. */
  readonly stated: Hash;
  /** Where a line and the one after it are both damaged: believe what the second says about the first. */
  readonly preferStated: boolean;
}

class LineTable implements LineHandler {
  readonly lines: TableLine[] = [];
  readonly control: ControlRecord[] = [];
  self = 0;
  readonly #grammar = new LineGrammar();

  line(buffer: Buffer, start: number, end: number, offset: number): boolean {
    const grammar = this.#grammar;
    if (!grammar.check(buffer, start, end)) {
      const faultAt = offset + grammar.at - start;
      this.lines.push({
        offset,
        seq: 0,
        prev: '',
        kind: '',
        leaf: leafInPlace(buffer, start, end),
        fault: grammar.fault,
        faultAt,
      });
    } else {
      const prev = grammar.prevIn(buffer);
      const kind = grammar.kindIn(buffer);
      this.lines.push({ offset, seq: grammar.seq, prev, kind, leaf: leafInPlace(buffer, start, end) });
      this.#read(buffer.subarray(start, end), grammar.seq, kind);
    }
    return this.lines.length < TABLE_LINES_MAX;
  }

  #read(line: Buffer, seq: number, kind: string): void {
    if (kind === 'net' && line.includes(SELF)) this.self += 1;
    const isWanted = (CONTROL.has(kind) && this.control.length < CONTROL_MAX) || kind === 'seal';
    if (isWanted) this.control.push({ seq, kind, record: decodeRecord(line) });
  }

  oversized(offset: number, bytes: number): boolean {
    this.lines.push({
      offset,
      seq: 0,
      prev: '',
      kind: '',
      leaf: '',
      fault: `a line of ${bytes} bytes`,
      faultAt: offset,
    });
    return this.lines.length < TABLE_LINES_MAX;
  }
}

function readTable(file: string, to: number): LineTable {
  const table = new LineTable();
  const { offset, bytes } = readFile(fileSystem, file, (fd) => readLines(fileSystem, fd, 0, to, table));
  if (bytes > 0) {
    const fault = 'no newline at its end';
    table.lines.push({ offset, seq: 0, prev: '', kind: '', leaf: '', fault, faultAt: offset + bytes });
  }
  return table;
}

/** Which line of the file stands for which number; an index of -1 for a number that no line stands for. */
interface Alignment {
  readonly placed: readonly (readonly [seq: number, index: number])[];
  readonly extra: readonly number[];
}

/** Missing numbers in one gap that are listed one by one. A line may claim any number, so this must not follow it. */
const GAP_MAX = 100_000;

function align(lines: readonly TableLine[], first: number, last: number | undefined): Alignment {
  const placed: [seq: number, index: number][] = [];
  const extra: number[] = [];
  let expected = first;
  const seqAt = (index: number): number => lines[index]?.seq ?? 0;
  const isPlausible = (seq: number): boolean =>
    seq > expected && seq - expected <= GAP_MAX && (last === undefined || seq <= last);
  for (let index = 0; index < lines.length; index += 1) {
    const seq = seqAt(index);
    const next = seqAt(index + 1);
    if (seq !== expected) {
      const isIntruder = next === expected || (seq > 0 && seq < expected && next !== expected + 1);
      if (isIntruder) {
        extra.push(index);
        continue;
      }
      // Not edited in place, but followed by its own successor, or the last: numbers before it are missing.
      if (next !== expected + 1 && isPlausible(seq) && (next === seq + 1 || index === lines.length - 1)) {
        for (; expected < seq; expected += 1) placed.push([expected, -1]);
      } else if (last !== undefined && expected > last) {
        extra.push(index);
        continue;
      }
    }
    placed.push([expected, index]);
    expected += 1;
  }
  if (last !== undefined && last - expected < GAP_MAX)
    for (; expected <= last; expected += 1) placed.push([expected, -1]);
  return { placed, extra };
}

/** @throws JOURNAL_UNREADABLE */
export function diagnoseSegment(task: DiagnosisTask): Diagnosis {
  const { lines, control, self } = readTable(task.file, task.to);
  const { placed, extra } = align(lines, task.first, task.last);
  const statedFor = (at: number): Hash => {
    if (at + 1 >= placed.length) return task.stated;
    return lines[placed[at + 1]?.[1] ?? -1]?.prev ?? '';
  };
  /** Whether a line is what the line after it says, or nothing says otherwise. */
  const isAsStated = (at: number): boolean => {
    const line = lines[placed[at]?.[1] ?? -1];
    if (line === undefined || line.fault !== undefined || line.seq !== placed[at]?.[0]) return false;
    return statedFor(at) === '' || line.leaf === statedFor(at);
  };
  const result = placed.map(([seq, index], at): PlacedLine => {
    const line = lines[index];
    const stated = statedFor(at);
    const isWitnessGood = at + 1 >= placed.length || isAsStated(at + 1) || task.preferStated;
    const isValid = line !== undefined && line.fault === undefined && line.seq === seq;
    const isGood = isValid && (stated === '' || line.leaf === stated || !isWitnessGood);
    const status = isGood ? 'good' : line === undefined ? 'missing' : 'damaged';
    return {
      seq,
      index,
      offset: line?.offset ?? -1,
      actual: line?.leaf ?? '',
      stated,
      kind: line?.kind ?? '',
      leaf: isGood ? line.leaf : stated,
      status,
      ...(line?.fault === undefined ? {} : { fault: `${line.fault} (byte ${line.faultAt ?? 0})` }),
    };
  });
  return {
    control,
    self,
    lines: result,
    extra: extra.map((index) => {
      const line = lines[index];
      return { index, offset: line?.offset ?? 0, seq: line?.seq ?? 0, leaf: line?.leaf ?? '' };
    }),
  };
}
