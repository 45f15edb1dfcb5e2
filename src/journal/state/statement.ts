/**
 * Statements: records that somebody asks for, and not the program that is recorded. Each is checked against the journal
 * as it stands, then signed at once, so that who asked for it gets its number and a head over it.
 */
import { EgressError } from '../../core/error.js';
import type { Author } from '../../event/author.js';
import type { FingerprintRecord, GrantAddRecord, OfficerRecord } from '../../event/officer-record.js';
import type { HoldRecord, ReleaseRecord, RolesRecord, VacuumReceipt, VacuumRecord } from '../../event/record.js';
import type { Roles } from '../../event/roles.js';
import { isOfficerKind, requireFields, type OfficerKind } from '../../officers/officer-statement.js';
import type { Head } from '../heads/checkpoint.js';
import { decodeReceipt } from './journal-state.js';
import { decodeRoles } from './roles.js';

export type Statement =
  | { readonly kind: 'hold'; readonly first: number; readonly last: number; readonly why: string }
  | { readonly kind: 'release'; readonly hold: number; readonly why: string }
  | { readonly kind: 'vacuum'; readonly receipt: VacuumReceipt }
  | { readonly kind: 'roles'; readonly roles: Roles }
  | { readonly kind: 'fingerprint'; readonly net: number; readonly matches: boolean; readonly why: string }
  | OfficerStatement;

/** What an officer has signed, as anybody may hand it in. */
export interface OfficerStatement {
  readonly kind: OfficerKind;
  /** Its fields. */
  readonly statement: object;
  readonly note: string;
  /** Of `grant.add`: where the custodian has put the reader's copy. */
  readonly stored?: GrantAddRecord['stored'];
}

/** Where a statement stands, and the head over it. */
export interface Declared {
  readonly seq: number;
  readonly head: Head;
}

type StatementRecord = HoldRecord | ReleaseRecord | VacuumRecord | RolesRecord | FingerprintRecord | OfficerRecord;

const WHY_CHARS_MAX = 500;

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

function decodeWhy(why: unknown): string {
  if (typeof why !== 'string' || !why.isWellFormed()) throw invalid('it gives no reason');
  if (why.trim() === '') throw invalid('the reason is empty');
  if (why.length > WHY_CHARS_MAX) throw invalid(`the reason is longer than ${WHY_CHARS_MAX} characters`);
  return why;
}

function invalid(why: string): EgressError {
  return new EgressError('STATEMENT_INVALID', `not a statement: ${why}`, {
    hint: 'A reason is given with --why TEXT.',
  });
}

/** @param value from the command line or the control socket: anything @throws STATEMENT_INVALID */
export function decodeStatement(value: unknown): Statement {
  if (typeof value !== 'object' || value === null) throw invalid('it is no object');
  const { kind, first, last, hold, why, receipt, roles } = value as Record<string, unknown>;
  if (kind === 'hold') {
    if (!isSeq(first) || !isSeq(last) || first > last) throw invalid('its records are no range');
    return { kind, first, last, why: decodeWhy(why) };
  }
  if (kind === 'release') {
    if (!isSeq(hold)) throw invalid('it names no hold');
    return { kind, hold, why: decodeWhy(why) };
  }
  if (kind === 'vacuum') {
    const decoded = decodeReceipt(receipt);
    if (decoded === undefined) throw invalid('its receipt is malformed');
    return { kind, receipt: decoded };
  }
  if (kind === 'roles') {
    const decoded = decodeRoles(roles);
    if (decoded === undefined) throw invalid('its roles are malformed');
    return { kind, roles: decoded };
  }
  if (kind === 'fingerprint') {
    const { net, matches } = value as Record<string, unknown>;
    if (!isSeq(net) || typeof matches !== 'boolean') throw invalid('it names no call');
    return { kind, net, matches, why: decodeWhy(why) };
  }
  if (isOfficerKind(kind)) return decodeOfficerStatement(kind, value);
  throw invalid('its kind is unknown');
}

function decodeOfficerStatement(kind: OfficerKind, value: object): OfficerStatement {
  const { statement, note, stored } = value as Record<string, unknown>;
  if (typeof note !== 'string') throw invalid('it has no signed note');
  const fields = requireFields(kind, statement);
  if (kind !== 'grant.add' || stored === undefined) return { kind, statement: fields, note };
  const { segment, outer, stored_bytes } = Object(stored) as Record<string, unknown>;
  if (!isSeq(segment) || !isSeq(stored_bytes) || typeof outer !== 'string' || !/^[0-9a-f]{64}$/.test(outer)) {
    throw invalid('it does not say where the copy is');
  }
  return { kind, statement: fields, note, stored: { segment, outer, stored_bytes } };
}

/** Why the head over it is signed. */
export function sealReason({ kind }: Statement): 'hold' | 'release' | 'vacuum' | 'roles' | 'statement' {
  return kind === 'hold' || kind === 'release' || kind === 'vacuum' || kind === 'roles' ? kind : 'statement';
}

export function statementRecord(statement: Statement, time: string, by: Author): StatementRecord {
  switch (statement.kind) {
    case 'hold': {
      const { kind, first, last, why } = statement;
      return { kind, time, hold: { first, last, why }, by };
    }
    case 'release':
      return { kind: 'release', time, release: { hold: statement.hold, why: statement.why }, by };
    case 'vacuum':
      return { kind: 'vacuum', time, vacuum: statement.receipt, by };
    case 'roles':
      return { kind: 'roles', time, roles: statement.roles, by };
    case 'fingerprint': {
      const { kind, net, matches, why } = statement;
      return { kind, time, fingerprint: { net, matches, why }, by };
    }
    default: {
      const { kind, statement: fields, note, stored } = statement;
      // The fields were found to be those of the kind.
      return { kind, time, statement: fields, note, by, ...(stored === undefined ? {} : { stored }) } as OfficerRecord;
    }
  }
}
