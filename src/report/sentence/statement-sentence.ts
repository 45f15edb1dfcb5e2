/** What somebody asked for, beside what the program did: holds, releases, vacuums, roles, and the sessions that wrote them. */
import { printable } from '../../core/printable.js';
import type { RecordView } from '../../event/record-view.js';
import { bytesText } from '../text/quantity-text.js';
import { authorText, codeAt, numberAt, textAt } from './record-facts.js';

export function holdSentence(view: RecordView): string {
  const range = `#${numberAt(view, 'hold', 'first')} to #${numberAt(view, 'hold', 'last')}`;
  return `${range} held by ${authorText(view)}: ${textAt(view, 'hold', 'why')}`;
}

export const releaseSentence = (view: RecordView): string =>
  `hold #${numberAt(view, 'release', 'hold')} released by ${authorText(view)}: ${textAt(view, 'release', 'why')}`;

export function vacuumSentence(view: RecordView): string {
  const range = `#${numberAt(view, 'vacuum', 'first')} to #${numberAt(view, 'vacuum', 'boundary')}`;
  const window = `${codeAt(view, 'vacuum', 'rule')} ${textAt(view, 'vacuum', 'window')}`;
  return `${range} removed by ${authorText(view)} (${window}), ${bytesText(view.integer('vacuum', 'bytes') ?? 0)}`;
}

export function rolesSentence(view: RecordView): string {
  const officers = view.text('roles', 'officers', 'name');
  const readers = `group ${textAt(view, 'roles', 'audit', 'name')} may read`;
  const bodies = officers === undefined ? '' : `, ${printable(officers, { max: 64 })} the bodies`;
  return `roles set by ${authorText(view)}: ${readers}${bodies}`;
}

export const sessionSentence = (view: RecordView): string =>
  `session ${numberAt(view, 'session', 'run')}: egress ${textAt(view, 'session', 'command')}, by ${authorText(view)}`;
