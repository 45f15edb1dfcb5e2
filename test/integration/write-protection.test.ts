/** Whether a user could exchange a file, asked of the system with real users and folders. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownFiles } from '../../src/recorder/own-files.js';
import { WriteProtection } from '../../src/recorder/upkeep/write-protection.js';
import { findAccount, type Account } from '../../src/system/accounts.js';
import { kernelCalls } from '../../src/system/kernel-calls.js';
import { FileRights } from '../../src/system/user-rights.js';
import { Accounts, noAccounts } from '../fixtures/accounts.js';

describe.runIf(noAccounts === undefined)('a user could exchange', () => {
  const accounts = new Accounts();
  let folder = '';
  let user: Account;
  let file = '';
  let protection: WriteProtection;

  beforeAll(() => {
    const group = accounts.group('w');
    const found = findAccount(accounts.user('u', [group]));
    if (found === undefined) throw new Error('the user that was made is not there');
    user = found;
  });
  const fresh = (): WriteProtection => {
    const calls = kernelCalls();
    if ('reason' in calls) throw new Error(calls.reason);
    return new WriteProtection(new FileRights(calls, user), user);
  };
  beforeEach(() => {
    if (folder !== '') rmSync(folder, { recursive: true, force: true });
    folder = mkdtempSync('/var/lib/egress-protection-');
    chmodSync(folder, 0o755);
    file = path.join(folder, 'a', 'b', 'file');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    protection = fresh();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
    accounts.remove();
  });

  test('nothing, where all is root’s', () => {
    expect(protection.breach(file)).toBeUndefined();
    expect(protection.breach(path.join(folder, 'a', 'not-there', 'yet'))).toBeUndefined();
  });

  test.each([
    ['the file, if it is the user’s, whatever its mode', 'a/b/file', 0o400, true],
    ['the file, if anybody may write to it', 'a/b/file', 0o646, false],
    ['a folder above, if anybody may', 'a', 0o757, false],
    ['a folder above, if it is the user’s', 'a/b', 0o555, true],
  ])('%s', (_, breached, mode, isTheirs) => {
    const at = path.join(folder, breached);
    chmodSync(at, mode);
    if (isTheirs) chownSync(at, user.uid, 0);
    expect(protection.breach(file)).toBe(at);
  });

  test('a folder of one of its groups, and its own entry in a sticky folder', () => {
    const [above, at] = [path.join(folder, 'a'), path.join(folder, 'a', 'b')];
    chownSync(at, 0, user.groups.at(-1) ?? 0);
    chmodSync(at, 0o775);
    expect(protection.breach(file)).toBe(at);
    chownSync(at, user.uid, 0);
    chmodSync(above, 0o1777);
    expect(fresh().breach(at)).toBe(above);
  });

  test('not what is root’s in a sticky folder, but what is not there yet', () => {
    chmodSync(path.join(folder, 'a'), 0o1777);
    expect(protection.breach(file)).toBeUndefined();
    expect(protection.breach(path.join(folder, 'a', 'new'))).toBe(path.join(folder, 'a'));
  });

  test('what a link leads to, and a link of its own', () => {
    const theirs = path.join(folder, 'theirs');
    mkdirSync(theirs);
    chownSync(theirs, user.uid, user.gid);
    symlinkSync('theirs', path.join(folder, 'link'));
    expect(protection.breach(path.join(folder, 'link', 'file'))).toBe(theirs);
    chmodSync(folder, 0o1777);
    symlinkSync(file, path.join(folder, 'own'));
    spawnSync('chown', ['-h', user.name, path.join(folder, 'own')]);
    expect(protection.breach(path.join(folder, 'own'))).toBe(path.join(folder, 'own'));
    symlinkSync('round', path.join(folder, 'round'));
    expect(() => protection.breach(path.join(folder, 'round'))).toThrow('too many symbolic links');
  });

  test('afterwards this process has its own rights again', () => {
    protection.breach(file);
    chmodSync(file, 0o000);
    writeFileSync(file, 'written as root');
    expect(process.getgroups?.()).not.toContain(user.gid);
  });
});

test('egress’s own files are its package and, at whatever depth, the packages it needs', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const files = [...ownFiles(root)];
  for (const part of [
    'bin/run.js',
    'package.json',
    'src/../dist/hooks/preload.cjs',
    'node_modules/koffi/package.json',
  ]) {
    expect(files).toContain(path.join(root, part));
  }
  // A package that only a package of ours needs.
  expect(files.some((file) => file.includes('node_modules/ansi-styles/'))).toBe(true);
  expect(files.some((file) => file.includes('node_modules/vitest/'))).toBe(false);
  expect(files.some((file) => file.startsWith(path.join(root, 'test')))).toBe(false);
});
