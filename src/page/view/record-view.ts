import { truncate } from '../../core/display-width.js';
import { h, list, type Child, type Element } from '../element.js';
import type { RecordDetail } from '../record-detail.js';
import type { RecordRow } from '../record-search.js';
import { pair } from './check-view.js';

export const RECORD_COLUMNS = ['Record', 'Time (UTC)', 'What', 'Where', 'Package', 'Sent', 'Received'] as const;

const CLASS_MARKS: Partial<Record<RecordRow['class'], string>> = { unexpected: '! unexpected', alarm: '✗ alarm' };

/** A list shows the beginning of long texts; the record itself shows all. */
const CELL_WIDTH = 160;

export function recordRow(row: RecordRow): Element {
  const mark = CLASS_MARKS[row.class];
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, h('button', { type: 'button', 'data-seq': row.seq }, `#${row.seq}`)),
    h('td', { class: 'whole' }, row.time),
    h(
      'td',
      { class: 'whole' },
      row.what,
      mark === undefined ? undefined : h('span', { class: 'mark warning' }, ` ${mark}`),
    ),
    h('td', { class: 'target' }, truncate(row.target, CELL_WIDTH)),
    h('td', { class: 'target' }, truncate(row.package, CELL_WIDTH)),
    h('td', { class: 'right' }, row.sent),
    h('td', { class: 'right' }, row.received),
  );
}

export function recordDetailView({ seq, heading, sections, notShown, line }: RecordDetail): Child {
  return [
    h('h2', { id: 'record-title' }, `Record #${seq}`),
    h('p', { class: 'heading' }, heading),
    ...sections.map(({ title, rows }) => [
      h('h3', {}, title),
      h(
        'dl',
        {},
        ...rows.flatMap(([name, value, mood]) =>
          pair(name, mood === undefined ? value : h('span', { class: `mark ${mood}` }, value)),
        ),
      ),
    ]),
    h('h3', {}, 'The line as it is stored'),
    h('pre', { tabindex: '0' }, line),
    h('h3', {}, 'Not shown by this record'),
    list([...notShown], { class: 'dashes' }),
  ];
}
