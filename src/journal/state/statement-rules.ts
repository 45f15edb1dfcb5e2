/** Whether the journal, as it stands, can take a statement. */
import { EgressError } from '../../core/error.js';
import type { ForensicsExpiredRecord } from '../../event/officer-record.js';
import type { VacuumReceipt } from '../../event/record.js';
import type { Roles } from '../../event/roles.js';
import { readFile, readSmallFile, type FileSystem } from '../../keys/file-system.js';
import { verifySignature } from '../../keys/ed25519.js';
import { namedRecord, namingFault, namingOf, type NamedRecord } from '../../officers/named-record.js';
import { statementFault } from '../../officers/officer-rules.js';
import { rootToBase64 } from '../heads/checkpoint.js';
import type { JournalFile } from '../folder/journal-file.js';
import type { JournalState } from './journal-state.js';
import { rolesConflict } from './roles.js';
import { listSegments, SMALL_FILE_BYTES_MAX, type JournalLayout } from '../folder/layout.js';
import { LineGrammar } from '../lines/line-grammar.js';
import { readLines } from '../lines/line-source.js';
import { CompactRange } from '../tree/merkle.js';
import { readNumbered } from '../numbered-records.js';
import { readHead } from '../heads/signed-head.js';
import type { OfficerStatement, Statement } from './statement.js';
import { EMPTY_ROOT, nodeHasher } from '../tree/tree-hasher.js';
import { newestHeadSize } from '../vacuum/vacuum-plan.js';

/** Each hold stands in the state of every later segment, which is one line. */
const OPEN_HOLDS_MAX = 256;

export interface StatementContext {
  readonly fs: FileSystem;
  readonly layout: JournalLayout;
  readonly journal: JournalFile;
  readonly state: JournalState;
  /** Number of records. */
  readonly size: number;
  /** The latest known. */
  readonly time: string;
}

function refused(message: string, hint: string): EgressError {
  return new EgressError('STATEMENT_REFUSED', message, { hint });
}

/** @throws STATEMENT_REFUSED, JOURNAL_DAMAGED, JOURNAL_UNREADABLE */
export function checkStatement(statement: Statement, context: StatementContext): void {
  if (statement.kind === 'hold') checkHold(statement.first, statement.last, context);
  else if (statement.kind === 'vacuum') checkReceipt(statement.receipt, context);
  else if (statement.kind === 'roles') checkRoles(statement.roles, context);
  else if (statement.kind === 'fingerprint') checkNamed('fingerprint', { fingerprint: statement }, context);
  else if (statement.kind !== 'release') checkOfficer(statement, context);
  else if (!context.state.holds.some(({ seq }) => seq === statement.hold)) {
    throw refused(`#${statement.hold} is no open hold`, 'egress hold lists the open ones.');
  }
}

function checkRoles(roles: Roles, { state }: StatementContext): void {
  const conflict = state.roles === undefined ? undefined : rolesConflict(state.roles, roles);
  if (conflict === undefined) return;
  throw refused(`the journal has its roles already: ${conflict}`, 'Another group needs a journal of its own.');
}

/** What a statement names has to be on the disk, for the asker to have seen it there. @param record its members */
function checkNamed(kind: string, record: object, { fs, layout, state, size }: StatementContext): void {
  const naming = namingOf(kind, { ...record });
  if (naming === undefined) return;
  const { names } = naming;
  if (names > size)
    throw refused(`there is no record #${names}: the last is #${size}`, 'egress log shows the numbers.');
  const { vacuum } = state;
  if (vacuum !== undefined && names <= vacuum.boundary) {
    throw refused(`#${names} is gone: a vacuum has removed it (see #${vacuum.seq})`, 'egress log shows what is left.');
  }
  const files = listSegments(fs, layout).numbers.map((segment) => layout.segment(segment));
  const file = files.findLast((segment) => (firstLine(fs, segment)?.seq ?? Infinity) <= names);
  const found: NamedRecord[] = [];
  if (file !== undefined) {
    readNumbered(fs, file, new Set([names]), (_seq, there) => {
      found.push(namedRecord(there));
    });
  }
  const fault = namingFault(naming, found[0]);
  if (fault !== undefined) throw refused(`the ${kind} is about ${fault}`, 'egress forensics list shows the bodies.');
}

/** A recorder stops by itself what was ordered last, and nothing else. @throws LINE_INVALID */
export function checkExpiry({ forensics }: ForensicsExpiredRecord, state: JournalState): void {
  const { enabled, until } = forensics;
  if (state.forensics?.seq === enabled && state.forensics.until === until) return;
  throw new EgressError('LINE_INVALID', `#${enabled} until ${until} is not the order that is in force`);
}

/** What an officer signed names a kept head: those stay, so that the root at that size can be looked up at any time. */
function checkOfficer(statement: OfficerStatement, context: StatementContext): void {
  const { fs, layout, journal, state, size, time } = context;
  const rootAt = (at: number): string | undefined => {
    if (at === 0) return rootToBase64(EMPTY_ROOT);
    const note = readSmallFile(fs, layout.head(at), SMALL_FILE_BYTES_MAX);
    return note === undefined ? undefined : rootToBase64(readHead(fs, layout, note, journal.origin).root);
  };
  const place = { genesis: journal.key, state, time, size, rootAt, verify: verifySignature };
  const isUnplaced = statement.kind === 'grant.add' && statement.stored === undefined;
  const fault = isUnplaced ? 'it does not say where the copy is' : statementFault(statement, place);
  if (fault === undefined) {
    checkNamed(statement.kind, statement, context);
    return;
  }
  throw refused(`the ${statement.kind} statement is refused: ${fault}`, 'egress officer list shows who is an officer.');
}

function checkHold(first: number, last: number, { state, size }: StatementContext): void {
  if (last > size) throw refused(`there is no record #${last}: the last is #${size}`, 'egress log shows the numbers.');
  const { vacuum, holds } = state;
  if (vacuum !== undefined && first <= vacuum.boundary) {
    throw refused(
      `#${first} cannot be held: a vacuum has removed the records up to #${vacuum.boundary} (see #${vacuum.seq})`,
      `What is left begins with #${vacuum.boundary + 1}.`,
    );
  }
  if (holds.length >= OPEN_HOLDS_MAX) {
    throw refused(`there are ${OPEN_HOLDS_MAX} open holds already`, 'Release one, or hold a longer range at once.');
  }
}

/**
 * Who hands a receipt in has read the records that it speaks of; here it is checked without reading them. The frontier
 * is right if it gives the root of a head that we signed, the rest against the files that are there.
 */
function checkReceipt(receipt: VacuumReceipt, context: StatementContext): void {
  const { fs, layout, state } = context;
  const { origin } = context.journal;
  const { number, first, boundary, segment, frontier, hash, bytes } = receipt;
  const before = state.vacuum;
  const stale = (what: string): EgressError =>
    refused(`this vacuum does not fit the journal: ${what}`, 'Something changed meanwhile: try again.');
  if (number !== (before?.number ?? 0) + 1) throw stale(`vacuum ${number} is not the next`);
  if (first !== (before?.boundary ?? 0) + 1 || boundary < first) throw stale('it does not go on from the last one');
  const hold = state.holds.find((open) => open.first <= boundary);
  if (hold !== undefined) {
    throw refused(
      `#${hold.first} to #${hold.last} are held (see #${hold.seq})`,
      `egress hold --release ${hold.seq} --why TEXT`,
    );
  }
  const note = readSmallFile(fs, layout.head(boundary), SMALL_FILE_BYTES_MAX);
  if (note === undefined) throw stale(`no head ends with #${boundary}`);
  if (newestHeadSize(fs, layout) <= boundary) throw stale('no newer head is signed');
  const isFrontier = frontier.length === CompactRange.nodeCount(0, boundary);
  const root = isFrontier ? new CompactRange(nodeHasher, 0, boundary, frontier).root() : '';
  if (readHead(fs, layout, note, origin).root !== root) throw stale('its frontier is not that of the head');
  const next = firstLine(fs, layout.segment(segment + 1));
  if (next?.seq !== boundary + 1 || next.prev !== hash)
    throw stale(`segment ${segment} does not end with #${boundary}`);
  let sum = 0;
  for (let at = (before?.segment ?? 0) + 1; at <= segment; at += 1) {
    sum += fs.lstatSync(layout.segment(at), { throwIfNoEntry: false })?.size ?? 0;
  }
  if (sum !== bytes) throw stale('its segments have another size');
}

/** Number and link of a segment's first line. */
function firstLine(fs: FileSystem, file: string): { readonly seq: number; readonly prev: string } | undefined {
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const grammar = new LineGrammar();
  let found: { seq: number; prev: string } | undefined;
  readFile(fs, file, (fd) =>
    readLines(fs, fd, 0, Number.MAX_SAFE_INTEGER, {
      line(buffer, start, end) {
        if (grammar.check(buffer, start, end)) {
          found = { seq: grammar.seq, prev: grammar.prevIn(buffer) };
        }
        return false;
      },
      oversized: () => false,
    }),
  );
  return found;
}
