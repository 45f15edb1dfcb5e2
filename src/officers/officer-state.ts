/**
 * What the records about officers leave behind for later ones: who is an officer, whether bodies are captured, which
 * grants are open, which statements were taken. It follows from the records' fields alone; whether a statement had the
 * right to be there is another question (`officer-rules.ts`).
 */
import type { OfficerState } from '../event/officer-state.js';
import { signaturesBy } from '../keys/note.js';
import { parseVerifierKey } from '../keys/verifier-key.js';
import { parseOfficerLine } from './officer-card.js';
import { isTime, parseOfficerNote, type OfficerNote } from './officer-note.js';
import { decodeFields, isOfficerKind, type OfficerKind, type StatementOf } from './officer-statement.js';

type Members = Readonly<Record<string, unknown>>;

/** The state is one line: these keep it short enough. */
export const OFFICERS_MAX = 16;
export const REVOKED_MAX = 64;
export const GRANTS_MAX = 48;
export const NONCES_MAX = 96;
const REPLACED_MAX = 32;
const READS_MAX = 32;

export function initialOfficerState(officer: string | undefined, recovery: string | undefined): OfficerState {
  return {
    capture: 'off',
    officers: officer === undefined ? [] : [officer],
    grants: [],
    ...(recovery === undefined ? {} : { recovery }),
  };
}

/** The note of a record or of what is to become one, or undefined if it is none. */
export function noteOf(record: Members): OfficerNote | undefined {
  const { note } = record;
  try {
    return typeof note === 'string' ? parseOfficerNote(note) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a signature is marked as by this verifier key. */
export function isMarkedBy({ note }: OfficerNote, key: string): boolean {
  return signaturesBy(note, parseVerifierKey(key)).length > 0;
}

/**
 * The state after a record of one of the officers' kinds. Anything malformed leaves it as it is. What has expired by the
 * record's time goes.
 */
export function nextOfficerState<State extends OfficerState>(state: State, seq: number, record: Members): State {
  const { kind, time } = record;
  const note = noteOf(record);
  if (!isOfficerKind(kind) || note === undefined || !isTime(time)) return state;
  const statement = decodeFields(kind, record['statement']);
  if (statement === undefined) return state;
  const nonces = (state.nonces ?? []).filter((entry) => expiryOf(entry) >= time);
  const pruned = {
    ...state,
    grants: state.grants.filter(({ until }) => until >= time),
    nonces: [...nonces, `${note.nonce} ${note.expires}`].slice(-NONCES_MAX),
  };
  return changed(pruned, kind, seq, statement, note);
}

const keyOf = (line: string): string => parseOfficerLine(line).key.text;

/** Of an entry in `nonces`. */
const expiryOf = (entry: string): string => entry.split(' ')[1] ?? '';

function changed<State extends OfficerState>(
  state: State,
  kind: OfficerKind,
  seq: number,
  statement: StatementOf<OfficerKind>,
  note: OfficerNote,
): State {
  const said = { kind, ...statement } as { [K in OfficerKind]: { readonly kind: K } & StatementOf<K> }[OfficerKind];
  switch (said.kind) {
    case 'officer.add': {
      const isReplacement = state.recovery !== undefined && isMarkedBy(note, state.recovery);
      const replaced = isReplacement ? { replaced: [...(state.replaced ?? []), seq].slice(-REPLACED_MAX) } : {};
      return { ...state, officers: [...state.officers, said.officer].slice(-OFFICERS_MAX), ...replaced };
    }
    case 'officer.revoke': {
      const officers = state.officers.filter((line) => keyOf(line) !== said.key);
      return { ...state, officers, revoked: [...(state.revoked ?? []), said.key].slice(-REVOKED_MAX) };
    }
    case 'forensics.enable': {
      const { until, match } = said;
      return { ...state, capture: 'on', forensics: { seq, until, ...(match === undefined ? {} : { match }) } };
    }
    case 'forensics.disable': {
      const rest = Object.entries(state).filter(([name]) => name !== 'forensics');
      return { ...(Object.fromEntries(rest) as unknown as State), capture: 'off' };
    }
    case 'grant.add': {
      const reader = keyOf(said.reader);
      const grant = { seq, inner: said.inner, reader, until: said.until };
      return { ...state, grants: [...state.grants, grant].slice(-GRANTS_MAX) };
    }
    case 'grant.revoke':
      return { ...state, grants: state.grants.filter(({ seq: granted }) => granted !== said.grant) };
    case 'body.read.intent': {
      const asking = [...state.officers.map(keyOf), ...state.grants.map(({ reader }) => reader)];
      const by = asking.find((key) => isMarkedBy(note, key));
      if (by === undefined) return state;
      return { ...state, reads: [...(state.reads ?? []), { seq, body: said.body, by }].slice(-READS_MAX) };
    }
    case 'body.read.outcome': {
      const { intent, outcome } = said;
      const told = (state.reads ?? []).map((read) =>
        read.seq === intent && read.outcome === undefined ? { ...read, outcome } : read,
      );
      return state.reads === undefined ? state : { ...state, reads: told };
    }
  }
}

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

/** Whether members of a `state` record are an officers' state, whose texts can be used. */
export function isOfficerState(value: Members): boolean {
  const { capture, officers, grants, recovery, revoked, forensics, nonces, reads, replaced } = value;
  if (capture !== 'on' && capture !== 'off') return false;
  if ((capture === 'on') !== (forensics !== undefined)) return false;
  if (forensics !== undefined) {
    if (!isObject(forensics) || !isSeq(forensics['seq']) || !isTime(forensics['until'])) return false;
    if (forensics['match'] !== undefined && typeof forensics['match'] !== 'string') return false;
  }
  if (!isTexts(officers) || !officers.every((line) => parses(() => parseOfficerLine(line)))) return false;
  if (!Array.isArray(grants) || !grants.every(isGrant)) return false;
  if (recovery !== undefined && (typeof recovery !== 'string' || !parses(() => parseVerifierKey(recovery)))) {
    return false;
  }
  if (reads !== undefined && !(Array.isArray(reads) && reads.every(isRead))) return false;
  if (replaced !== undefined && !(Array.isArray(replaced) && replaced.every(isSeq))) return false;
  return [revoked, nonces].every((list) => list === undefined || isTexts(list));
}

function isRead(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { seq, body, by, outcome } = value;
  const isTold = outcome === undefined || outcome === 'opened' || outcome === 'failed';
  return isSeq(seq) && isSeq(body) && typeof by === 'string' && parses(() => parseVerifierKey(by)) && isTold;
}

function isGrant(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { seq, inner, reader, until } = value;
  return isSeq(seq) && typeof inner === 'string' && typeof reader === 'string' && isTime(until);
}
