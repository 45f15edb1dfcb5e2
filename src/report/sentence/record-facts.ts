/** Pieces of sentences about a record that nobody has checked: whatever stands there, they are safe to print. */
import { printable } from '../../core/printable.js';
import type { RecordView } from '../../event/record-view.js';

const TEXT_MAX = 500;
const NAME_MAX = 64;

export function textAt(view: RecordView, ...path: readonly string[]): string {
  return printable(view.text(...path) ?? '?', { max: TEXT_MAX });
}

export function codeAt(view: RecordView, ...path: readonly string[]): string {
  return printable(view.text(...path) ?? '?', { max: 40 }).replaceAll('_', ' ');
}

export function numberAt(view: RecordView, ...path: readonly string[]): string {
  return String(view.integer(...path) ?? '?');
}

/** Whose account asked for it, as the system named it. */
export function authorText(view: RecordView): string {
  const name = view.text('by', 'name');
  const uid = view.integer('by', 'uid');
  if (name !== undefined) return printable(name, { max: NAME_MAX });
  return uid === undefined ? 'somebody' : `user ${uid}`;
}

/** Name in a verifier key, or in an officer's line, which begins with one. */
export function keyNameText(key: string | undefined): string {
  const [name = ''] = (key ?? '').split('+', 1);
  return name === '' ? '?' : printable(name, { max: NAME_MAX });
}

/** The officer who says to have signed it; whether that is so is for `verify` to say. */
export function signerText(view: RecordView): string {
  const name = /^— (\S+) \S+\n$/m.exec(view.text('note') ?? '')?.[1];
  return name === undefined ? '?' : printable(name, { max: NAME_MAX });
}
