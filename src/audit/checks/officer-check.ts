/** Whether what officers are said to have decided was theirs to decide, and signed by them. */
import { rootToBase64 } from '../../journal/heads/checkpoint.js';
import type { JournalFile } from '../../journal/folder/journal-file.js';
import { STATE_KINDS, type JournalState } from '../../journal/state/journal-state.js';
import { EMPTY_ROOT } from '../../journal/tree/tree-hasher.js';
import type { VerifySignature } from '../../keys/ed25519.js';
import { keyFingerprint, parseVerifierKey, type VerifierKey } from '../../keys/verifier-key.js';
import { parseOfficerLine } from '../../officers/officer-card.js';
import { isTime } from '../../officers/officer-note.js';
import { isBodyInTime } from '../../officers/capture.js';
import { statementFault } from '../../officers/officer-rules.js';
import { isOfficerKind } from '../../officers/officer-statement.js';
import { fields } from '../fields.js';
import type { BodyScanResult, BodyStretch } from '../segments/body-scan.js';
import type { FindingList, Limit } from '../finding.js';
import type { ControlRecord } from '../segments/segment-scan.js';
import type { FoundHead } from '../heads/signed-files.js';
import type { NamedOfficer } from '../verification.js';

export class OfficerCheck {
  readonly journal: JournalFile;
  readonly #roots: ReadonlyMap<number, string>;
  readonly #verify: VerifySignature;
  readonly #findings: FindingList;
  /** The latest that the writer said so far. */
  #time = '';

  constructor(journal: JournalFile, heads: readonly FoundHead[], verify: VerifySignature, findings: FindingList) {
    this.journal = journal;
    const roots = heads.map(({ size, root }) => [size, rootToBase64(root)] as const);
    this.#roots = new Map([[0, rootToBase64(EMPTY_ROOT)], ...roots]);
    this.#verify = verify;
    this.#findings = findings;
  }

  /** Of records that the writer itself makes; the times of the others are the recorded program's. */
  seeTime({ kind, record }: ControlRecord): void {
    if (kind !== 'segment.open' && kind !== 'state' && !STATE_KINDS.has(kind)) return;
    if (isTime(record['time']) && record['time'] > this.#time) this.#time = record['time'];
  }

  /** @param state in which they were stored; undefined where it is not known */
  checkBodies(stretch: BodyStretch | undefined, state: JournalState | undefined): void {
    if (stretch === undefined || state === undefined) return;
    const until = state.forensics?.until;
    if (isBodyInTime(until, stretch.latest)) return;
    const { first, last } = stretch;
    const which = first === last ? `the body in #${first} was` : `bodies from #${first} to #${last} were`;
    const why = until === undefined ? 'while no officer had allowed it' : `after it had ended (${until})`;
    this.#findings.add('BODY_UNAUTHORIZED', `${which} stored ${why}`, { records: [first, last] });
  }

  /** A recorder stops capturing what was ordered last, and nothing else. @param state before the record */
  checkExpiry({ kind, seq, record }: ControlRecord, { forensics }: JournalState): void {
    const { enabled, until } = fields(record, 'forensics');
    if (forensics !== undefined && enabled === forensics.seq && until === forensics.until) return;
    const order = forensics === undefined ? 'nothing was ordered' : `the order in force was #${forensics.seq}`;
    this.#findings.add('STATEMENT_INVALID', `the ${kind} in #${seq} does not count: ${order}`, { records: [seq, seq] });
  }

  /** @param state before the record */
  checkStatement({ kind, seq, record }: ControlRecord, state: JournalState): void {
    if (!isOfficerKind(kind)) return;
    const { statement, note } = record;
    const offered = { kind, statement, note: typeof note === 'string' ? note : '' };
    const fault = statementFault(offered, {
      genesis: this.journal.key,
      ...{ state, time: this.#time, size: seq - 1, verify: this.#verify },
      rootAt: (size) => this.#roots.get(size),
    });
    if (fault === undefined) return;
    this.#findings.add('STATEMENT_INVALID', `the ${kind} in #${seq} does not count: ${fault}`, { records: [seq, seq] });
  }
}

/** Officers in force, and the recovery key. */
export function namedOfficers({ officers, recovery }: JournalState): NamedOfficer[] {
  const named = (role: NamedOfficer['role'], key: VerifierKey): NamedOfficer => {
    return { role, name: key.name, key: key.text, fingerprint: keyFingerprint(key.text) };
  };
  return [
    ...officers.map((line) => named('officer', parseOfficerLine(line).key)),
    ...(recovery === undefined ? [] : [named('recovery', parseVerifierKey(recovery))]),
  ];
}

/** The recovery key named an officer: whoever had it could then read what was stored from there on. */
export function replacedOfficers(state: JournalState | undefined): Limit[] {
  const [first, ...more] = state?.replaced ?? [];
  if (first === undefined) return [];
  const which = [first, ...more].map((seq) => `#${seq}`).join(', ');
  return [{ code: 'OFFICER_REPLACED', message: `the recovery key named an officer (${which}): ask who used it` }];
}

/**
 * Files of bodies that are not what the records say. Where they are not here, as in a copy for readers, it is a limit.
 * @param removed the last segment that a vacuum has removed: a reader's copy went with the body that it is of
 */
export function checkBodyFiles(scans: readonly BodyScanResult[], removed: number, findings: FindingList): Limit[] {
  const gone = scans.flatMap(({ missing }) => missing);
  for (const [seq] of gone.filter(([, segment]) => segment > removed)) {
    findings.add('BODY_MISSING', `the file of body #${seq} is gone`, { records: [seq, seq] });
  }
  for (const { altered } of scans) {
    for (const seq of altered) {
      findings.add('BODY_ALTERED', `the file of body #${seq} is not the one that was stored`, { records: [seq, seq] });
    }
  }
  const erased = gone.filter(([, segment]) => segment <= removed).length;
  const unchecked = scans.reduce((sum, scan) => sum + scan.unchecked, erased);
  if (unchecked === 0) return [];
  const message = `${unchecked} stored ${unchecked === 1 ? 'body is' : 'bodies are'} not here, or not for this reader: not checked`;
  return [{ code: 'BODIES_NOT_CHECKED', message }];
}
