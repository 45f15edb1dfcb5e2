/** The verdict on a proof file for a reader, and the records that it discloses. */
import type { ProofVerification, ProvenRecord } from '../../audit/parts/proof-verification.js';
import { printable } from '../../core/printable.js';
import { RecordView } from '../../event/record-view.js';
import type { Palette } from '../text/palette.js';
import { answerText, field, notCheckedText, verdictText } from './verify-text.js';
import { flatten } from '../log/verbose-text.js';
import { timeText } from '../text/time-text.js';

/** Members of a record that are shown; a hostile one may have many. */
const ROWS_MAX = 100;

function headline({ proof, records, old, head }: ProofVerification): string {
  const size = head?.size ?? 0;
  if (proof.kind === 'record') return `record #${records[0]?.seq ?? 0} is in the journal of ${size} records`;
  if (old === undefined || old.size === 0) return `a signed head of ${size} records`;
  return `the head of ${old.size} records is the beginning of that of ${size}`;
}

/** The first and the last of the further lines only show that the others are of the record's segment. */
function isBound({ records }: ProofVerification, at: number): boolean {
  return at === 1 || (at > 1 && at === records.length - 1);
}

/** A record with all that it says, a field a line. */
export function recordText({ seq, kind, line }: ProvenRecord): string[] {
  const view = RecordView.decode(Buffer.from(line));
  const rows = view === undefined ? [] : flatten('', view.body(), 0).slice(0, ROWS_MAX);
  const time = timeText(view?.text('time'), false);
  return [
    '',
    `  #${seq} ${printable(kind, { max: 32 })}   ${time}`,
    ...rows.map(([name, value]) => `    ${name}=${value}`),
  ];
}

/** Without a final newline. */
export function proofText(result: ProofVerification, colour: Palette): string {
  if (result.verdict === 'NOT_CHECKED') return notCheckedText(result, colour).join('\n');
  const answer = answerText(result, colour);
  const lines: string[] = [];
  const [first, ...others] = result.findings;
  if (first === undefined) lines.push(verdictText(result.verdict, headline(result), colour));
  else {
    lines.push(colour.red(`✗ NOT VERIFIED   ${printable(first.message)}`));
    lines.push(...others.slice(0, 10).map(({ message }) => `  ${colour.red('✗')} ${printable(message)}`));
    lines.push('', field('Cause', 'a changed file, another journal’s proof, or the wrong key'));
    lines.push(field('Next', 'do not rely on it; ask for the proof again'));
  }
  for (const record of result.records.filter((_, at) => !isBound(result, at))) lines.push(...recordText(record));
  lines.push(...answer.checked, ...answer.limits);
  if (result.head !== undefined) lines.push('', field('Head', `${result.head.size}:${result.head.root}`));
  return [...lines, ...answer.notShown].join('\n');
}
