/** Bodies as somebody at a shell reads them: in one account, in steps, by grant, and what is refused. */
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OfficerWorkspace, why } from '../fixtures/officer-workspace.js';
import type { Outcome } from '../fixtures/recorded-run.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';
import { SECRET } from '../unit/officers/stored-body.js';

let workspace: OfficerWorkspace;
let id = '';
const officer = (...args: readonly string[]): Promise<Outcome> => workspace.officer(args);
const at = (name: string): string => path.join(workspace.folder, name);
const reads = (): number => workspace.recordsOf('body.read.intent').length;
/** Both verifiers find nothing, whatever was refused meanwhile. */
const expectGood = async (): Promise<void> => {
  const { findings } = await verifyByBoth(workspace.journal, { key: workspace.key });
  expect(findings).toEqual([]);
};
async function expectRefused(outcome: Promise<Outcome>, code: string, says: string): Promise<void> {
  const { status, stdout, stderr } = await outcome;
  expect([status === 0, stdout]).toEqual([false, '']);
  expect(stderr).toContain(`(${code})`);
  expect(stderr).toContain(says);
}

beforeAll(async () => {
  workspace = await OfficerWorkspace.open();
  id = await workspace.body();
});
afterAll(() => {
  workspace.remove();
});

test('verify names keys and officers by the fingerprints that init printed', async () => {
  const { stdout } = await workspace.egress(['init']);
  const printed = [...stdout.matchAll(/fingerprint ((?:[0-9a-f]{4} ?){8})/g)].map(([, text = '']) => text.trim());
  expect(printed).toHaveLength(2);
  const { stdout: verified } = await workspace.egress(['verify']);
  expect(verified).toContain(`  Key         ${printed[1]}   fingerprint`);
  expect(verified).toContain(`  Officer     ${printed[0]}   alice`);
});

test('the officer’s own key, or another of that name, is no recovery key', async () => {
  const anchor = ['--officer', 'alice.keys.card', '--recovery', 'alice.keys.card'];
  await expectRefused(workspace.egress(['init', 'never', '--yes', ...anchor]), 'USAGE', 'are both called alice');
  expect(existsSync(at('never'))).toBe(false);
});

describe('a body', () => {
  test('is read in one account, which is told that the split is not enforced', async () => {
    const read = await officer('forensics', 'read', id, ...why);
    expect(read.stdout).toBe(SECRET);
    expect(read.stderr).toContain('one account holds both keys: the split is not enforced here');
    const list = await officer('forensics', 'list');
    expect(list.stdout).toMatch(new RegExp(`#${id} .* request +24 B +1×`));
    const report = await workspace.egress(['report', '--plain']);
    expect(report.stdout).toMatch(/! Bodies ON: captured until .*Z by order #\d+; 1 stored, 1 reading, 0 grants/);
    expect(report.stdout).toMatch(new RegExp(`#\\d+ .* #${id} request  alice +opened +incident 42`));
    const log = await workspace.egress(['log']);
    expect(log.stdout).toMatch(new RegExp(`! alice reads body #${id}: incident 42`));
    const { findings, kinds } = await verifyByBoth(workspace.journal, { key: workspace.key });
    expect(findings).toEqual([]);
    expect(kinds).toMatchObject({ 'body.read.intent': 1, 'body.read.outcome': 1 });
  });

  test('is read in three steps, with files between the accounts', async () => {
    await officer('forensics', 'request', id, ...why, '--out', 'request');
    const released = await workspace.egress(['forensics', 'release', 'request', '--out', 'released']);
    expect(released.stdout).toContain('✓ released   the reading is recorded as #');
    expect(released.stdout).toContain(`body #${id}, asked for by alice: incident 42`);
    expect(readFileSync(at('released')).includes('4111')).toBe(false);
    const again = workspace.egress(['forensics', 'release', 'request', '--out', 'more']);
    await expectRefused(again, 'STATEMENT_REFUSED', 'it was taken already');
    expect(existsSync(at('more'))).toBe(false);
    await officer('forensics', 'open', 'released', '--to', 'plain', '--out', 'outcome');
    expect([readFileSync(at('plain'), 'utf8'), statSync(at('plain')).mode & 0o777]).toEqual([SECRET, 0o600]);
    const submitted = await workspace.egress(['forensics', 'submit', 'outcome']);
    expect(submitted.stdout).toContain('recorded as #');
    await expectRefused(workspace.egress(['forensics', 'submit', 'outcome']), 'STATEMENT_REFUSED', 'taken already');
    const once = await officer('forensics', 'open', 'released');
    expect([once.stdout, once.stderr]).toEqual([SECRET, expect.stringContaining('no further outcome is recorded')]);
    await expectRefused(officer('forensics', 'open', 'released', '--to', 'plain'), 'USAGE', 'nothing was read');
    await expectGood();
  });

  test('does not come out where the passphrase is wrong, and nothing is recorded', async () => {
    const before = reads();
    writeFileSync(at('other'), 'another passphrase\n');
    const read = officer('forensics', 'read', id, ...why, '--passphrase-file', 'other');
    await expectRefused(read, 'PASSPHRASE_WRONG', 'alice.keys');
    expect(reads()).toBe(before);
  });

  test('is not released by a journal that was restored from a backup, which the request knows to be older', async () => {
    for (const part of ['journal', 'keys']) cpSync(at(part), at(`${part}-backup`), { recursive: true });
    await officer('forensics', 'read', id, ...why);
    await officer('forensics', 'request', id, ...why, '--out', 'newer');
    for (const part of ['journal', 'keys']) {
      rmSync(at(part), { recursive: true });
      cpSync(at(`${part}-backup`), at(part), { recursive: true });
    }
    const release = workspace.egress(['forensics', 'release', 'newer', '--out', 'rolled-back']);
    await expectRefused(release, 'STATEMENT_REFUSED', 'a head that is not in this journal');
    await expectGood();
  });
});

describe('a grant', () => {
  let copy = '';
  const carol = (...args: readonly string[]): Promise<Outcome> =>
    workspace.officer(args, { env: { EGRESS_KEYRING: at('carol.keys') } });

  test('lets one reader read one body, as often as it is asked, each time recorded', async () => {
    const card = await workspace.keyring('carol');
    const granted = await officer('grant', id, '--to', card, '--until', '1h', ...why, '--json');
    copy = String((JSON.parse(granted.stdout) as { seq: number }).seq);
    expect((await officer('forensics', 'list')).stdout).toContain(`Granted to carol until`);
    const before = reads();
    expect((await carol('forensics', 'read', copy, ...why)).stdout).toBe(SECRET);
    expect(reads()).toBe(before + 1);
    await expectRefused(carol('forensics', 'read', id, ...why), 'STATEMENT_REFUSED', 'only an officer reads');
    await expectRefused(officer('forensics', 'read', copy, ...why), 'BODY_SEALED', '');
  });

  test('ends when an officer says so, and not when the reader does', async () => {
    await expectRefused(carol('grant', '--revoke', copy, ...why), 'STATEMENT_REFUSED', 'not signed by an officer');
    expect((await officer('grant', '--revoke', copy, ...why)).stdout).toContain('grant ended');
    await expectRefused(carol('forensics', 'read', copy, ...why), 'STATEMENT_REFUSED', 'no officer');
    await expectRefused(officer('grant', '--revoke', copy, ...why), 'STATEMENT_REFUSED', 'is no open grant');
  });

  test('ends by itself', async () => {
    const until = new Date(Date.now() + 2_500).toISOString();
    const granted = await officer('grant', id, '--to', at('carol.keys.card'), '--until', until, ...why, '--json');
    const { seq } = JSON.parse(granted.stdout) as { seq: number };
    await carol('forensics', 'request', String(seq), ...why, '--out', 'late');
    await new Promise((resolve) => setTimeout(resolve, Date.parse(until) - Date.now() + 10));
    const release = workspace.egress(['forensics', 'release', 'late', '--out', 'too-late']);
    await expectRefused(release, 'STATEMENT_REFUSED', 'no officer');
    await expectGood();
  });
});

describe('an officer', () => {
  const bob = (...args: readonly string[]): Promise<Outcome> =>
    workspace.officer(args, { env: { EGRESS_KEYRING: at('bob.keys') } });

  test('is revoked by two, or by himself, and reads nothing from then on', async () => {
    const card = await workspace.keyring('bob');
    await expectRefused(bob('officer', 'add', card, ...why), 'STATEMENT_REFUSED', 'no officer');
    expect((await officer('officer', 'add', card, ...why)).stdout).toContain('bob is an officer');
    const mine = await workspace.body();
    expect((await bob('forensics', 'read', mine, ...why)).stdout).toBe(SECRET);
    await expectRefused(officer('officer', 'revoke', 'bob', ...why), 'STATEMENT_REFUSED', 'it takes two officers');
    await expectRefused(officer('officer', 'revoke', 'dave', ...why), 'USAGE', 'dave is no officer');
    await bob('forensics', 'request', mine, ...why, '--out', 'signed-before');
    await officer('officer', 'revoke', 'bob', ...why, '--out', 'revoke');
    const signed = await bob('officer', 'sign', 'revoke');
    expect(signed.stderr).toContain('Signing officer.revoke:');
    expect(signed.stdout).toContain('officer.revoke, signed twice');
    expect((await officer('officer', 'list')).stdout).toContain('bob');
    const release = workspace.egress(['forensics', 'release', 'signed-before', '--out', 'revoked']);
    await expectRefused(release, 'STATEMENT_REFUSED', 'no officer');
    await expectRefused(bob('forensics', 'read', mine, ...why), 'STATEMENT_REFUSED', 'no officer');
    await expectRefused(officer('officer', 'add', card, ...why), 'STATEMENT_REFUSED', 'it was revoked');
    expect(existsSync(at('revoked'))).toBe(false);
    await expectGood();
  });

  test('’s statement counts in this journal alone', async () => {
    await officer('forensics', 'disable', ...why, '--out', 'disable');
    const other = await workspace.egress([
      'init',
      'other-journal',
      '--yes',
      '--no-policy',
      '--officer',
      'alice.keys.card',
    ]);
    expect(other.status).toBe(0);
    const submit = workspace.egress(['forensics', 'submit', 'disable', '--journal', 'other-journal']);
    await expectRefused(submit, 'STATEMENT_REFUSED', 'it was signed for another journal');
    expect((await workspace.egress(['forensics', 'submit', 'disable'])).status).toBe(0);
    await expectRefused(workspace.egress(['forensics', 'submit', 'disable']), 'STATEMENT_REFUSED', 'taken already');
  });
});
