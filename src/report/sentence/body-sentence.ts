/** What is said of officers, and of bodies: whether they are captured, what was stored, and who read it. */
import type { RecordView } from '../../event/record-view.js';
import { momentText } from '../model/group-text.js';
import { bodyNoun } from '../text/body-text.js';
import { bytesText } from '../text/quantity-text.js';
import { authorText, keyNameText, numberAt, signerText, textAt } from './record-facts.js';

export const officerAdded = (view: RecordView): string =>
  `${keyNameText(view.text('statement', 'officer'))} is an officer from here on, named by ${signerText(view)}: ${why(view)}`;

export const officerRevoked = (view: RecordView): string =>
  `${keyNameText(view.text('statement', 'key'))} is no officer any more, revoked by ${signerText(view)}: ${why(view)}`;

export function captureEnabled(view: RecordView): string {
  const match = view.text('statement', 'match');
  const of = match === undefined ? '' : ` of ${textAt(view, 'statement', 'match')}`;
  return `bodies${of} are captured until ${untilText(view)}, ordered by ${signerText(view)}: ${why(view)}`;
}

export const captureDisabled = (view: RecordView): string =>
  `bodies are not captured any more, ordered by ${signerText(view)}: ${why(view)}`;

export const captureExpired = (view: RecordView): string =>
  `bodies are not captured any more: the time of order #${numberAt(view, 'forensics', 'enabled')} is over`;

export function bodyStored(view: RecordView): string {
  const size = bytesText(view.integer('body', 'bytes') ?? 0);
  const kept = view.flag('body', 'truncated') ? `the first ${size}` : size;
  const what = bodyNoun(view.text('body', 'part'), view.text('body', 'protocol'));
  return `${what} of #${numberAt(view, 'body', 'net')} stored, encrypted: ${kept}`;
}

export const readIntended = (view: RecordView): string =>
  `${signerText(view)} reads body #${numberAt(view, 'statement', 'body')}: ${why(view)}`;

export function readEnded(view: RecordView): string {
  const what = view.text('statement', 'outcome') === 'opened' ? 'the body was opened' : 'the body was not opened';
  return `reading #${numberAt(view, 'statement', 'intent')} by ${signerText(view)}: ${what}`;
}

export function grantAdded(view: RecordView): string {
  const reader = keyNameText(view.text('statement', 'reader'));
  const what = `body #${numberAt(view, 'statement', 'body')} until ${untilText(view)}`;
  return `${signerText(view)} lets ${reader} read ${what}: ${why(view)}`;
}

export const grantRevoked = (view: RecordView): string =>
  `grant #${numberAt(view, 'statement', 'grant')} revoked by ${signerText(view)}: ${why(view)}`;

export function fingerprintCompared(view: RecordView): string {
  const same = view.flag('fingerprint', 'matches') ? 'is' : 'is not';
  const body = `the request body of #${numberAt(view, 'fingerprint', 'net')}`;
  return `a file ${same} ${body}, compared by ${authorText(view)}: ${textAt(view, 'fingerprint', 'why')}`;
}

const why = (view: RecordView): string => textAt(view, 'statement', 'why');

const untilText = (view: RecordView): string => momentText(view.text('statement', 'until') ?? '');
