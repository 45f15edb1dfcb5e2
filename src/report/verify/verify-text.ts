/** A verification for a reader: one answer first, then where, then what to do; always with what it does not show. */
import type { Finding, SeqRange } from '../../audit/finding.js';
import type { Verdict, Verification } from '../../audit/verification.js';
import { displayWidth } from '../../core/display-width.js';
import { printable } from '../../core/printable.js';
import { segmentName } from '../../journal/folder/layout.js';
import type { Palette } from '../text/palette.js';
import { bytesText, countText } from '../text/quantity-text.js';
import { timeText } from '../text/time-text.js';
import { wrapped } from '../../core/wrapped-text.js';

/** Findings that are told in full; the others in a line each, and then counted. */
const FINDINGS_SHOWN = 3;
const FINDING_LINES_MAX = 12;
const LABEL_WIDTH = 12;

/** A label and its text, as the blocks under a finding have them. */
export function field(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

function rangeText([first, last]: SeqRange): string {
  return first === last ? `#${first}` : `#${first}–#${last}`;
}

/** At most ten ranges; the rest is counted. */
export function rangesText(ranges: readonly SeqRange[]): string {
  const shown = ranges.slice(0, 10).map(rangeText).join(', ');
  return ranges.length > 10 ? `${shown} and ${ranges.length - 10} more ranges` : shown;
}

/** A hash as two groups that can be compared by eye. Anything else is shown as it is. */
function hashText(hash: string): string {
  return /^[0-9a-f]{64}$/.test(hash) ? `${hash.slice(0, 8)} ${hash.slice(8, 16)} …` : printable(hash, { max: 120 });
}

function placeText({ place, file }: Finding): string | undefined {
  if (place === undefined) return file;
  const line = place.line === undefined ? '' : `  line ${place.line}`;
  const byte = place.byte === undefined ? '' : `  byte ${place.byte}`;
  return `segments/${segmentName(place.segment)}${line}${byte}`;
}

function findingLines(finding: Finding): string[] {
  const { expected, found, records } = finding;
  const place = placeText(finding);
  return [
    ...(place === undefined ? [] : [field('Where', place)]),
    ...(expected === undefined ? [] : [field('Should be', `${hashText(expected)}${saidBy(finding)}`)]),
    ...(found === undefined ? [] : [field('Is', hashText(found))]),
    ...(records === undefined || finding.code !== 'LINE_DAMAGED'
      ? []
      : [field('Damaged', `${rangeText(records)}        do not use this line`)]),
  ];
}

function saidBy({ code, records }: Finding): string {
  return code === 'LINE_DAMAGED' && records !== undefined ? `   (what record #${records[1] + 1} says)` : '';
}

/** Why one good head is enough for the lines around a damaged one. */
function goodLines({ ranges, head, findings }: Verification): string[] {
  const lines: string[] = [];
  if (ranges.missing.length > 0) lines.push(field('Missing', rangesText(ranges.missing)));
  if (ranges.good.length > 0 && head !== undefined) {
    lines.push(field('Good', `${rangesText(ranges.good)}   still proven by the signed head #${head.size}`));
    const damaged = findings.find(({ code }) => code === 'LINE_DAMAGED')?.records?.[0];
    if (damaged !== undefined && damaged < head.size) {
      lines.push(field('', `#${damaged + 1} states the hash that #${damaged} had`));
    }
  }
  if (ranges.unproven.length > 0) lines.push(field('Unproven', rangesText(ranges.unproven)));
  return lines;
}

const CAUSES: Partial<Record<Finding['code'], string>> = {
  TAIL_CUT: 'an end that was cut off, or an older copy put back. A chain alone can’t show that its end is gone.',
  GENESIS_MISMATCH: 'another journal in its place, or the wrong key.',
  HEAD_WRONG_KEY: 'a head signed later than it claims.',
};
const USUAL_CAUSE = 'an edit, a tool that rewrote the file, or a bad disk. This check can’t tell which.';

function notVerifiedText(result: Verification, colour: Palette): string[] {
  const [first, ...others] = result.findings;
  if (first === undefined) return [];
  const lines = [colour.red(`✗ NOT VERIFIED   ${printable(first.message)}`), '', ...findingLines(first)];
  lines.push(...goodLines(result), field('Cause', CAUSES[first.code] ?? USUAL_CAUSE));
  lines.push(field('Next', 'keep this copy unchanged, then verify another copy'));
  if (others.length === 0) return lines;
  lines.push('', '  Also');
  for (const finding of others.slice(0, FINDING_LINES_MAX)) {
    lines.push(`  ${colour.red('✗')} ${printable(finding.message)}`);
    if (others.indexOf(finding) < FINDINGS_SHOWN) lines.push(...findingLines(finding).map((line) => `  ${line}`));
  }
  const more = others.length - FINDING_LINES_MAX + result.findingsOmitted;
  if (more > 0) lines.push(`    and ${more} more (--json lists up to 200)`);
  return lines;
}

function headline(result: Verification): string {
  const { records, segments, from, to } = result;
  const times = from === undefined || to === undefined ? '' : `, ${shortTime(from)} to ${shortTime(to)}`;
  return `${countText(records, 'record')} in ${countText(segments, 'segment')}${times}`;
}

/** To the second. */
function shortTime(time: string): string {
  return timeText(time, false).replace(/\.[0-9]+Z$/, 'Z');
}

/** What was checked, what limits the answer, what it cannot show: the same for journals and proofs. */
export function answerText(
  { checked, limits, notShown }: Pick<Verification, 'checked' | 'limits' | 'notShown'>,
  colour: Palette,
): { readonly checked: string[]; readonly limits: string[]; readonly notShown: string[] } {
  const list = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : ['', `  ${title}`, ...lines]);
  const bullet = (glyph: string, text: string): string[] => wrapped(`  ${glyph} `, 4, printable(text));
  return {
    checked: list('Checked', checkedText(checked, colour)),
    limits: list(
      'Limits',
      limits.flatMap(({ message }) => bullet(colour.yellow('!'), message)),
    ),
    notShown: list(
      'Not shown by this check',
      notShown.flatMap((text) => bullet('–', text)),
    ),
  };
}

function checkedText(checked: Verification['checked'], colour: Palette): string[] {
  const width = Math.max(...checked.map(({ text }) => displayWidth(text)));
  return checked.map(({ ok, text, detail }) => {
    const glyph = ok ? colour.green('✓') : colour.red('✗');
    const padding = ' '.repeat(Math.max(0, width - displayWidth(text)));
    return `  ${glyph} ${text}${detail === undefined ? '' : `${padding}   ${detail}`}`;
  });
}

export function notCheckedText({ obstacle }: Pick<Verification, 'obstacle'>, colour: Palette): string[] {
  return [
    colour.yellow(`? NOT CHECKED   ${printable(obstacle?.message ?? '')}`),
    '',
    field('Next', printable(obstacle?.hint ?? '')),
  ];
}

/** Without a final newline. */
export function verifyText(result: Verification, colour: Palette): string {
  if (result.verdict === 'NOT_CHECKED') return notCheckedText(result, colour).join('\n');
  const answer = answerText(result, colour);
  const lines: string[] = [];
  if (result.verdict === 'NOT_VERIFIED') lines.push(...notVerifiedText(result, colour));
  else lines.push(verdictText(result.verdict, headline(result), colour));
  lines.push(...answer.checked, ...answer.limits);
  if (result.head !== undefined) {
    const { size, root } = result.head;
    lines.push('', field('Head', `${size}:${root}`), field('', `${bytesText(result.bytes)} read`));
  }
  const { fingerprint: key } = result.journal;
  if (key !== undefined) lines.push(field('Key', `${key}   fingerprint`));
  for (const { role, name, fingerprint } of result.officers ?? []) {
    const label = role === 'officer' ? 'Officer' : 'Recovery';
    lines.push(field(label, `${fingerprint}   ${printable(name, { max: 64 })}`));
  }
  if (result.continues !== undefined) {
    const { origin, size, root, why } = result.continues;
    lines.push('', field('Continues', printable(origin)), field('', `its last head ${size}:${root}`));
    lines.push(field('', `because: ${printable(why, { max: 500 })}`));
  }
  return [...lines, ...answer.notShown].join('\n');
}

/** The first line of an answer that is not a no. */
export function verdictText(verdict: Verdict, words: string, colour: Palette): string {
  if (verdict === 'VERIFIED') return colour.green(`✓ VERIFIED   ${words}`);
  if (verdict === 'VERIFIED_WITNESSED') return colour.green(`✓ VERIFIED, WITNESSED   ${words}`);
  return colour.yellow(`! VERIFIED, WITH A LIMIT   ${words}`);
}
