/** What somebody asked for, beside what the program did: holds, releases, vacuums, and the sessions that wrote them. */
import { printable } from '../core/printable.js';
import type { RecordView } from '../event/record-view.js';
import { bytesText } from './quantity-text.js';

const text = (view: RecordView, ...path: readonly string[]): string =>
  printable(view.text(...path) ?? '?', { max: 500 });
const number = (view: RecordView, ...path: readonly string[]): string => String(view.integer(...path) ?? '?');

function authorText(view: RecordView): string {
  const name = view.text('by', 'name');
  const uid = view.integer('by', 'uid');
  if (name !== undefined) return printable(name, { max: 64 });
  return uid === undefined ? 'somebody' : `user ${uid}`;
}

/** A `hold`, `release`, `vacuum`, `roles` or `session.open` in one line. */
export function statementSentence(view: RecordView): string {
  const who = authorText(view);
  switch (view.kind) {
    case 'hold':
      return `#${number(view, 'hold', 'first')} to #${number(view, 'hold', 'last')} held by ${who}: ${text(view, 'hold', 'why')}`;
    case 'release':
      return `hold #${number(view, 'release', 'hold')} released by ${who}: ${text(view, 'release', 'why')}`;
    case 'vacuum': {
      const range = `#${number(view, 'vacuum', 'first')} to #${number(view, 'vacuum', 'boundary')}`;
      const window = `${text(view, 'vacuum', 'rule').replaceAll('_', ' ')} ${text(view, 'vacuum', 'window')}`;
      return `${range} removed by ${who} (${window}), ${bytesText(view.integer('vacuum', 'bytes') ?? 0)}`;
    }
    case 'roles': {
      const officers = view.text('roles', 'officers', 'name');
      const readers = `group ${text(view, 'roles', 'audit', 'name')} may read`;
      const bodies = officers === undefined ? '' : `, ${printable(officers, { max: 64 })} the bodies`;
      return `roles set by ${who}: ${readers}${bodies}`;
    }
    default:
      return `session ${number(view, 'session', 'run')}: egress ${text(view, 'session', 'command')}, by ${who}`;
  }
}
