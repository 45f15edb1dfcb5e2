/** Every record that is no call, as a sentence: the same in lists, on the screen of a record, and on the evidence page. */
import { printable } from '../../core/printable.js';
import { RECORD_KINDS, type RecordKind } from '../../event/record-kinds.js';
import type { RecordView } from '../../event/record-view.js';
import * as bookkeeping from './bookkeeping-sentence.js';
import * as body from './body-sentence.js';
import * as run from './run-sentence.js';
import * as statement from './statement-sentence.js';

type Mood = 'plain' | 'good' | 'warning' | 'bad';

export interface Said {
  readonly mood: Mood;
  readonly glyph: string;
  /** Safe to print, in one line. */
  readonly text: string;
}

type Sentence = (view: RecordView) => Said;

const saying =
  (mood: Mood, glyph: string) =>
  (text: (view: RecordView) => string): Sentence =>
  (view) => ({ mood, glyph, text: text(view) });

const note = saying('plain', '·');
const warning = saying('warning', '!');

/** A kind that is left out here does not compile. */
const SENTENCES: Readonly<Record<Exclude<RecordKind, 'net'>, Sentence>> = {
  'run.open': saying('good', '▶')(run.openSentence),
  'run.close': saying('good', '■')(run.closeSentence),
  'net.end': note(run.endSentence),
  reconcile: (view) => ({
    mood: view.text('what') === 'same_call' ? 'plain' : 'bad',
    glyph: '≠',
    text: run.reconcileSentence(view),
  }),
  gap: warning(run.gapSentence),
  recovered: warning(run.recoveredSentence),
  policy: note(bookkeeping.policyNamed),
  hold: note(statement.holdSentence),
  release: note(statement.releaseSentence),
  vacuum: note(statement.vacuumSentence),
  roles: note(statement.rolesSentence),
  'session.open': note(statement.sessionSentence),
  'session.close': note(bookkeeping.sessionOver),
  'officer.add': note(body.officerAdded),
  'officer.revoke': note(body.officerRevoked),
  'forensics.enable': warning(body.captureEnabled),
  'forensics.disable': note(body.captureDisabled),
  'forensics.expired': note(body.captureExpired),
  'body.stored': note(body.bodyStored),
  'body.read.intent': warning(body.readIntended),
  'body.read.outcome': note(body.readEnded),
  'grant.add': warning(body.grantAdded),
  'grant.revoke': note(body.grantRevoked),
  fingerprint: note(body.fingerprintCompared),
  'journal.open': note(bookkeeping.journalBegan),
  'segment.open': note(bookkeeping.segmentBegan),
  state: note(bookkeeping.stateStands),
  process: note(bookkeeping.processDeclared),
  site: note(bookkeeping.siteDeclared),
  headers: note(bookkeeping.headersDeclared),
  seal: note(bookkeeping.sealed),
  'epoch.next': note(bookkeeping.epochFollows),
};

/** What a list of calls leaves out: it says how the journal is kept, and nothing of what happened. */
const BOOKKEEPING: ReadonlySet<string> = new Set<RecordKind>([
  ...(['journal.open', 'segment.open', 'state', 'process', 'site', 'headers'] as const),
  ...(['seal', 'epoch.next', 'session.close'] as const),
]);

/** A kind of a later version is none: nobody here knows whether it may be left out. */
export function isBookkeeping(kind: string): boolean {
  return BOOKKEEPING.has(kind);
}

/** @param view of any record but a call */
export function sentenceOf(view: RecordView): Said {
  const { kind } = view;
  if (RECORD_KINDS.has(kind) && kind !== 'net') return SENTENCES[kind as keyof typeof SENTENCES](view);
  return { mood: 'plain', glyph: '·', text: `${printable(kind, { max: 32 })}, which this version does not know` };
}
