/** Readings, grants and what else names another record, as no writer takes them, put into the journal all the same: what both verifiers say. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { bodyLayout, findBody } from '../../../src/custody/body-record.js';
import { releaseBody } from '../../../src/custody/release.js';
import type { NetRecord } from '../../../src/event/net-record.js';
import type { JournalRecord } from '../../../src/event/record.js';
import { currentState } from '../../../src/journal/state/current-state.js';
import { statementRecord, type OfficerStatement, type Statement } from '../../../src/journal/state/statement.js';
import { JournalWriter } from '../../../src/journal/writer.js';
import type { Keyring } from '../../../src/officers/keyring.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { runClose, scratchFolder } from '../journal/scratch-journal.js';
import { forgetFrontier, hand } from '../journal/vacuumed-journal.js';
import { scratchKeyring } from './scratch-officers.js';
import { journalWithBody, storeBody, UNTIL, type JournalWithBodies } from './stored-body.js';

// Each seals, signs and proves for real.
vi.setConfig({ testTimeout: 60_000 });

const why = 'incident 42';
const TIME = '2026-10-20T12:00:05.000000Z';
const [opened, until] = ['opened', UNTIL] as const;
let journal: JournalWithBodies;
let bob: Keyring;
let carol: Keyring;
/** The first reading, by Alice, of the first body. */
let read: number;

beforeEach(async () => {
  journal = await journalWithBody(scratchFolder());
  [bob, carol] = await Promise.all([scratchKeyring('bob'), scratchKeyring('carol')]);
  await hand(journal.options, journal.sign('officer.add', { officer: bob.card.line, why }));
  read = (await releaseBody(journal.request(), journal.task)).intent;
});

const grantOf = (fields: { readonly body: number; readonly read: number }, by = journal.alice): OfficerStatement => {
  const { inner, segment, outer } = findBody(journal.task.layout, journal.body);
  const { size } = statSync(bodyLayout(journal.task.layout).body(segment, outer));
  const grant = journal.sign('grant.add', { ...fields, inner, reader: carol.card.line, until, why }, by);
  return { ...grant, stored: { segment, outer, stored_bytes: size } };
};
const outcomeOf = (intent: number, by = journal.alice): OfficerStatement =>
  journal.sign('body.read.outcome', { intent, outcome: opened }, by);

/** As a writer that was tampered with would. */
function force(...statements: readonly Statement[]): void {
  forceRecords(...statements.map((statement) => statementRecord(statement, TIME, { name: 'mallory' })));
}

function forceRecords(...records: readonly JournalRecord[]): void {
  const writer = JournalWriter.open(journal.options);
  writer.beginRun();
  // Past what the writer asks.
  for (const record of records) writer.appendText(JSON.stringify(record));
  writer.close(runClose(writer.run));
  // Its note of the state does not know of them.
  forgetFrontier(journal.options);
}

function records(): { readonly kinds: readonly string[]; readonly seqs: readonly number[] } {
  const { layout } = journal.task;
  const lines = readdirSync(layout.segments)
    .sort()
    .flatMap((name) => readFileSync(path.join(layout.segments, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as { readonly seq: number; readonly kind: string });
  return { kinds: lines.map(({ kind }) => kind), seqs: lines.map(({ seq }) => seq) };
}

async function found(): Promise<string[]> {
  const { findings } = await verifyByBoth(journal.options.directory);
  return findings.map(({ code, message }) => `${code}: ${message}`);
}

it('what the writer takes is found good: an outcome, and a grant after it', async () => {
  await hand(journal.options, outcomeOf(read));
  await hand(journal.options, grantOf({ body: journal.body, read }));
  expect(await found()).toEqual([]);
});

describe('a reading is tied to what it names', () => {
  const cases: [name: string, make: () => OfficerStatement[] | Promise<OfficerStatement[]>, says: string][] = [
    ['an outcome of what is no reading', () => [outcomeOf(journal.body)], 'none of the newest readings'],
    ['an outcome before its reading', () => [outcomeOf(read + 40), journal.request()], 'none of the newest readings'],
    ['a second outcome', () => [outcomeOf(read), outcomeOf(read)], 'was reported already'],
    ['somebody else’s outcome', () => [outcomeOf(read, bob)], 'is somebody else’s'],
    ['a grant without a reading', () => [grantOf({ body: journal.body, read: 3 })], 'none of the newest readings'],
    ['a grant by who did not read', () => [grantOf({ body: journal.body, read }, bob)], 'by this officer'],
    [
      'a grant of another body than was read',
      async () => [grantOf({ body: (await storeBody(journal.options, 'another')).seq, read })],
      'of that body',
    ],
  ];
  it.each(cases)('%s is refused, and found where it stands', async (_name, make, says) => {
    const statements = await make();
    force(...statements);
    expect(await found()).toEqual([expect.stringMatching(`^STATEMENT_INVALID: .*${says}`)]);
    const [last] = (await make()).slice(-1);
    if (last?.kind !== 'body.read.intent') {
      await expect(hand(journal.options, last as OfficerStatement)).rejects.toMatchObject({
        code: 'STATEMENT_REFUSED',
      });
    }
  });

  it.each([
    ['a call', () => journal.request(journal.alice, { body: 1 }), 'no body that was stored'],
    ['another body', () => journal.request(journal.alice, { inner: '0'.repeat(64) }), 'another body than #'],
  ])('one of %s is refused, and found where it stands', async (_name, make, says) => {
    await expect(hand(journal.options, make())).rejects.toThrow(says);
    force(make());
    expect(await found()).toEqual([expect.stringMatching(`^STATEMENT_INVALID: .*${says}`)]);
  });
});

describe('a question about a fingerprint is tied to its call', () => {
  const asked = (net: number): Statement => ({ kind: 'fingerprint', net, matches: true, why });
  const call = (body?: string): NetRecord => ({
    ...{ kind: 'net', time: TIME, network: { direction: 'egress' }, event: { outcome: 'success' } },
    egress: { channel: 'http', observer: 'hooks', proc: 1, ...(body === undefined ? {} : { body }) },
  });
  /** `seq` of the newest call. */
  const newestCall = (): number => {
    const { kinds, seqs } = records();
    return seqs[kinds.lastIndexOf('net')] ?? 0;
  };

  it('one about a call with a fingerprint is good', async () => {
    forceRecords(call('mXb1c2Qe3RzT4Yw5UiOpAg'));
    await hand(journal.options, asked(newestCall()));
    expect(await found()).toEqual([]);
  });

  it.each([
    [
      'a call without one',
      () => {
        forceRecords(call());
        return newestCall();
      },
      'no call with a fingerprint',
    ],
    ['what is no call', () => journal.body, 'no call with a fingerprint'],
    ['the record itself, or later', () => 1_000, 'which comes later'],
  ])('one about %s is refused, and found where it stands', async (_name, make, says) => {
    const net = make();
    await expect(hand(journal.options, asked(net))).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    force(asked(net));
    expect(await found()).toEqual([expect.stringMatching(`^STATEMENT_INVALID: the fingerprint .*${says}`)]);
  });

  it('one that names nothing is found', async () => {
    forceRecords({ kind: 'fingerprint', time: TIME, fingerprint: { matches: true, why }, by: {} } as never);
    expect(await found()).toEqual([expect.stringMatching('^STATEMENT_INVALID: the fingerprint .*#0')]);
  });
});

describe('the end of capture is tied to the order that was in force', () => {
  const expired = (enabled: number, end: string = until): JournalRecord => {
    return { kind: 'forensics.expired', time: TIME, forensics: { enabled, until: end } };
  };
  const order = (): number => currentState(journal.options.fs, journal.task.layout).forensics?.seq ?? 0;

  it('of that order it is good', async () => {
    forceRecords(expired(order()));
    expect(await found()).toEqual([]);
  });

  it.each([
    ['another record', () => expired(journal.body), 'the order in force was #'],
    ['another end', () => expired(order(), '2026-10-20T13:00:00.000000Z'), 'the order in force was #'],
  ])('of %s it is refused, and found where it stands', async (_name, make, says) => {
    const writer = JournalWriter.open(journal.options);
    writer.beginRun();
    expect(() => writer.append(make())).toThrow('is not the order that is in force');
    writer.close(runClose(writer.run));
    forgetFrontier(journal.options);
    forceRecords(make());
    expect(await found()).toEqual([expect.stringMatching(`^STATEMENT_INVALID: the forensics.expired .*${says}`)]);
  });

  it('where nothing was ordered it is found', async () => {
    const seq = order();
    await hand(journal.options, journal.sign('forensics.disable', { why }));
    forceRecords(expired(seq));
    expect(await found()).toEqual([expect.stringMatching('nothing was ordered$')]);
  });
});

describe('who reads without the right to', () => {
  it('after being revoked is found', async () => {
    const request = journal.request(bob);
    await hand(journal.options, journal.sign('officer.revoke', { key: bob.card.key.text, why }, bob));
    force(request);
    expect(await found()).toEqual([expect.stringContaining('signed by somebody who is no officer here')]);
  });

  it('under a grant that was revoked, or has ended, is found', async () => {
    const { seq } = await hand(journal.options, grantOf({ body: journal.body, read }));
    const [first, second] = [journal.request(carol, { body: seq }), journal.request(carol, { body: seq })];
    force(first);
    expect(await found()).toEqual([]);
    await hand(journal.options, journal.sign('grant.revoke', { grant: seq, why }));
    force(second);
    expect(await found()).toEqual([expect.stringContaining('signed by somebody who is no officer here')]);
  });
});
