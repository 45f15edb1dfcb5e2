/** The whole table of docs/VERDICTS.md: each reason by itself, its level, what a job gets, and its words. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LEVELS, REASON_CODES, type ReasonCode } from '../../../src/verdict/reason.js';
import { emptyTally, type RunTally } from '../../../src/verdict/run-tally.js';
import { clearText, reasonText, verdictLine } from '../../../src/verdict/verdict-text.js';
import {
  conclusionOf,
  verdictOf,
  worstOf,
  type JournalEvidence,
  type RunEvidence,
  type Terms,
} from '../../../src/verdict/verdict.js';

const terms: Terms = { gaps: [], observers: [], unexpected: 'fail' };
const good: JournalEvidence = { state: 'verified', unsignedRuns: new Set() };

/** A finished run that both observers saw, with nothing against it. */
function runOf(tally: Partial<RunTally> = {}, more: Partial<RunEvidence> = {}): RunEvidence {
  const whole = { ...emptyTally(1), hasEnd: true, observers: ['hooks', 'kernel'], outbound: 9, ...tally };
  return { tally: whole, terms, isGoingOn: false, ...more };
}

interface Case {
  readonly run?: RunEvidence;
  readonly journal?: Partial<JournalEvidence>;
  readonly level: (typeof LEVELS)[number];
  readonly conclusion: 'unexpected' | 'incomplete';
  readonly text: string;
}

const CASES: Readonly<Record<ReasonCode, Case>> = {
  not_verified: {
    journal: { state: 'not_verified', why: 'record #3 does not match its hash' },
    ...{ level: 'ALARM', conclusion: 'incomplete' },
    text: 'the journal did not verify: record #3 does not match its hash',
  },
  self_egress: {
    run: runOf({ self: 1 }),
    ...{ level: 'ALARM', conclusion: 'incomplete', text: '1 call came from egress itself' },
  },
  body_while_off: {
    run: runOf({ bodiesWhileOff: 2, isSession: true, outbound: 0 }),
    ...{ level: 'ALARM', conclusion: 'incomplete', text: '2 bodies were stored while no officer had ordered it' },
  },
  denied: {
    run: runOf({ alarms: new Map([['cloud-metadata', 2]]) }),
    ...{ level: 'ALARM', conclusion: 'unexpected' },
    text: '2 outbound calls that the policy denies (cloud-metadata)',
  },
  undeclared: {
    run: runOf({ alarms: new Map([['vendor:acme', 1]]) }),
    ...{ level: 'ALARM', conclusion: 'unexpected' },
    text: '1 outbound call of vendor acme outside what it declared',
  },
  not_checked: {
    journal: { state: 'not_checked', why: 'no key' },
    ...{ level: 'NOT_CHECKED', conclusion: 'incomplete', text: 'no key' },
  },
  no_run: {
    run: runOf({ isSession: true, outbound: 0, observers: undefined }),
    ...{ level: 'NOT_CHECKED', conclusion: 'incomplete', text: 'no run is recorded' },
  },
  unexpected: {
    run: runOf({ unexpected: 3 }),
    ...{ level: 'ATTENTION', conclusion: 'unexpected', text: '3 outbound calls that the policy does not expect' },
  },
  expired: {
    run: runOf({ unexpected: 2, expired: new Map([['payments', 2]]) }),
    ...{ level: 'ATTENTION', conclusion: 'unexpected' },
    text: '2 outbound calls that rule payments would expect, but it had expired',
  },
  recording_stopped: {
    run: runOf({ hasEnd: false }, { stopped: 'the disk is full' }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: 'the recording stopped: the disk is full' },
  },
  unfinished: {
    run: runOf({ hasEnd: false }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: 'no end is signed: interrupted, or still going on' },
  },
  gap: {
    run: runOf({ gaps: new Map([['hook_error', { records: 1, lost: 7 }]]) }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: '1 gap: hook_error (7 lost or unseen)' },
  },
  unexplained: {
    run: runOf({ unexplained: new Map([['no_connection', 1]]) }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: '1 call: hooks told of what the kernel never saw' },
  },
  corrected: {
    run: runOf({ corrected: 1 }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: '1 correction of rows that were written already' },
  },
  unattributed: {
    run: runOf({ unattributed: 4 }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: '4 outbound calls without a package' },
  },
  observer_missing: {
    run: runOf({ observers: ['hooks'] }, { terms: { ...terms, observers: ['kernel'] } }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete' },
    text: 'without the kernel observer, which the policy requires',
  },
  unobserved: {
    run: runOf({ observers: undefined }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: 'no record says that an observer was at work' },
  },
  unreadable_lines: {
    run: runOf({ unreadableLines: 1 }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: '1 line could not be read' },
  },
  unsigned: {
    journal: { unsignedTail: 'the last 2 records are not sealed: #8 to #9' },
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: 'the last 2 records are not sealed: #8 to #9' },
  },
  key_not_compared: {
    journal: { isKeyUncompared: true },
    ...{ level: 'ATTENTION', conclusion: 'incomplete' },
    text: 'the key was not compared with one that you got elsewhere: whoever made this page chose it',
  },
  policy_unreadable: {
    run: runOf({ policy: 'a'.repeat(64) }, { terms: undefined }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete' },
    text: 'the policy that was in force cannot be read: policies/aaaaaaaaaaaa…',
  },
  no_policy: {
    run: runOf({}, { terms: undefined }),
    ...{ level: 'ATTENTION', conclusion: 'incomplete', text: 'no policy says what is expected' },
  },
};

describe.each(Object.entries(CASES))('%s', (code, { run = runOf(), journal = {}, level, conclusion, text }) => {
  const verdict = verdictOf({ ...good, ...journal }, [run]);

  test('is the only reason, with its level, its weight and its words', () => {
    expect(verdict.reasons.map((reason) => reason.code)).toEqual([code]);
    expect(verdict.level).toBe(level);
    expect(conclusionOf(verdict)).toBe(conclusion);
    expect(verdict.reasons.map((reason) => reasonText(reason, true))).toEqual([text]);
  });

  test('stands in docs/VERDICTS.md', () => {
    const page = readFileSync(new URL('../../../docs/VERDICTS.md', import.meta.url), 'utf8');
    const row = page.split('\n').find((line) => line.startsWith(`| \`${code}\``)) ?? '';
    expect(row.split('|')[2]?.trim()).toBe(level.replace('_', ' '));
    expect(row.split('|')[3]?.trim()).toBe(conclusion);
  });
});

test('every code is tried', () => {
  expect(Object.keys(CASES).sort()).toEqual([...REASON_CODES].sort());
});

describe('all clear', () => {
  test('is what is left without a reason', () => {
    const verdict = verdictOf(good, [runOf()]);
    expect(verdict).toEqual({ level: 'ALL_CLEAR', hooksOnly: false, soFar: false, reasons: [] });
    expect(conclusionOf(verdict)).toBe('clean');
    expect(verdictLine(verdict, clearText(9, 'ci.yaml'))).toBe(
      '✓ ALL CLEAR   9 outbound calls, each expected by ci.yaml',
    );
  });

  test('says so where the hooks alone looked', () => {
    const verdict = verdictOf(good, [runOf(), runOf({ number: 2, observers: ['hooks'] })]);
    expect(verdictLine(verdict, clearText(0, undefined))).toBe(
      '✓ ALL CLEAR, HOOKS ONLY   no outbound call is recorded',
    );
  });

  test('is no clean answer while a run goes on', () => {
    const verdict = verdictOf({ ...good, unsignedTail: 'two' }, [runOf({ hasEnd: false }, { isGoingOn: true })]);
    expect(verdictLine(verdict, clearText(1, undefined))).toBe('✓ ALL CLEAR SO FAR   1 outbound call, each expected');
    expect(conclusionOf(verdict)).toBe('incomplete');
  });

  test.each([[[]], [['']], [['other']]])('is impossible without an observer that looked: %j', (observers) => {
    const verdict = verdictOf(good, [runOf({ observers })]);
    const isSeen = observers.length > 0;
    expect(verdict.level === 'ALL_CLEAR' ? verdict.hooksOnly : !isSeen).toBe(true);
  });

  test('is impossible without a run, and without a journal', () => {
    expect(verdictOf(good, []).level).toBe('NOT_CHECKED');
    expect(worstOf([]).level).toBe('NOT_CHECKED');
  });
});

test('an end that its key did not sign is none', () => {
  const verdict = verdictOf({ ...good, unsignedRuns: new Set([1]) }, [runOf()]);
  expect(verdict.reasons.map(({ code }) => code)).toEqual(['unfinished']);
});

test('a policy that only warns asks for words and fails nothing, but for a denial', () => {
  const warn: Terms = { ...terms, unexpected: 'warn' };
  const warned = verdictOf(good, [runOf({ unexpected: 1 }, { terms: warn })]);
  expect([warned.level, conclusionOf(warned)]).toEqual(['ATTENTION', 'clean']);
  const denied = verdictOf(good, [runOf({ alarms: new Map([['x', 1]]) }, { terms: warn })]);
  expect(conclusionOf(denied)).toBe('unexpected');
});

test('an accepted gap is no reason; another one is', () => {
  const accepting: Terms = { ...terms, gaps: [{ reason: 'io_uring', why: 'a test' }] };
  const gap = (name: string) => runOf({ gaps: new Map([[name, { records: 1, lost: 1 }]]) }, { terms: accepting });
  expect(verdictOf(good, [gap('io_uring')]).level).toBe('ALL_CLEAR');
  expect(verdictOf(good, [gap('hook_error')]).level).toBe('ATTENTION');
});

test('runs are judged one by one, and what is alike is said once', () => {
  const runs = [1, 2, 3].map((number) => runOf({ number, unexpected: number > 1 ? 2 : 0 }));
  const verdict = verdictOf(good, runs);
  expect(verdict.reasons.map((reason) => reasonText(reason))).toEqual([
    '4 outbound calls that the policy does not expect (runs 2, 3)',
  ]);
  const both = worstOf([verdict, verdict]);
  expect(both.reasons.map((reason) => reasonText(reason))).toEqual([
    '8 outbound calls that the policy does not expect',
  ]);
});

test('what a journal says about rules and gaps is printed without being obeyed', () => {
  const verdict = verdictOf(good, [runOf({ gaps: new Map([['\x1b]0;x\x07', { records: 1, lost: 0 }]]) })]);
  expect(verdict.reasons.map((reason) => reasonText(reason))).toEqual([
    '1 gap: \\x1b]0;x\\x07 (0 lost or unseen) (run 1)',
  ]);
});
