import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cosignStatement } from '../../../src/custody/draft-statement.js';
import { currentState } from '../../../src/journal/state/current-state.js';
import type { OfficerStatement } from '../../../src/journal/state/statement.js';
import { JournalWriter } from '../../../src/journal/writer.js';
import type { Keyring } from '../../../src/officers/keyring.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { recordRun, scratchFolder } from '../journal/scratch-journal.js';
import { hand, layoutOf } from '../journal/vacuumed-journal.js';
import { codesOf } from '../audit/verify-folder.js';
import { anchoredJournal, scratchKeyring, type AnchoredJournal } from './scratch-officers.js';

// Each seals, signs and proves for real.
vi.setConfig({ testTimeout: 60_000 });

const why = 'incident 42';
const UNTIL = '2026-10-21T00:00:00.000000Z';
const stateOf = ({ options }: AnchoredJournal): ReturnType<typeof currentState> =>
  currentState(options.fs, layoutOf(options));

async function refusal(journal: AnchoredJournal, statement: OfficerStatement): Promise<string> {
  const error: unknown = await hand(journal.options, statement).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'STATEMENT_REFUSED' });
  return (error as Error).message;
}

async function expectGood({ options }: AnchoredJournal, limits: string[] = []): Promise<void> {
  const result = await verifyByBoth(options.directory);
  expect(result.findings).toEqual([]);
  expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD', ...limits]);
}

describe('a statement of an officer', () => {
  it('stands in the journal and in the state of what comes later', async () => {
    const journal = await anchoredJournal(scratchFolder());
    const bob = await scratchKeyring('bob');
    await hand(journal.options, journal.sign('officer.add', { officer: bob.card.line, why }));
    const enabled = journal.sign('forensics.enable', { why, until: UNTIL, match: 'api.example' }, bob);
    const { seq } = await hand(journal.options, enabled);
    recordRun(journal.options, 1);
    expect(stateOf(journal)).toMatchObject({
      capture: 'on',
      officers: [journal.alice.card.line, bob.card.line],
      forensics: { seq, until: UNTIL, match: 'api.example' },
    });
    await hand(journal.options, journal.sign('forensics.disable', { why }));
    expect(stateOf(journal).capture).toBe('off');
    await expectGood(journal);
  });

  it('is taken once, in time, and for this journal alone', async () => {
    const journal = await anchoredJournal(scratchFolder());
    const other = await anchoredJournal(scratchFolder());
    const statement = journal.sign('forensics.enable', { why, until: UNTIL });
    await hand(journal.options, statement);
    expect(await refusal(journal, statement)).toContain('taken already');
    expect(await refusal(other, statement)).toContain('another journal');
    const fresh = journal.sign('forensics.disable', { why });
    const changed = { ...fresh, statement: { why: 'another reason' } };
    expect(await refusal(journal, changed)).toContain('something else');
    const late = { ...journal.options, now: () => journal.options.now() + 7_200_000_000 };
    await expect(hand(late, fresh)).rejects.toThrow('expired');
    // The clock is set back again: what has expired stays expired.
    const unrelated = { kind: 'hold', first: 1, last: 1, why } as const;
    await hand(late, unrelated);
    await expect(hand(journal.options, fresh)).rejects.toThrow('expired');
    await expectGood(journal);
  });

  it('is refused by a journal that was set back behind the head it names', async () => {
    const journal = await anchoredJournal(scratchFolder());
    const { directory, keyBase } = journal.options;
    const backup = path.join(scratchFolder(), 'backup');
    for (const [name, from] of [
      ['journal', directory],
      ['keys', keyBase],
    ] as const) {
      cpSync(from, path.join(backup, name), { recursive: true });
    }
    recordRun(journal.options, 3);
    const statement = journal.sign('forensics.enable', { why, until: UNTIL });
    for (const [name, to] of [
      ['journal', directory],
      ['keys', keyBase],
    ] as const) {
      rmSync(to, { recursive: true });
      cpSync(path.join(backup, name), to, { recursive: true });
    }
    expect(await refusal(journal, statement)).toContain('a head that is not in this journal');
  });

  it('is refused from anybody else', async () => {
    const journal = await anchoredJournal(scratchFolder());
    const mallory = await scratchKeyring('alice');
    const by = journal.sign('forensics.enable', { why, until: UNTIL }, mallory);
    expect(await refusal(journal, by)).toContain('no officer');
    const alone = journal.sign('forensics.enable', { why, until: UNTIL }, journal.recovery);
    expect(await refusal(journal, alone)).toContain('not signed by an officer');
    const both = cosignStatement(journal.sign('forensics.enable', { why, until: UNTIL }), mallory);
    expect(await refusal(journal, both)).toContain('no officer');
  });

  it('needs an officer at all', async () => {
    const journal = await anchoredJournal(scratchFolder(), { anchor: {} });
    const { line } = journal.alice.card;
    expect(await refusal(journal, journal.sign('officer.add', { officer: line, why }))).toContain('no officer');
  });

  it.each([
    ['past', '2026-10-19T00:00:00.000000Z', 'past'],
    ['far away', '2027-10-19T00:00:00.000000Z', 'more than 31 days'],
  ])('switches nothing on until a day that is %s', async (_name, until, message) => {
    const journal = await anchoredJournal(scratchFolder());
    expect(await refusal(journal, journal.sign('forensics.enable', { why, until }))).toContain(message);
  });
});

describe('a name', () => {
  it('is one key’s alone: records tell people by it', async () => {
    const journal = await anchoredJournal(scratchFolder());
    const [bob, second, alice, safe] = await Promise.all(['bob', 'bob', 'alice', 'recovery'].map(scratchKeyring));
    const add = (to: Keyring | undefined, by = journal.alice): OfficerStatement =>
      journal.sign('officer.add', { officer: to?.card.line ?? '', why }, by);
    for (const double of [alice, safe])
      expect(await refusal(journal, add(double))).toContain('another key that is known');
    await hand(journal.options, add(bob));
    expect(await refusal(journal, add(second))).toContain('bob is the name of another key');
    await hand(journal.options, journal.sign('officer.revoke', { key: bob?.card.key.text ?? '', why }, bob));
    expect(await refusal(journal, add(second))).toContain('bob is the name of another key');
    await expectGood(journal);
    const { kind, statement, note } = add(second);
    const writer = JournalWriter.open(journal.options);
    writer.beginRun();
    writer.append({ kind, time: '2026-10-20T12:00:00.000000Z', statement, note, by: {} } as never);
    writer.close();
    const { findings } = await verifyByBoth(journal.options.directory);
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining('bob is the name of another key')]);
  });
});

describe('revoking', () => {
  it('takes two officers, or the officer’s own word', async () => {
    const journal = await anchoredJournal(scratchFolder());
    const [bob, carol] = await Promise.all([scratchKeyring('bob'), scratchKeyring('carol')]);
    for (const { card } of [bob, carol]) {
      await hand(journal.options, journal.sign('officer.add', { officer: card.line, why }));
    }
    const key = carol.card.key.text;
    const alone = journal.sign('officer.revoke', { key, why });
    expect(await refusal(journal, alone)).toContain('two officers');
    await hand(journal.options, cosignStatement(journal.sign('officer.revoke', { key, why }), bob));
    const stale = journal.sign('forensics.enable', { why, until: UNTIL }, carol);
    expect(await refusal(journal, stale)).toContain('no officer');
    const again = journal.sign('officer.add', { officer: carol.card.line, why });
    expect(await refusal(journal, again)).toContain('revoked');
    await hand(journal.options, journal.sign('officer.revoke', { key: bob.card.key.text, why }, bob));
    expect(stateOf(journal).officers).toEqual([journal.alice.card.line]);
    await expectGood(journal);
  });

  it('by the recovery key replaces an officer who is lost, and shows for ever', async () => {
    const journal = await anchoredJournal(scratchFolder());
    const bob = await scratchKeyring('bob');
    const { alice, recovery } = journal;
    await hand(journal.options, journal.sign('officer.revoke', { key: alice.card.key.text, why }, recovery));
    const { seq } = await hand(journal.options, journal.sign('officer.add', { officer: bob.card.line, why }, recovery));
    recordRun(journal.options, 1);
    expect(stateOf(journal)).toMatchObject({ officers: [bob.card.line], replaced: [seq] });
    await expectGood(journal, ['OFFICER_REPLACED']);
  });
});

describe('a verifier', () => {
  it('refuses a statement that the custodian made up', async () => {
    const journal = await anchoredJournal(scratchFolder());
    const mallory = await scratchKeyring('mallory');
    const { kind, statement, note } = journal.sign('officer.add', { officer: mallory.card.line, why }, mallory);
    const writer = JournalWriter.open(journal.options);
    writer.beginRun();
    writer.append({ kind, time: '2026-10-20T12:00:00.000000Z', statement, note, by: {} } as never);
    writer.close();
    const result = await verifyByBoth(journal.options.directory);
    expect(result.verdict).toBe('NOT_VERIFIED');
    expect(codesOf(result.findings)).toEqual(['STATEMENT_INVALID']);
  });
});
