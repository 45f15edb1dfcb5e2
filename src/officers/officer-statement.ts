/** The fields of each kind of statement, read from what anybody may have written. */
import { EgressError } from '../core/error.js';
import type { OfficerRecord } from '../event/officer-record.js';
import { parseVerifierKey } from '../keys/verifier-key.js';
import { parseOfficerLine } from './officer-card.js';
import { isTime } from './officer-note.js';

export type OfficerKind = OfficerRecord['kind'];
/** The fields of a kind. */
export type StatementOf<Kind extends OfficerKind> = {
  readonly [K in OfficerKind]: Extract<OfficerRecord, { readonly kind: K }>['statement'];
}[Kind];

const WHY_CHARS_MAX = 500;
const MATCH_CHARS_MAX = 255;

type Fields = Readonly<Record<string, unknown>>;
type Test = (value: unknown) => boolean;

const isSeq: Test = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isHash: Test = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isWhy: Test = (value) =>
  typeof value === 'string' && value.isWellFormed() && value.trim() !== '' && value.length <= WHY_CHARS_MAX;
const isMatch: Test = (value) =>
  typeof value === 'string' && value.isWellFormed() && value !== '' && value.length <= MATCH_CHARS_MAX;
const isOutcome: Test = (value) => value === 'opened' || value === 'failed';
const isLine: Test = (value) => typeof value === 'string' && parses(() => parseOfficerLine(value));
const isKey: Test = (value) => typeof value === 'string' && parses(() => parseVerifierKey(value));

function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

/** In the order in which they stand, so that a statement has one text. */
const FORMS: Readonly<Record<OfficerKind, readonly (readonly [name: string, test: Test, isOptional?: 'optional'])[]>> =
  {
    'officer.add': [
      ['officer', isLine],
      ['why', isWhy],
    ],
    'officer.revoke': [
      ['key', isKey],
      ['why', isWhy],
    ],
    'forensics.enable': [
      ['why', isWhy],
      ['until', isTime],
      ['match', isMatch, 'optional'],
    ],
    'forensics.disable': [['why', isWhy]],
    'body.read.intent': [
      ['body', isSeq],
      ['inner', isHash],
      ['why', isWhy],
    ],
    'body.read.outcome': [
      ['intent', isSeq],
      ['outcome', isOutcome],
    ],
    'grant.add': [
      ['body', isSeq],
      ['read', isSeq],
      ['inner', isHash],
      ['reader', isLine],
      ['until', isTime],
      ['why', isWhy],
    ],
    'grant.revoke': [
      ['grant', isSeq],
      ['why', isWhy],
    ],
  };

/** Kinds that an officer (or a reader, for a read) signs. */
export const isOfficerKind = (kind: unknown): kind is OfficerKind =>
  typeof kind === 'string' && Object.hasOwn(FORMS, kind);

/** @returns undefined if the value has not exactly the fields of its kind, in their order */
export function decodeFields<Kind extends OfficerKind>(kind: Kind, value: unknown): StatementOf<Kind> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Fields;
  const form = FORMS[kind].filter(([name, , isOptional]) => isOptional === undefined || Object.hasOwn(fields, name));
  const names = Object.keys(fields);
  const isGood =
    names.length === form.length && form.every(([name, test], at) => names[at] === name && test(fields[name]));
  return isGood ? (value as StatementOf<Kind>) : undefined;
}

/** The same for what a command was given. @throws STATEMENT_INVALID */
export function requireFields<Kind extends OfficerKind>(kind: Kind, value: unknown): StatementOf<Kind> {
  const fields = decodeFields(kind, value);
  if (fields !== undefined) return fields;
  throw new EgressError('STATEMENT_INVALID', `not a statement: the fields of ${kind} are missing or malformed`, {
    hint: `A reason (--why) is needed and has at most ${WHY_CHARS_MAX} characters.`,
  });
}
