/** Officer and custodian as two accounts of the system: each access allowed and refused, and a reading between them. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Accounts, as, noAccounts } from '../fixtures/accounts.js';
import { OfficerWorkspace, why } from '../fixtures/officer-workspace.js';
import type { Outcome } from '../fixtures/recorded-run.js';
import { hasPython, verifyByBoth } from '../fixtures/second-verifier.js';
import { SECRET } from '../unit/officers/stored-body.js';

const BIN = path.resolve(import.meta.dirname, '../../bin/run.js');
const accounts = new Accounts();
const users = { auditor: '', officer: '', outsider: '' };
let reason = noAccounts;
let workspace: OfficerWorkspace | undefined;
let id = '';
const place = (): OfficerWorkspace => {
  if (workspace === undefined) throw new Error('not begun');
  return workspace;
};
/** The officer's own folder. */
const desk = (name = ''): string => path.join(place().folder, 'desk', name);

beforeAll(async () => {
  if (reason !== undefined) return;
  const [audit, officers] = [accounts.group('a'), accounts.group('o')];
  users.auditor = accounts.user('r', [audit]);
  users.officer = accounts.user('f', [audit, officers]);
  users.outsider = accounts.user('x');
  const [file, ...args] = [...as(users.outsider), process.execPath, BIN, '--version'];
  if (spawnSync(file, args, { cwd: '/' }).status !== 0) reason = 'other users cannot start egress where it lies';
  workspace = await OfficerWorkspace.open(['--audit-group', audit, '--officer-group', officers]);
  id = await workspace.body();
  chmodSync(workspace.folder, 0o755);
  mkdirSync(desk());
  for (const name of ['alice.keys', 'passphrase']) copyFileSync(path.join(workspace.folder, name), desk(name));
  spawnSync('chown', ['-R', users.officer, desk()]);
  spawnSync('chmod', ['-R', 'go=', desk()]);
});
afterAll(() => {
  if (reason !== undefined) process.stderr.write(`two accounts: tests are skipped here, ${reason}\n`);
  workspace?.remove();
  accounts.remove();
});

const officer = (...args: readonly string[]): Promise<Outcome> => {
  const env = {
    EGRESS_KEYRING: desk('alice.keys'),
    EGRESS_PASSPHRASE_FILE: desk('passphrase'),
    EGRESS_KEYS: desk('k'),
  };
  return place().egress(args, { env, through: as(users.officer) });
};
const may = (user: string, script: string, file: string): boolean => {
  const [word, ...words] = [...as(user), 'sh', '-c', script, 'sh', file];
  return spawnSync(word, words, { cwd: '/' }).status === 0;
};

describe.runIf(noAccounts === undefined)('with two accounts', () => {
  test.each([
    ['officer', true],
    ['auditor', false],
    ['outsider', false],
  ] as const)('%s reads what lies in bodies/: %s; it is encrypted, and nobody else writes it', (role, isReader) => {
    const bodies = path.join(place().journal, 'bodies');
    const [segment = ''] = readdirSync(bodies);
    const files = readdirSync(path.join(bodies, segment)).map((name) => path.join(bodies, segment, name));
    expect(files.map((file) => path.extname(file)).sort()).toEqual(['', '.key']);
    for (const file of files) {
      // A segment's key is the custodian's alone, encrypted as it is.
      const isKey = file.endsWith('.key');
      expect(statSync(file).mode & 0o7777, file).toBe(isKey ? 0o600 : 0o440);
      expect(may(users[role], 'cat "$1"', file), file).toBe(isReader && !isKey);
      for (const change of [': >>"$1"', 'rm -f "$1"', 'mv "$1" "$1.away"', 'chmod u+w "$1"'])
        expect(may(users[role], change, file), change).toBe(false);
      expect(readFileSync(file, 'latin1')).not.toContain(SECRET);
    }
    for (const folder of [bodies, path.join(bodies, segment)]) {
      expect(may(users[role], 'ls "$1"', folder)).toBe(isReader);
      expect(may(users[role], ': >"$1/made"', folder)).toBe(false);
    }
  });

  test('neither opens a body without the other', async ({ skip }) => {
    if (reason !== undefined) skip();
    for (const args of [
      ['forensics', 'read', id, ...why],
      ['forensics', 'release', desk('request'), '--out', desk('stolen')],
    ]) {
      await officer('forensics', 'request', id, ...why, '--out', desk('request'));
      const { status, stdout, stderr } = await officer(...args);
      expect([status, stdout]).toEqual([3, '']);
      expect(stderr).toContain('(KEY_MISSING)');
    }
    const custodian = await place().egress(['forensics', 'release', desk('request'), '--out', 'released']);
    expect(custodian.stdout).toContain('✓ released');
    for (const name of ['released', 'released.proof'])
      expect(readFileSync(path.join(place().folder, name), 'latin1')).not.toContain(SECRET);
  });

  test('a reading goes from one to the other and back, and is in the journal before anything is opened', async ({
    skip,
  }) => {
    if (reason !== undefined) skip();
    const opened = await officer('forensics', 'open', 'released', '--key', place().key, '--out', desk('outcome'));
    expect([opened.status, opened.stdout]).toEqual([0, SECRET]);
    const submitted = await place().egress(['forensics', 'submit', desk('outcome')]);
    expect(submitted.stdout).toContain('recorded as #');
    const { findings, kinds } = await verifyByBoth(place().journal, { key: place().key });
    expect(findings).toEqual([]);
    expect(kinds).toMatchObject({ 'body.read.intent': 1, 'body.read.outcome': 1 });
    const list = await place().egress(['forensics', 'list'], { through: as(users.auditor) });
    expect(list.stdout).toMatch(new RegExp(`#${id} .* 1×`));
  });

  test.runIf(hasPython)('doctor sees an account that has both keys, and an access list', async () => {
    const both = await place().officer(['doctor']);
    expect(both.stdout).toContain('one account reads the custodian’s key and the keyring');
    const one = await place().egress(['doctor']);
    expect(one.stdout).toContain('this account is the custodian');
    expect(one.stdout).toContain('none: modes say all of who gets in');
    const script = `import os, struct, sys
nobody = 0xffffffff
entries = [(1, 4, nobody), (2, 4, 65534), (4, 4, nobody), (16, 4, nobody), (32, 0, nobody)]
value = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries)
os.setxattr(sys.argv[1], 'system.posix_acl_access', value)`;
    const segment = path.join(place().journal, 'segments/00000001.jsonl');
    // Some file systems have no access lists.
    if (spawnSync('python3', ['-c', script, segment]).status !== 0) return;
    expect((await place().egress(['doctor'])).stdout).toContain(`${segment} lets in whom its access list names`);
  });
});
