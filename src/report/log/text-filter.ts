import type { RecordView } from '../../event/record-view.js';
import { targetText } from '../text/endpoint-text.js';

/** Every word has to occur in what is shown of a record; a word after `!` must not. */
export function textFilter(filter: string): (view: RecordView) => boolean {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '' && word !== '!');
  if (words.length === 0) return () => true;
  return (view) => {
    const method = view.text('http', 'request', 'method') ?? '';
    const status = view.integer('http', 'response', 'status_code') ?? '';
    const facts = [view.kind, view.text('egress', 'channel'), view.text('package', 'name'), view.text('error', 'type')];
    const text = `#${view.seq ?? ''} ${facts.join(' ')} ${method} ${status} ${targetText(view)}`.toLowerCase();
    return words.every((word) => (word.startsWith('!') ? !text.includes(word.slice(1)) : text.includes(word)));
  };
}
