/** The verdict on a part of a journal: what is shown, that the rest is there, and what that does not tell. */
import type { SeqRange } from '../../audit/finding.js';
import type { PartVerification } from '../../audit/parts/part-verification.js';
import type { ProvenRecord } from '../../audit/parts/proof-verification.js';
import { printable } from '../../core/printable.js';
import { RecordView } from '../../event/record-view.js';
import { LogText } from '../log/log-text.js';
import type { Palette } from '../text/palette.js';
import { recordText } from './proof-text.js';
import { countText } from '../text/quantity-text.js';
import { answerText, field, notCheckedText, rangesText, verdictText } from './verify-text.js';
import { wrapped } from '../../core/wrapped-text.js';

/** The others are in the file. */
const RECORDS_SHOWN = 40;
const RECORDS_IN_FULL = 12;

/** Kinds that are read as they are; lines that others refer to are counted only. */
export function isTelling({ kind }: ProvenRecord): boolean {
  return !['segment.open', 'state', 'process', 'site', 'headers', 'seal', 'epoch.next'].includes(kind);
}

/** `3 of 412 records are shown; the other 409 are under the same head`. */
export function partHeadline({ shown, total, withheld }: PartVerification): string {
  if (withheld.count === 0) return `all ${countText(total, 'record')} are shown`;
  const others = withheld.count === 1 ? 'the other one is' : `the other ${withheld.count} are`;
  const some = shown.count === 1 ? 'is' : 'are';
  return `${shown.count} of ${countText(total, 'record')} ${some} shown; ${others} under the same head`;
}

/** Without a final newline. @param columns of the terminal; undefined for a reader that has no width */
export function partText(result: PartVerification, colour: Palette, columns?: number): string {
  if (result.verdict === 'NOT_CHECKED') return notCheckedText(result, colour).join('\n');
  const answer = answerText(result, colour);
  const lines: string[] = [];
  const [first, ...others] = result.findings;
  if (first === undefined) lines.push(verdictText(result.verdict, partHeadline(result), colour));
  else {
    lines.push(colour.red(`✗ NOT VERIFIED   ${printable(first.message)}`));
    if (first.file !== undefined) lines.push('', field('Where', printable(first.file, { max: 120 })));
    lines.push(...others.slice(0, 10).map(({ message }) => `  ${colour.red('✗')} ${printable(message)}`));
    lines.push('', field('Cause', 'a changed file, another journal’s records, or the wrong key'));
    lines.push(field('Next', 'do not rely on any of it; keep it unchanged and ask for the bundle again'));
  }
  if (first === undefined) lines.push(...shownLines(result, colour, columns), ...withheldLines(result));
  lines.push(...answer.checked, ...answer.limits);
  if (result.head !== undefined) lines.push('', field('Head', `${result.head.size}:${result.head.root}`));
  return [...lines, ...answer.notShown].join('\n');
}

/** Few records are shown with all that they say, more of them a line each. */
function shownLines({ shown }: PartVerification, colour: Palette, columns: number | undefined): string[] {
  if (shown.count <= RECORDS_IN_FULL) return ['', '  Shown', ...shown.records.flatMap(recordText)];
  const text = new LogText({ colour, columns, local: false });
  const telling = shown.records.filter(isTelling);
  const rows = telling.slice(0, RECORDS_SHOWN).flatMap((record) => {
    const view = RecordView.decode(Buffer.from(record.line));
    if (view === undefined) return [];
    return (text.render(view) ?? text.renderAlone(view)).split('\n');
  });
  const left = shown.count - Math.min(telling.length, RECORDS_SHOWN);
  const kinds = Object.entries(shown.kinds).map(([kind, count]) => `${count} ${printable(kind, { max: 32 })}`);
  return [
    '',
    '  Shown',
    ...rows.map((row) => `  ${row}`),
    ...(left > 0 ? wrapped('  ', 2, `and ${countText(left, 'line')} more; in all ${kinds.join(', ')}`) : []),
  ];
}

function withheldLines({ withheld, removed }: PartVerification): string[] {
  if (withheld.count === 0 && removed === undefined) return [];
  return [
    '',
    '  Not shown',
    ...(withheld.count === 0
      ? []
      : wrapped('  ', 2, `${countText(withheld.count, 'record')}: ${rangesText(withheld.ranges)}`)),
    ...(removed === undefined ? [] : [`  ${removalText(removed)}`]),
  ];
}

const removalText = ([first, last]: SeqRange): string => `#${first} to #${last} were removed by a vacuum before`;
