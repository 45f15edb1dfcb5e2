import type { ReportTable } from '../../report/model/report-tables.js';
import type { RecordQuery } from '../../report/model/record-query.js';
import { h, type Child, type Element } from '../element.js';

const ROWS_SHOWN = 200;

/** A table of the report; what can be looked into has a button for it, which needs the page's script. */
export function tableView({ title, columns, rows, none }: ReportTable): Element {
  if (rows.length === 0) return h('p', { class: 'none' }, none);
  const more = rows.length - ROWS_SHOWN;
  const hasQueries = rows.some(({ query }) => query !== undefined);
  return h(
    'div',
    { class: 'table', tabindex: '0', role: 'region', 'aria-label': `Table: ${title}` },
    h(
      'table',
      {},
      h('caption', {}, `${title} (${rows.length})`),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...columns.map((column) => h('th', { scope: 'col', class: column.align }, column.title)),
          hasQueries ? h('th', { scope: 'col', class: 'live' }, h('span', { class: 'unseen' }, 'Records')) : undefined,
        ),
      ),
      h(
        'tbody',
        {},
        ...rows
          .slice(0, ROWS_SHOWN)
          .map(({ cells, query }) =>
            h(
              'tr',
              {},
              ...cells.map((cell, index) => cellView(cell, index, columns[index]?.align ?? 'left')),
              query === undefined
                ? undefined
                : h('td', { class: 'live' }, queryButton(`${title}: ${cells[0] ?? ''}`, 'Records', query)),
            ),
          ),
      ),
    ),
    more > 0 ? h('p', { class: 'none' }, `and ${more} more: egress report --json lists all`) : undefined,
  );
}

/** The first cell names the row. */
function cellView(text: string, index: number, align: string): Element {
  return index === 0 ? h('th', { scope: 'row', class: align }, text) : h('td', { class: align }, text);
}

/** A button that lists the records behind a number. */
export function queryButton(title: string, text: Child, query: RecordQuery): Element {
  return h(
    'button',
    { type: 'button', 'data-query': JSON.stringify(query), 'data-title': title },
    text,
    h('span', { class: 'unseen' }, ` of ${title}`),
  );
}
