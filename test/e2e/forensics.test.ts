/** Bodies as somebody at a shell reads them, in one account and in steps, and what a kill leaves. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSystem } from '../../src/keys/file-system.js';
import { createKeyring } from '../../src/officers/keyring.js';
import { Workspace, type Outcome } from '../fixtures/recorded-run.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';
import { writerOptions } from '../unit/journal/scratch-journal.js';
import { SECRET, storeBody } from '../unit/officers/stored-body.js';

const PASSPHRASE = 'correct horse battery';
const why = ['--why', 'incident 42'];
let workspace: Workspace;

const officer = (...args: readonly string[]): Promise<Outcome> => {
  const env = { EGRESS_KEYRING: 'alice.keys', EGRESS_PASSPHRASE_FILE: 'passphrase' };
  return workspace.egress(args, { env });
};

async function keyring(name: string): Promise<void> {
  const file = path.join(workspace.folder, `${name}.keys`);
  await createKeyring(fileSystem, { file, name, passphrase: PASSPHRASE, workFactor: 10 });
}

/** As a recorder stores it; the clock is the real one, as capture has to be on. */
async function body(): Promise<string> {
  const now = (): number => Date.now() * 1_000;
  const options = { ...writerOptions(workspace.folder), now, keyBase: workspace.keys, durability: 'none' as const };
  const { seq } = await storeBody({ ...options, directory: workspace.journal });
  return String(seq);
}

beforeEach(async () => {
  workspace = new Workspace();
  writeFileSync(path.join(workspace.folder, 'passphrase'), `${PASSPHRASE}\n`);
  await keyring('alice');
  await workspace.egress(['init', '--yes', '--no-policy', '--officer', 'alice.keys.card']);
  const enabled = await officer('forensics', 'enable', '--until', '2h', ...why);
  expect(enabled.stdout).toContain('✓ bodies are captured until');
});
afterEach(() => {
  workspace.remove();
});

describe('a body', () => {
  test('is read in one account, which is told that the split is not enforced', async () => {
    const id = await body();
    const read = await officer('forensics', 'read', id, ...why);
    expect(read.stdout).toBe(SECRET);
    expect(read.stderr).toContain('one account holds both keys: the split is not enforced here');
    const list = await officer('forensics', 'list');
    expect(list.stdout).toMatch(new RegExp(`#${id} .* request +24 B +1×`));
    const report = await workspace.egress(['report', '--plain']);
    expect(report.stdout).toMatch(/! Bodies ON: captured until .*Z by order #\d+; 1 stored, 1 reading, 0 grants/);
    expect(report.stdout).toMatch(new RegExp(`#\\d+ .* #${id}  alice +opened +incident 42`));
    const log = await workspace.egress(['log']);
    expect(log.stdout).toMatch(new RegExp(`! alice reads body #${id}: incident 42`));
    const { findings, kinds } = await verifyByBoth(workspace.journal, {
      key: (JSON.parse(readFileSync(path.join(workspace.journal, 'journal.json'), 'utf8')) as { key: string }).key,
    });
    expect(findings).toEqual([]);
    expect(kinds).toMatchObject({ 'body.read.intent': 1, 'body.read.outcome': 1 });
  });

  test('is read in three steps, with files between the accounts', async () => {
    const id = await body();
    await officer('forensics', 'request', id, ...why, '--out', 'request');
    const released = await workspace.egress(['forensics', 'release', 'request', '--out', 'released']);
    expect(released.stdout).toContain('✓ released   the reading is recorded as #');
    expect(readFileSync(path.join(workspace.folder, 'released')).includes('4111')).toBe(false);
    const again = await workspace.egress(['forensics', 'release', 'request', '--out', 'more']);
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('it was taken already')]);
    await officer('forensics', 'open', 'released', '--to', 'plain', '--out', 'outcome');
    const plain = path.join(workspace.folder, 'plain');
    expect([readFileSync(plain, 'utf8'), statSync(plain).mode & 0o777]).toEqual([SECRET, 0o600]);
    const submitted = await workspace.egress(['forensics', 'submit', 'outcome']);
    expect(submitted.stdout).toContain('recorded as #');
  });

  test('does not come out where the passphrase is wrong, and nothing is recorded', async () => {
    const id = await body();
    writeFileSync(path.join(workspace.folder, 'passphrase'), 'another passphrase\n');
    const read = await officer('forensics', 'read', id, ...why);
    expect([read.status, read.stdout]).toEqual([3, '']);
    expect(read.stderr).toContain('(PASSPHRASE_WRONG)');
    const list = await officer('forensics', 'list', '--json');
    expect(JSON.parse(list.stdout)).toMatchObject({ bodies: [{ reads: 0 }] });
  });
});

test('a reading that is killed has not happened, or stands in the journal', async () => {
  const id = await body();
  const { key } = JSON.parse(readFileSync(path.join(workspace.journal, 'journal.json'), 'utf8')) as { key: string };
  for (const afterMs of [450, 600, 750, 900]) {
    const to = `plain-${afterMs}`;
    const env = { EGRESS_KEYRING: 'alice.keys', EGRESS_PASSPHRASE_FILE: 'passphrase' };
    const started = workspace.start(['forensics', 'read', id, ...why, '--to', to], { env });
    setTimeout(() => started.child.kill('SIGKILL'), afterMs);
    await started.ended;
    const { findings, kinds } = await verifyByBoth(workspace.journal, { key });
    expect(findings).toEqual([]);
    const isOut = existsSync(path.join(workspace.folder, to));
    if (isOut) expect(kinds['body.read.intent']).toBeGreaterThan(0);
  }
});
