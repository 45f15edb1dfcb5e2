/** Readings and grants that no writer takes, put into the journal all the same: what both verifiers say. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { bodyLayout, findBody } from '../../../src/custody/body-record.js';
import { releaseBody } from '../../../src/custody/release.js';
import { statementRecord, type OfficerStatement } from '../../../src/journal/statement.js';
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
  expect(bodyLayout(journal.task.layout).body(segment, outer)).toContain(outer);
  const grant = journal.sign('grant.add', { ...fields, inner, reader: carol.card.line, until, why }, by);
  return { ...grant, stored: { segment, outer, stored_bytes: 1 } };
};
const outcomeOf = (intent: number, by = journal.alice): OfficerStatement =>
  journal.sign('body.read.outcome', { intent, outcome: opened }, by);

/** As a writer that was tampered with would. */
function force(...statements: readonly OfficerStatement[]): void {
  const writer = JournalWriter.open(journal.options);
  writer.beginRun();
  for (const statement of statements) {
    writer.append(statementRecord(statement, '2026-10-20T12:00:05.000000Z', { name: 'mallory' }));
  }
  writer.close(runClose(writer.run));
  // Its note of the state does not know of them.
  forgetFrontier(journal.options);
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
  ])('one of %s is found', async (_name, make, says) => {
    force(make());
    expect(await found()).toEqual([expect.stringMatching(`^STATEMENT_INVALID: .*${says}`)]);
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
