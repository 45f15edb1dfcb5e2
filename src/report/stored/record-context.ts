import { EgressError } from '../../core/error.js';
import { fileSystem } from '../../keys/file-system.js';
import { referencesOf } from '../../event/record-references.js';
import type { RecordView } from '../../event/record-view.js';
import { JournalLayout, listHeads } from '../../journal/folder/layout.js';
import { nodeHasher, NO_HASH } from '../../journal/tree/tree-hasher.js';
import { StoredLines, type StoredLine } from './stored-lines.js';

/** `unknown`: there is nothing to compare with. */
export type Comparison = 'same' | 'different' | 'unknown';

/** A record with all that it refers to, and how its line stands in the chain. */
export interface RecordContext {
  readonly stored: StoredLine;
  readonly view: RecordView;
  readonly run?: number;
  /** Digest of the policy that the run was recorded under. */
  readonly policy?: string;
  readonly process?: RecordView;
  readonly site?: RecordView;
  readonly headers?: RecordView;
  /** The record that ended a call which was open when its row was written. */
  readonly end?: RecordView;
  readonly chain: {
    /** Leaf hash of the line, recomputed. */
    readonly hash: string;
    /** What the line says of the one before, against that line's recomputed hash. */
    readonly previous: Comparison;
    /** What the line behind says of this one, against `hash`. */
    readonly next: Comparison;
  };
  /** Size of the smallest kept head that covers the record. */
  readonly head?: number;
}

interface Found {
  readonly stored: StoredLine;
  readonly view: RecordView;
  readonly before: StoredLine | undefined;
  readonly after: StoredLine | undefined;
}

/** @throws RECORD_NOT_FOUND, and whatever reading throws */
export function findRecord(directory: string, seq: number): RecordContext {
  const lines = new StoredLines(directory);
  const found = locate(lines, seq);
  const { stored, view, before, after } = found;
  const first = lines.first(stored.segment);
  const [run, policy] = [first?.integer('segment', 'run'), first?.text('segment', 'policy')];
  const heads = listHeads(fileSystem, new JournalLayout(directory)).numbers;
  const head = heads.find((size) => size >= seq);
  const end = view.flag('egress', 'open') ? endOf(lines, stored.segment, seq) : undefined;
  return {
    stored,
    view,
    ...(run === undefined ? {} : { run }),
    ...(policy === undefined ? {} : { policy }),
    ...definitions(lines, stored, view),
    ...(end === undefined ? {} : { end }),
    chain: chainOf(stored, view, before, after),
    ...(head === undefined ? {} : { head }),
  };
}

function chainOf(
  stored: StoredLine,
  view: RecordView,
  before: StoredLine | undefined,
  after: StoredLine | undefined,
): RecordContext['chain'] {
  const hash = nodeHasher.leaf(stored.bytes);
  const compare = (stated: string | undefined, computed: string): Comparison =>
    stated === computed ? 'same' : 'different';
  // Behind a vacuum the line before is gone; only the journal's very first line has none by right.
  const expected = before === undefined ? (view.seq === 1 ? NO_HASH : undefined) : nodeHasher.leaf(before.bytes);
  return {
    hash,
    previous: expected === undefined ? 'unknown' : compare(view.text('prev'), expected),
    next: after === undefined ? 'unknown' : compare(after.view?.text('prev'), hash),
  };
}

const SEQ_CHARS_MAX = '{"seq":9007199254740991,'.length;

/** Number of a line, without decoding the whole of one that begins as it should. */
function seqOf(stored: StoredLine): number | undefined {
  const lead = stored.bytes.subarray(0, SEQ_CHARS_MAX).toString('latin1');
  const digits = /^\{"seq":([1-9][0-9]{0,15}),/.exec(lead)?.[1];
  return digits === undefined ? stored.view?.seq : Number(digits);
}

/**
 * The newest segment that begins at or before `seq` holds it. Where a damaged line hides that, all are looked through.
 */
function locate(lines: StoredLines, seq: number): Found {
  const segments = lines.segments();
  const oldest = lines.first(segments[0] ?? 1)?.seq;
  const likely = segments.findLastIndex((segment) => (lines.first(segment)?.seq ?? Infinity) <= seq);
  const found = search(lines, segments, likely, seq);
  if (found !== undefined) return found;
  const removed = segments[0] !== 1 && oldest !== undefined && seq < oldest;
  const isThere = !removed && seq <= (lines.newestSeq() ?? 0);
  for (let at = 0; isThere && at < segments.length; at += 1) {
    const other = at === likely ? undefined : search(lines, segments, at, seq);
    if (other !== undefined) return other;
  }
  throw new EgressError('RECORD_NOT_FOUND', `there is no record #${seq}`, {
    hint: removed ? `The journal begins at #${oldest}.` : 'egress log -n 1 -o verbose shows the newest.',
  });
}

function search(lines: StoredLines, segments: readonly number[], at: number, seq: number): Found | undefined {
  const segment = segments[at];
  if (segment === undefined) return undefined;
  const following = segments[at + 1];
  const preceding = segments[at - 1];
  let before = preceding === undefined ? undefined : (lines.backward(preceding).next().value ?? undefined);
  const reading = lines.forward(segment);
  for (let step = reading.next(); step.done !== true; step = reading.next()) {
    const stored = step.value;
    if (seqOf(stored) === seq && stored.view !== undefined) {
      const next = reading.next();
      const behind = following === undefined ? undefined : lines.forward(following).next();
      const after = next.done !== true ? next.value : behind?.done === false ? behind.value : undefined;
      return { stored, view: stored.view, before, after };
    }
    before = stored;
  }
  return undefined;
}

/** `seq` and `prev` come first in a line, in this length at most; then its kind. */
const LEAD_BYTES = 128;
const CALL = Buffer.from('"kind":"net"');

/** Process, call site and header lists that the record refers to; numbers are declared before use, in its segment. */
function definitions(lines: StoredLines, target: StoredLine, view: RecordView): Partial<RecordContext> {
  const numbers = referencesOf(view);
  const found: { process?: RecordView; site?: RecordView; headers?: RecordView } = {};
  for (const line of lines.forward(target.segment)) {
    const { offset, bytes } = line;
    if (offset >= target.offset) break;
    // Calls are most of a segment, and decoding one costs more than telling that it declares nothing.
    if (bytes.subarray(0, LEAD_BYTES).includes(CALL)) continue;
    const candidate = line.view;
    const kind = candidate?.kind;
    if (candidate === undefined || (kind !== 'process' && kind !== 'site' && kind !== 'headers')) continue;
    const number = numbers.get(kind);
    if (number !== undefined && candidate.integer(kind, 'number') === number) found[kind] = candidate;
  }
  return found;
}

/** Lines that are looked through for the end of a call; a stream may go on for days. */
const END_LINES_MAX = 1_000_000;

function endOf(lines: StoredLines, segment: number, seq: number): RecordView | undefined {
  let left = END_LINES_MAX;
  for (const number of lines.segments().filter((candidate) => candidate >= segment)) {
    for (const { view } of lines.forward(number)) {
      if (view?.kind === 'net.end' && view.integer('ends') === seq) return view;
      left -= 1;
      if (left === 0) return undefined;
    }
  }
  return undefined;
}
