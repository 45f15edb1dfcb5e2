import type { ChalkInstance } from 'chalk';
import { displayWidth, padEnd } from '../../core/display-width.js';
import { printable } from '../../core/printable.js';
import { segmentName } from '../../journal/folder/layout.js';
import { targetText } from '../text/endpoint-text.js';
import { fold } from '../text/fold.js';
import type { Comparison, RecordContext } from '../stored/record-context.js';
import { explanationRows, type Explanation } from '../policy/policy-explanation.js';
import { callSections, processSection, row, text, type Row, type Section } from './show-sections.js';
import { sentenceOf } from '../sentence/record-sentence.js';
import { timeText } from '../text/time-text.js';
import { flatten } from '../log/verbose-text.js';

const VERDICTS: Readonly<Record<Comparison, string>> = { same: '✓', different: '✗', unknown: '–' };

function chainSection({ stored, view, chain, head }: RecordContext): Section {
  const mark = (comparison: Comparison, words: Readonly<Record<Comparison, string>>): Row => {
    const said = `${VERDICTS[comparison]} ${words[comparison]}`;
    return comparison === 'unknown' ? ['', said] : ['', said, comparison === 'same' ? 'good' : 'bad'];
  };
  const previous = mark(chain.previous, {
    same: 'is the hash of the line before',
    different: 'is not the hash of the line before',
    unknown: 'the line before is not in this journal',
  });
  const next = mark(chain.next, {
    same: 'the line behind names it',
    different: 'the line behind names another hash',
    unknown: 'no line behind it yet',
  });
  return {
    title: 'Chain',
    rows: [
      ...row(
        'line',
        `segments/${segmentName(stored.segment)} line ${stored.line ?? '?'} byte ${stored.offset}, ${stored.bytes.length} bytes`,
      ),
      ...row('previous', printable(view.text('prev') ?? '?', { max: 64 })),
      previous,
      ...row('hash', chain.hash),
      next,
      ...row('under', head === undefined ? 'no kept head yet' : `head #${head}, whose signature egress verify checks`),
    ],
  };
}

/** What the reader must not take this record for. */
export function notShown({ view }: RecordContext): readonly string[] {
  const reported = view.text('egress', 'observer') !== 'kernel';
  return [
    'that the journal is complete and signed: egress verify',
    ...(view.kind === 'net' ? ['what was sent: no record holds a body'] : []),
    ...(view.kind === 'net' && reported
      ? ['that host, path and package are true: the hooks in the program reported them']
      : []),
    'that the time is right: it comes from the machine that ran the program',
  ];
}

export function recordHeading({ view }: RecordContext): string {
  if (view.kind !== 'net') return sentenceOf(view).text;
  const method = text(view.text('http', 'request', 'method'), 16) ?? text(view.text('egress', 'channel'), 16) ?? '?';
  const status = view.integer('http', 'response', 'status_code');
  return `${method} ${targetText(view)}${status === undefined ? '' : `  ${status}`}`;
}

/** The rule that decided about a call, or the one to add. */
function policySection(explanation: Explanation | undefined): Section {
  if (explanation === undefined) return { title: 'Policy', rows: [] };
  const isFine = explanation.class === 'expected';
  const verdict: Row = [
    'call',
    isFine ? '✓ expected' : `${explanation.class === 'alarm' ? '✗' : '!'} ${explanation.class}`,
    isFine ? 'good' : 'bad',
  ];
  const rows = explanationRows(explanation).map(([name, said]): Row => [name.toLowerCase(), said]);
  return { title: 'Policy', rows: [verdict, ...rows] };
}

/** All that there is to say, the chain last; one without rows has nothing to say. */
export function recordSections(context: RecordContext, explanation?: Explanation): readonly Section[] {
  const chain = chainSection(context);
  if (context.view.kind === 'net') return [...callSections(context), policySection(explanation), chain];
  const { view } = context;
  const lead: readonly Row[] = [
    ['kind', printable(view.kind, { max: 32 })],
    ['time', timeText(view.text('time'), false)],
  ];
  return [{ title: 'What', rows: [...lead, ...flatten('', view.body(), 0)] }, processSection(context), chain];
}

/** How a record is shown, and what is known of it beside the journal. */
export interface ShowStyle {
  readonly colour: ChalkInstance;
  /** Longer lines are folded; undefined for a reader that has no width. */
  readonly columns?: number | undefined;
  /** What a policy says of the call. */
  readonly explanation?: Explanation | undefined;
}

/** The whole of one record, for a person: without a final newline. */
export function showText(context: RecordContext, { colour, columns, explanation }: ShowStyle): string {
  const parts = recordSections(context, explanation).filter(({ rows }) => rows.length > 0);
  const width = Math.max(...parts.flatMap(({ rows }) => rows.map(([name]) => Math.min(24, displayWidth(name)))));
  const foldTo = (text: string, indent: number): readonly string[] =>
    columns === undefined ? [text] : fold(text, Math.max(16, columns - indent));
  const seq = `#${context.view.seq ?? '?'}`;
  const [first = '', ...more] = foldTo(recordHeading(context), seq.length + 1);
  const lines = [`${colour.dim(seq)} ${colour.bold(first)}`, ...more.map((line) => colour.bold(`  ${line}`))];
  const moods = { good: colour.green, bad: colour.red, none: (text: string) => text };
  for (const { title, rows } of parts) {
    lines.push('', `  ${colour.bold(title)}`);
    for (const [name, value, mood = 'none'] of rows) {
      for (const [index, line] of foldTo(value, width + 6).entries()) {
        lines.push(`    ${colour.dim(padEnd(index === 0 ? name : '', width))}  ${moods[mood](line)}`);
      }
    }
  }
  lines.push('', `  ${colour.bold('Not shown by this record')}`);
  for (const limit of notShown(context)) {
    lines.push(...foldTo(limit, 6).map((line, index) => `    ${index === 0 ? '–' : ' '} ${line}`));
  }
  return lines.join('\n');
}
