/** The report as sections of a page: what needs a decision first, then the traffic, then what was not seen. */
import { printable } from '../../core/printable.js';
import { bodyTables } from '../../report/model/body-tables.js';
import { bucketText, destinationText, packageText } from '../../report/model/group-text.js';
import { CHIP_GLYPHS, otherReasons, subjectText } from '../../report/model/headline-text.js';
import type { ReportModel } from '../../report/model/report-model.js';
import * as tables from '../../report/model/report-tables.js';
import { cardValue } from '../../report/model/card.js';
import type { Level } from '../../verdict/reason.js';
import { clearText, LEVEL_GLYPHS, levelText, reasonText } from '../../verdict/verdict-text.js';
import { h, list, section, type Child } from '../element.js';
import { barChart, columnChart, type Bar } from './chart-view.js';
import { answerView, type CheckAnswer, type Mood } from './check-view.js';
import { queryButton, tableView } from './table-view.js';

const MOODS: Readonly<Record<Level, Mood>> = {
  ALARM: 'bad',
  NOT_CHECKED: 'open',
  ATTENTION: 'warning',
  ALL_CLEAR: 'good',
};
const CHIP_MOODS = { ok: 'good', none: 'open', warning: 'warning', failed: 'bad' } as const;
const CHIP_WORDS = { ok: 'checked', none: 'not checked', warning: 'with a limit', failed: 'failed' } as const;

/** What the recorded traffic asks of the reader. */
function reportAnswer(model: ReportModel): CheckAnswer {
  const { verdict, policy, runCount } = model;
  const [first] = verdict.reasons;
  const clear = clearText(cardValue(model, 'Outbound') ?? 0, policy);
  const sentence = first === undefined ? clear : reasonText(first, runCount <= 1);
  const { level } = verdict;
  return { mood: MOODS[level], glyph: LEVEL_GLYPHS[level], words: levelText(verdict), sentence };
}

export function answerSection(report: ReportModel): Child {
  return [
    h('p', { class: 'subject' }, printable(subjectText(report), { max: 400 })),
    answerView(reportAnswer(report)),
    list(otherReasons(report), { class: 'reasons' }),
    h(
      'ul',
      { class: 'chips', 'aria-label': 'Properties of this record' },
      ...report.chips.map(({ name, state, meaning }) =>
        h(
          'li',
          { class: CHIP_MOODS[state] },
          h('span', { class: 'chip' }, h('span', { 'aria-hidden': 'true' }, `${CHIP_GLYPHS[state]} `), name),
          h('span', { class: 'unseen' }, ` (${CHIP_WORDS[state]}): `),
          h('span', { class: 'meaning' }, printable(meaning)),
        ),
      ),
    ),
    h(
      'dl',
      { class: 'cards' },
      ...report.cards.map(({ name, value, query }) =>
        h(
          'div',
          {},
          h('dt', {}, name),
          h(
            'dd',
            {},
            h('span', {}, String(value)),
            query === undefined || value === 0
              ? undefined
              : h('span', { class: 'live' }, queryButton(name, 'show', query)),
          ),
        ),
      ),
    ),
  ];
}

export function reportSections(report: ReportModel): Child {
  return [
    section(
      'destinations',
      'Destinations',
      report.policy === undefined
        ? h('p', { class: 'none' }, 'There is no policy to say what is expected, so nothing here is called unexpected.')
        : [
            h(
              'p',
              { class: 'none' },
              `Judged by ${printable(report.policy, { max: 200 })}: the policy that a run was recorded under, ` +
                'or else the one that whoever made this page chose.',
            ),
            tableView(tables.unexpectedTable(report)),
          ],
      tableView(tables.destinationTable(report)),
      some(tables.vendorTable(report)),
    ),
    section('traffic', 'Traffic', ...traffic(report)),
    section(
      'coverage',
      'What was not seen',
      h('p', {}, coverageSentence(report)),
      tableView(tables.gapTable(report)),
      some(tables.observerTable(report)),
      some(tables.runTable(report)),
    ),
    bodiesSection(report),
    section(
      'limits',
      'What this page does not show',
      list(
        report.notShown.map((text) => printable(text)),
        { class: 'dashes' },
      ),
    ),
  ];
}

/** Only where there is something to say: what is not captured needs no section. */
function bodiesSection(report: ReportModel): Child {
  const tables = bodyTables(report);
  return tables.length === 0 ? undefined : section('bodies', 'Bodies', ...tables.map(tableView));
}

const some = (table: Parameters<typeof tableView>[0]): Child =>
  table.rows.length === 0 ? undefined : tableView(table);

function coverageSentence({ chips }: ReportModel): string {
  const chip = chips.find(({ name }) => name.startsWith('Coverage'));
  return chip === undefined ? '' : `${chip.name}: ${chip.meaning}.`;
}

function traffic(report: ReportModel): readonly Child[] {
  const flagged = new Map<string, number>();
  for (const group of report.unexpected) {
    const name = destinationText(group);
    flagged.set(name, (flagged.get(name) ?? 0) + group.calls);
  }
  const destinations = report.destinations.map((group): Bar => {
    const name = destinationText(group);
    return { name, value: group.calls, flagged: flagged.get(name) ?? 0 };
  });
  const by = report.days.length > 7 ? 'days' : 'hours';
  const times = report[by].map((group) => ({ name: bucketText(group), value: group.calls }));
  const packages = report.packages.map((group) => ({ name: packageText(group), value: group.calls }));
  return [
    figure(
      'Calls by package',
      barChart({ title: 'Calls by package', bars: packages }),
      tableView(tables.packageTable(report, '')),
    ),
    figure(
      'Calls by destination',
      [
        barChart({ title: 'Calls by destination', bars: destinations }),
        flagged.size === 0 ? undefined : h('p', { class: 'none' }, 'In the other colour: not expected by the policy.'),
      ],
      tableView(tables.trafficTable(report)),
    ),
    figure(
      `Calls by ${by === 'hours' ? 'hour' : 'day'}`,
      columnChart({ title: 'Calls over time', bars: times }),
      tableView(tables.timeTable(report, by, '')),
    ),
    some(tables.thirdPartyTable(report)),
    some(tables.inboundTable(report)),
    some(tables.channelTable(report)),
  ];
}

function figure(title: string, chart: Child, table: Child): Child {
  return h('figure', {}, h('figcaption', {}, title), chart, table);
}
