/**
 * The state that a segment begins with: what later readers need although the records that brought it about may be gone.
 * It follows from the state of the segment before and the records in that segment, and from nothing else.
 */
import type { OfficerState } from '../../event/officer-state.js';
import type { OpenHold, StateRecord, VacuumReceipt } from '../../event/record.js';
import { decodeContinuation, decodeRoles } from './roles.js';
import { initialOfficerState, isOfficerState, nextOfficerState } from '../../officers/officer-state.js';
import { isOfficerKind } from '../../officers/officer-statement.js';
import type { OfficerAnchor } from '../folder/journal-file.js';

export type JournalState = StateRecord['state'];

/** Of a journal's first segment. */
export function initialState({ officer, recovery }: OfficerAnchor): JournalState {
  return { ...initialOfficerState(officer, recovery), holds: [] };
}

/** Kinds that change the state. */
export const STATE_KINDS: ReadonlySet<string> = new Set([
  ...['journal.open', 'hold', 'release', 'vacuum', 'roles'],
  ...['officer.add', 'officer.revoke', 'forensics.enable', 'forensics.disable'],
  ...['body.read.intent', 'body.read.outcome', 'grant.add', 'grant.revoke'],
]);

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
const isTally = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isText = (value: unknown): value is string => typeof value === 'string';

/** A receipt as it stands in a record, or undefined if it is none. */
export function decodeReceipt(value: unknown): VacuumReceipt | undefined {
  if (!isObject(value)) return undefined;
  const { number, first, boundary, segment, hash, frontier, bytes, rule, window } = value;
  if (!isCount(number) || !isCount(first) || !isCount(boundary) || !isCount(segment)) return undefined;
  if (!isHash(hash) || !Array.isArray(frontier) || frontier.length > 64 || !frontier.every(isHash)) return undefined;
  if (!isCount(bytes) || !isText(window) || (rule !== 'older_than' && rule !== 'max_size')) return undefined;
  const receipt = { number, first, boundary, segment, hash, frontier, bytes, rule, window } as const;
  if (value['bodies'] === undefined) return receipt;
  const { keys, files, bytes: bodyBytes } = Object(value['bodies']) as Members;
  if (!isTally(keys) || !isTally(files) || !isTally(bodyBytes)) return undefined;
  return { ...receipt, bodies: { keys, files, bytes: bodyBytes } };
}

function decodeHold(value: unknown): OpenHold | undefined {
  if (!isObject(value)) return undefined;
  const { seq, first, last } = value;
  return isCount(seq) && isCount(first) && isCount(last) ? { seq, first, last } : undefined;
}

/**
 * The state of a `state` record, or undefined if it is malformed. Members that this version does not know are kept as
 * they are: a later one put them there.
 */
export function decodeState(value: unknown): JournalState | undefined {
  if (!isObject(value) || !isOfficerState(value)) return undefined;
  const { holds, vacuum, roles, continues, ...later } = value;
  const open = Array.isArray(holds) ? holds.map(decodeHold).filter((hold) => hold !== undefined) : [];
  if (!Array.isArray(holds) || open.length !== holds.length) return undefined;
  const state: JournalState = {
    ...{ ...(later as unknown as OfficerState), holds: open },
    ...optional('roles', roles, decodeRoles),
    ...optional('continues', continues, decodeContinuation),
  };
  if ((roles !== undefined && !state.roles) || (continues !== undefined && !state.continues)) return undefined;
  if (vacuum === undefined) return state;
  const receipt = decodeReceipt(vacuum);
  const seq = isObject(vacuum) ? vacuum['seq'] : undefined;
  return receipt === undefined || !isCount(seq) ? undefined : { ...state, vacuum: { seq, ...receipt } };
}

/** Two states are the same if this text is. */
export function stateText(state: JournalState): string {
  return JSON.stringify(Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The state after a record. A record that changes nothing, or is malformed, leaves it as it is. */
export function nextState(state: JournalState, seq: number, record: Members): JournalState {
  const { kind } = record;
  if (isOfficerKind(kind)) return nextOfficerState(state, seq, record);
  if (kind === 'hold' && isObject(record['hold'])) {
    const hold = decodeHold({ ...record['hold'], seq });
    return hold === undefined ? state : { ...state, holds: [...state.holds, hold] };
  }
  if (kind === 'release' && isObject(record['release'])) {
    const { hold } = record['release'];
    return { ...state, holds: state.holds.filter(({ seq: held }) => held !== hold) };
  }
  if (kind === 'vacuum') {
    const receipt = decodeReceipt(record['vacuum']);
    return receipt === undefined ? state : { ...state, vacuum: { seq, ...receipt } };
  }
  if (kind === 'roles') return { ...state, ...optional('roles', record['roles'], decodeRoles) };
  if (kind === 'journal.open') return { ...state, ...optional('continues', record['continues'], decodeContinuation) };
  return state;
}

/** The member, where there is one and it is well-formed. */
function optional<N extends string, T>(
  name: N,
  value: unknown,
  decode: (value: unknown) => T | undefined,
): { [K in N]?: T } {
  const decoded = decode(value);
  return (decoded === undefined ? {} : { [name]: decoded }) as { [K in N]?: T };
}
