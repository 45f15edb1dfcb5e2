/** The lines of a record's proof: each under the head, and each in its place beside the record. */
import { referencesOf } from '../../event/record-references.js';
import { RecordView } from '../../event/record-view.js';
import { LineGrammar } from '../../journal/lines/line-grammar.js';
import type { Head } from '../../journal/heads/checkpoint.js';
import { verifyInclusion } from '../../journal/tree/merkle-proof.js';
import type { ProvenLine, RecordProof } from '../../journal/evidence/record-proof.js';
import { nodeHasher } from '../../journal/tree/tree-hasher.js';
import type { FindingList } from '../finding.js';
import type { ProvenRecord } from './proof-verification.js';

interface SeenLine extends ProvenRecord {
  readonly view: RecordView;
}

export function checkRecords(
  { record, references }: RecordProof,
  head: Head,
  findings: FindingList,
): readonly ProvenRecord[] {
  const [own, ...others] = [record, ...references].map((line) => checkLine(line, head, findings));
  if (own === undefined || others.some((line) => line === undefined)) return [];
  const lines = others.filter((line) => line !== undefined);
  const fault = referenceFault(own, lines);
  if (fault !== undefined) findings.add('PROOF_MISMATCH', fault);
  return [own, ...lines].map(({ seq, kind, line }) => ({ seq, kind, line }));
}

function checkLine({ seq, line, hashes }: ProvenLine, head: Head, findings: FindingList): SeenLine | undefined {
  const grammar = new LineGrammar();
  if (!verifyInclusion(nodeHasher, seq - 1, head.size, nodeHasher.leaf(line), hashes, head.root)) {
    findings.add('PROOF_MISMATCH', `the line given for record #${seq} is not the one under the signed head`);
    return undefined;
  }
  const view = RecordView.decode(line);
  if (!grammar.check(line, 0, line.length) || grammar.seq !== seq || view === undefined) {
    findings.add('LINE_DAMAGED', `what is signed as record #${seq} is not a valid record`, { records: [seq, seq] });
    return undefined;
  }
  return { seq, kind: view.kind, line: Buffer.from(line).toString('utf8'), view };
}

/**
 * Numbers are per segment, so a line with the right number could be of another one. The first and the last line show
 * that all between them belong to one segment: its `segment.open`, and a `seal` of it or the next one's `segment.open`.
 */
function referenceFault(own: SeenLine, lines: readonly SeenLine[]): string | undefined {
  const [open, ...rest] = lines;
  const end = rest.pop();
  if (open === undefined) return undefined;
  const number = open.view.integer('segment', 'number');
  if (open.kind !== 'segment.open' || number === undefined || end === undefined) {
    return 'the lines given with the record do not begin with its segment';
  }
  const isSealed = end.kind === 'seal' && end.view.integer('seal', 'segment') === number;
  const isFollowed = end.kind === 'segment.open' && end.view.integer('segment', 'number') === number + 1;
  if (!(isSealed || isFollowed) || open.seq >= own.seq || end.seq <= own.seq) {
    return 'the lines given with the record are not shown to be of its segment';
  }
  const wanted = new Map(referencesOf(own.view));
  for (const { seq, kind, view } of rest) {
    const named = wanted.get(kind);
    wanted.delete(kind);
    const isIt = named !== undefined && view.integer(kind, 'number') === named && seq > open.seq && seq < own.seq;
    if (!isIt) return `line #${seq} is not one that record #${own.seq} refers to`;
  }
  return undefined;
}
