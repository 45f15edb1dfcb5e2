/** Search in the records, and one record in full. */
import type { RecordQuery } from '../../report/model/record-query.js';
import type { Reply, Request } from '../message.js';
import { recordDetailView, recordRow } from '../view/record-view.js';
import { byId, inputById, nodesOf, show } from './render.js';

export class RecordPanel {
  readonly #ask: (request: Request) => void;
  readonly #dialog = byId('record') as HTMLDialogElement;
  #query: RecordQuery = {};
  #shown = 0;

  constructor(ask: (request: Request) => void) {
    this.#ask = ask;
    byId('search').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#search();
    });
    byId('search-all').addEventListener('click', () => {
      this.select({}, '');
    });
    byId('more').addEventListener('click', () => {
      this.#ask({ kind: 'more' });
    });
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === event.currentTarget) this.#dialog.close();
    });
    document.addEventListener('click', (event) => {
      const button = event.target instanceof Element ? event.target.closest('button') : null;
      if (button?.dataset['seq'] !== undefined) this.#ask({ kind: 'record', seq: Number(button.dataset['seq']) });
      if (button?.dataset['query'] === undefined) return;
      this.select(JSON.parse(button.dataset['query']) as RecordQuery, button.dataset['title'] ?? '');
      byId('records-title').scrollIntoView();
      byId('words').focus({ preventScroll: true });
    });
  }

  /** Lists the records that a number of the report counts. */
  select(query: RecordQuery, title: string): void {
    this.#query = query;
    inputById('words').value = '';
    byId('search-of').textContent = title === '' ? 'All records' : `Records of ${title}`;
    byId('search-all').hidden = title === '';
    this.#search();
  }

  #search(): void {
    byId('search-status').textContent = 'Searching …';
    this.#ask({ kind: 'search', query: this.#query, words: inputById('words').value });
  }

  rows({ rows, isFirst, isLast }: Extract<Reply, { kind: 'rows' }>): void {
    const nodes = rows.flatMap((row) => nodesOf(recordRow(row)));
    this.#shown = isFirst ? rows.length : this.#shown + rows.length;
    if (isFirst) byId('rows').replaceChildren(...nodes);
    else byId('rows').append(...nodes);
    byId('more').hidden = isLast;
    const count = `${this.#shown} record${this.#shown === 1 ? '' : 's'}`;
    byId('search-status').textContent = isLast ? `${count}, that is all.` : `The first ${count}.`;
  }

  detail({ detail }: Extract<Reply, { kind: 'record' }>): void {
    show('record-body', recordDetailView(detail));
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.scrollTop = 0;
  }

  failed(message: string): void {
    byId('search-status').textContent = message;
  }
}
