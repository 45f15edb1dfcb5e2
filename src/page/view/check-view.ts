/** What the check of the record found: one answer first, then what was checked, what limits it, and what it cannot show. */
import type { Finding } from '../../audit/finding.js';
import { signedRecords } from '../../audit/verification.js';
import { printable } from '../../core/printable.js';
import { segmentName } from '../../journal/folder/layout.js';
import { momentText } from '../../report/model/group-text.js';
import { countText } from '../../report/text/quantity-text.js';
import { h, list, type Child, type Element } from '../element.js';
import type { Inspection } from '../inspection.js';

/** How an answer looks; the words say it as well. */
export type Mood = 'good' | 'warning' | 'bad' | 'open';

export interface CheckAnswer {
  readonly mood: Mood;
  readonly glyph: string;
  readonly words: string;
  readonly sentence: string;
}

const FINDINGS_SHOWN = 20;

/** The same verdicts as `egress verify`; and one for a record that was compared with nothing from outside the page. */
export function checkAnswer({ verification, isKeyCompared }: Inspection): CheckAnswer {
  const { verdict, findings, obstacle, records, segments, from = '', to = '' } = verification;
  if (verdict === 'NOT_VERIFIED') {
    return answer('bad', '✗', 'NOT VERIFIED', `${printable(findings[0]?.message ?? 'a check failed')}.`);
  }
  if (verdict === 'NOT_CHECKED') {
    return answer(
      'open',
      '?',
      'NOT CHECKED',
      `${printable(obstacle?.message ?? '')}. ${printable(obstacle?.hint ?? '')}`,
    );
  }
  const what = `${countText(records, 'record')} in ${countText(segments, 'segment')}, ${momentText(from)} to ${momentText(to)}`;
  if (!isKeyCompared) {
    const sentence = `${what}, agree with the key and the heads that came with them. Nothing was compared with the outside yet.`;
    return answer('warning', '!', 'CONSISTENT, KEY NOT COMPARED', sentence);
  }
  if (verdict === 'VERIFIED_WITH_LIMIT') return answer('warning', '!', 'VERIFIED, WITH A LIMIT', `${what}.`);
  if (verdict === 'VERIFIED_WITNESSED') {
    const names = verification.witnessed.map(({ name }) => printable(name, { max: 64 })).join(' and ');
    return answer('good', '✓', 'VERIFIED, WITNESSED', `${what}, as ${names} saw them.`);
  }
  return answer('good', '✓', 'VERIFIED', `${what}, up to the head that you gave.`);
}

function answer(mood: Mood, glyph: string, words: string, sentence: string): CheckAnswer {
  return { mood, glyph, words, sentence };
}

/** The line that says it, for the head of the page and for a screen reader. */
export function answerView({ mood, glyph, words, sentence }: CheckAnswer): Element {
  return h(
    'p',
    { class: `answer ${mood}` },
    h('span', { class: 'glyph', 'aria-hidden': 'true' }, glyph),
    ' ',
    h('strong', {}, words),
    ' ',
    h('span', { class: 'sentence' }, sentence),
  );
}

/** @param at when it was checked, by the clock of whoever reads it: RFC 3339, UTC */
export function checkView(inspection: Inspection, at: string): Child {
  const { verification } = inspection;
  const { checked, limits, head, findings, findingsOmitted } = verification;
  const more = findings.length - FINDINGS_SHOWN + findingsOmitted;
  return [
    findings.length === 0 ? undefined : h('h3', {}, 'What is wrong'),
    list(findings.slice(0, FINDINGS_SHOWN).map(findingView), { class: 'findings' }),
    more > 0 ? h('p', {}, `and ${countText(more, 'more finding')}: egress verify --json lists them`) : undefined,
    checked.length === 0 ? undefined : h('h3', {}, 'Checked'),
    list(
      checked.map(({ ok, text, detail }) => [
        mark(ok ? 'good' : 'bad', ok ? '✓' : '✗', ok ? 'holds: ' : 'fails: '),
        printable(text),
        detail === undefined ? undefined : h('span', { class: 'detail' }, ` ${printable(detail)}`),
      ]),
      { class: 'marks' },
    ),
    limits.length === 0 ? undefined : h('h3', {}, 'Limits'),
    list(
      limits.map(({ message }) => [mark('warning', '!', 'limit: '), printable(message)]),
      { class: 'marks' },
    ),
    head === undefined
      ? undefined
      : h(
          'dl',
          {},
          ...pair('Begins with key', h('code', {}, printable(verification.journal.key ?? '?', { max: 400 }))),
          ...pair('Newest signed head', h('code', {}, `${head.size}:${head.root}`)),
          ...pair('Signed by', h('code', {}, printable(head.key))),
          ...pair('Under it', `${signedRecords(verification)} of ${countText(verification.records, 'record')}`),
          ...pair('Checked', `${momentText(at)}, by the clock of this computer`),
        ),
  ];
}

/** A glyph with words for whoever does not see it. */
function mark(mood: Mood, glyph: string, words: string): Child {
  return [h('span', { class: `mark ${mood}`, 'aria-hidden': 'true' }, glyph), h('span', { class: 'unseen' }, words)];
}

export function pair(name: string, value: Child): readonly Element[] {
  return [h('dt', {}, name), h('dd', {}, value)];
}

function findingView(finding: Finding): Child {
  const { message, place, file, expected, found } = finding;
  const where =
    place === undefined
      ? file
      : [
          `segments/${segmentName(place.segment)}`,
          ...(place.line === undefined ? [] : [`line ${place.line}`]),
          ...(place.byte === undefined ? [] : [`byte ${place.byte}`]),
        ].join(', ');
  return [
    mark('bad', '✗', 'finding: '),
    printable(message),
    h(
      'dl',
      {},
      ...(where === undefined ? [] : pair('Where', printable(where))),
      ...(expected === undefined ? [] : pair('Should be', h('code', {}, printable(expected, { max: 200 })))),
      ...(found === undefined ? [] : pair('Is', h('code', {}, printable(found, { max: 200 })))),
    ),
  ];
}
