/** What the journal notes for itself: declarations that rows refer to, and how segments, keys and heads follow. */
import { printable } from '../../core/printable.js';
import type { RecordView } from '../../event/record-view.js';
import { countText } from '../text/quantity-text.js';
import { codeAt, keyNameText, numberAt, textAt } from './record-facts.js';

export const journalBegan = (view: RecordView): string =>
  `journal ${keyNameText(view.text('journal', 'key'))} begins${view.has('continues') ? ', continuing another one' : ''}`;

export const segmentBegan = (view: RecordView): string =>
  `segment ${numberAt(view, 'segment', 'number')} begins, in run ${numberAt(view, 'segment', 'run')}`;

export function stateStands(view: RecordView): string {
  const capture = view.text('state', 'capture') === 'on' ? 'captured' : 'not captured';
  const officers = countText(view.texts('state', 'officers').length, 'officer');
  const holds = countText(view.views('state', 'holds').length, 'open hold');
  const grants = countText(view.views('state', 'grants').length, 'open grant');
  return `as it stands here: bodies ${capture}, ${officers}, ${grants}, ${holds}`;
}

export const policyNamed = (view: RecordView): string =>
  `judged by ${textAt(view, 'policy', 'name')} (policies/${textAt(view, 'policy', 'digest').slice(0, 12)}…)`;

export function processDeclared(view: RecordView): string {
  const thread = view.integer('process', 'thread') ?? 0;
  const which = thread === 0 ? '' : `, thread ${thread}`;
  const what = `${textAt(view, 'process', 'executable')}, pid ${numberAt(view, 'process', 'pid')}${which}`;
  return `process ${numberAt(view, 'process', 'number')}: ${what}`;
}

export function siteDeclared(view: RecordView): string {
  const [file = '?', line = '?'] = view.tuples('site', 'frames').at(-1) ?? [];
  const version = view.text('package', 'version');
  const name = view.text('package', 'name');
  const who = name === undefined ? 'no package' : `${name}${version === undefined ? '' : ` ${version}`}`;
  const where = `${printable(String(file), { max: 500 })}:${printable(String(line), { max: 16 })}`;
  return `call site ${numberAt(view, 'site', 'number')}: ${printable(who, { max: 300 })}, ${where}`;
}

export function headersDeclared(view: RecordView): string {
  const [request, response] = ['request', 'response'].map((part) => view.tuples('headers', part).length);
  const counts = `${request ?? 0} of the request, ${response ?? 0} of the response`;
  return `header names ${numberAt(view, 'headers', 'number')}: ${counts}`;
}

export const sealed = (view: RecordView): string =>
  `a signed head covers all up to here (${codeAt(view, 'seal', 'reason')})`;

export const epochFollows = (view: RecordView): string =>
  `the run goes on with new keys, epoch ${numberAt(view, 'epoch', 'number')}`;

export const sessionOver = (view: RecordView): string => `session ${numberAt(view, 'session', 'run')} is over`;
