/**
 * Whether a statement had the right to be where it is. The writer asks before it takes one, and a verifier of each that
 * it finds: these rules are part of the format.
 */
import type { OfficerState } from '../event/officer-state.js';
import type { VerifySignature } from '../keys/ed25519.js';
import { signaturesBy } from '../keys/note.js';
import { parseVerifierKey, type VerifierKey } from '../keys/verifier-key.js';
import { parseOfficerLine } from './officer-card.js';
import { genesisId, statementDigest, type OfficerNote } from './officer-note.js';
import { GRANTS_MAX, isMarkedBy, noteOf, NONCES_MAX, OFFICERS_MAX, REVOKED_MAX } from './officer-state.js';
import { decodeFields, isOfficerKind, type OfficerKind, type StatementOf } from './officer-statement.js';

/** A statement may be handed in for so long after it was signed; capture, and a grant, may last so long. */
const STATEMENT_HOURS_MAX = 24;
const CAPTURE_DAYS_MAX = 31;
const GRANT_DAYS_MAX = 366;

/** Where a statement stands, or is to stand. */
export interface StatementPlace {
  readonly genesis: VerifierKey;
  /** Before the statement. */
  readonly state: OfficerState;
  /** The latest time known there: the clock may have been set back. */
  readonly time: string;
  /** Number of records before it. */
  readonly size: number;
  /** Root in base64 of so many records, as a kept head says; undefined where there is none. */
  readonly rootAt: (size: number) => string | undefined;
  readonly verify: VerifySignature;
}

interface Offered {
  readonly kind: string;
  readonly statement: unknown;
  readonly note: string;
}

/** @returns what is wrong, or undefined */
export function statementFault(offered: Offered, place: StatementPlace): string | undefined {
  const { kind } = offered;
  if (!isOfficerKind(kind)) return 'its kind is unknown';
  const statement = decodeFields(kind, offered.statement);
  const note = noteOf({ note: offered.note });
  if (statement === undefined || note === undefined) return 'it is malformed';
  return (
    bindingFault(kind, statement, note, place) ??
    signatureFault(note, place) ??
    rightFault(kind, statement, note, place) ??
    limitFault(kind, statement, place)
  );
}

function bindingFault(
  kind: OfficerKind,
  statement: object,
  note: OfficerNote,
  { genesis, state, time, size, rootAt }: StatementPlace,
): string | undefined {
  if (note.kind !== kind || note.digest !== statementDigest(statement)) return 'what is signed is something else';
  if (note.origin !== genesis.name || note.genesis !== genesisId(genesis)) return 'it was signed for another journal';
  if (note.size > size || rootAt(note.size) !== note.root) return 'it names a head that is not in this journal';
  if (note.expires < time) return `it expired at ${note.expires}`;
  if (note.expires > later(time, STATEMENT_HOURS_MAX)) return `it is valid for more than ${STATEMENT_HOURS_MAX} hours`;
  if ((state.nonces ?? []).some((entry) => entry.startsWith(`${note.nonce} `))) return 'it was taken already';
  return undefined;
}

/** Every signature has to be a good one by somebody who is known here: a stray one could mean anything. */
function signatureFault(note: OfficerNote, { state, time, verify }: StatementPlace): string | undefined {
  const known = new Map<string, VerifierKey>();
  const texts = [...officerKeys(state), ...liveGrants(state, time).map(({ reader }) => reader), state.recovery];
  for (const text of texts) if (text !== undefined) known.set(text, parseVerifierKey(text));
  const bytes = new TextEncoder().encode(note.note.text);
  let good = 0;
  for (const key of known.values()) {
    const [only, ...more] = signaturesBy(note.note, key);
    if (only === undefined) continue;
    if (more.length > 0 || !verify(key.publicKey, bytes, only)) return `the signature by ${key.name} is not good`;
    good += 1;
  }
  if (good === note.note.signatures.length && good > 0) return undefined;
  const ended = state.grants.find(({ until, reader }) => until < time && isMarkedBy(note, reader));
  const why = ended === undefined ? '' : `, and the grant in #${ended.seq} ended at ${ended.until}`;
  return `it is signed by somebody who is no officer here${why}`;
}

const liveGrants = (state: OfficerState, time: string): OfficerState['grants'] =>
  state.grants.filter(({ until }) => until >= time);
const officerKeys = (state: OfficerState): string[] => state.officers.map((line) => parseOfficerLine(line).key.text);

function rightFault(
  kind: OfficerKind,
  statement: object,
  note: OfficerNote,
  { state, time }: StatementPlace,
): string | undefined {
  const officers = officerKeys(state).filter((key) => isMarkedBy(note, key));
  const isRecovery = state.recovery !== undefined && isMarkedBy(note, state.recovery);
  switch (kind) {
    case 'officer.add':
      return officers.length > 0 || isRecovery ? undefined : 'only an officer names another';
    case 'officer.revoke': {
      const { key } = statement as StatementOf<'officer.revoke'>;
      if (isRecovery || officers.includes(key)) return undefined;
      return officers.length >= 2 ? undefined : 'it takes two officers, or the recovery key, to revoke another officer';
    }
    case 'body.read.intent': {
      const { body, inner } = statement as StatementOf<'body.read.intent'>;
      const isGranted = liveGrants(state, time).some(
        (grant) => grant.seq === body && grant.inner === inner && isMarkedBy(note, grant.reader),
      );
      return officers.length > 0 || isGranted ? undefined : 'only an officer reads, or whom one has granted it';
    }
    case 'body.read.outcome':
      return outcomeFault(statement as StatementOf<'body.read.outcome'>, note, state);
    case 'grant.add':
      return officers.length > 0
        ? grantFault(statement as StatementOf<'grant.add'>, note, state)
        : 'it is not signed by an officer';
    default:
      return officers.length > 0 ? undefined : 'it is not signed by an officer';
  }
}

function outcomeFault(
  { intent }: StatementOf<'body.read.outcome'>,
  note: OfficerNote,
  { reads = [] }: OfficerState,
): string | undefined {
  const read = reads.find(({ seq }) => seq === intent);
  if (read === undefined) return `#${intent} is none of the newest readings`;
  if (read.outcome !== undefined) return `what came of #${intent} was reported already`;
  return isMarkedBy(note, read.by) ? undefined : `the reading in #${intent} is somebody else’s`;
}

/** A copy is made of what its maker has read. */
function grantFault(
  { body, read: intent }: StatementOf<'grant.add'>,
  note: OfficerNote,
  { reads = [] }: OfficerState,
): string | undefined {
  const read = reads.find(({ seq }) => seq === intent);
  const isOwn = read?.body === body && read.outcome !== 'failed' && isMarkedBy(note, read.by);
  return isOwn ? undefined : `#${intent} is none of the newest readings of that body by this officer`;
}

function limitFault(kind: OfficerKind, statement: object, { state, time, size }: StatementPlace): string | undefined {
  const keys = officerKeys(state);
  const { officers, revoked = [], nonces = [] } = state;
  const grants = liveGrants(state, time);
  if (nonces.filter((entry) => entry.slice(33) >= time).length >= NONCES_MAX) {
    return `${NONCES_MAX} statements are still valid: wait until some have expired`;
  }
  switch (kind) {
    case 'officer.add': {
      const { key } = parseOfficerLine((statement as StatementOf<'officer.add'>).officer);
      if (keys.includes(key.text)) return 'that officer is one already';
      if (revoked.includes(key.text) || key.text === state.recovery)
        return 'that key can be no officer’s: it was revoked';
      if (officers.length >= OFFICERS_MAX) return `there are ${OFFICERS_MAX} officers already`;
      return nameFault(key, state, time);
    }
    case 'officer.revoke': {
      const { key } = statement as StatementOf<'officer.revoke'>;
      if (!keys.includes(key)) return 'that key is no officer’s';
      if (keys.length === 1 && state.recovery === undefined) {
        return 'it is the last officer, and there is no recovery key to name another';
      }
      return revoked.length >= REVOKED_MAX ? `${REVOKED_MAX} officers were revoked already` : undefined;
    }
    case 'forensics.enable':
      return periodFault((statement as StatementOf<'forensics.enable'>).until, time, CAPTURE_DAYS_MAX);
    case 'forensics.disable':
      return state.capture === 'on' ? undefined : 'no bodies are captured';
    case 'grant.add': {
      const { until, body, reader } = statement as StatementOf<'grant.add'>;
      if (body > size) return 'it speaks of a record that is not there';
      if (grants.length >= GRANTS_MAX) return `${GRANTS_MAX} grants are open`;
      return periodFault(until, time, GRANT_DAYS_MAX) ?? nameFault(parseOfficerLine(reader).key, state, time);
    }
    case 'grant.revoke': {
      const { grant } = statement as StatementOf<'grant.revoke'>;
      return grants.some(({ seq }) => seq === grant) ? undefined : `#${grant} is no open grant`;
    }
    case 'body.read.intent':
      return (statement as StatementOf<'body.read.intent'>).body <= size ? undefined : 'there is no such record';
    case 'body.read.outcome':
      return undefined;
  }
}

/** Records tell people by their names: nobody gets the name of somebody else who is known here. */
function nameFault({ text, name }: VerifierKey, state: OfficerState, time: string): string | undefined {
  const readers = liveGrants(state, time).map(({ reader }) => reader);
  const known = [...officerKeys(state), ...(state.revoked ?? []), ...readers, state.recovery];
  const isTaken = known.some((key) => key !== undefined && key !== text && parseVerifierKey(key).name === name);
  return isTaken ? `${name} is the name of another key that is known here` : undefined;
}

function periodFault(until: string, time: string, daysMax: number): string | undefined {
  if (until <= time) return `its end, ${until}, is past`;
  return until > later(time, daysMax * 24) ? `it is for more than ${daysMax} days` : undefined;
}

/** A time of the same form, so many hours on. */
function later(time: string, hours: number): string {
  const moved = new Date(Date.parse(time) + hours * 3_600_000);
  return Number.isNaN(moved.getTime()) ? '' : `${moved.toISOString().slice(0, 23)}999Z`;
}
