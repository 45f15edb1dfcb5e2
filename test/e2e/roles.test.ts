/**
 * Who may do what with a journal that has roles: real users and groups, each access tried as each of them. Modes are
 * the system's to keep, so nothing here asks egress whether an access would be allowed.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Accounts, as, noAccounts } from '../fixtures/accounts.js';
import { Workspace } from '../fixtures/recorded-run.js';

if (noAccounts !== undefined) process.stderr.write(`roles: tests are skipped here, ${noAccounts}\n`);

type Role = 'auditor' | 'officer' | 'outsider';

describe.runIf(noAccounts === undefined)('a journal with an audit group and officers', () => {
  const accounts = new Accounts();
  const workspace = new Workspace();
  const users: Record<Role, string> = { auditor: '', officer: '', outsider: '' };
  const verifier = path.join(workspace.folder, 'egress-verify.mjs');
  let key = '';
  let keys = '';

  beforeAll(async () => {
    const audit = accounts.group('a');
    const officers = accounts.group('o');
    users.auditor = accounts.user('r', [audit]);
    users.officer = accounts.user('f', [audit, officers]);
    users.outsider = accounts.user('x');
    // The way to the journal is open; the journal itself has to keep out who has no business there.
    chmodSync(workspace.folder, 0o755);
    copyFileSync(path.resolve(import.meta.dirname, '../../dist/egress-verify.mjs'), verifier);
    const groups = ['--audit-group', audit, '--officer-group', officers];
    const made = await workspace.egress(['init', '--yes', '--json', ...groups]);
    ({ key, keys } = JSON.parse(made.stdout) as { key: string; keys: string });
    // A strict umask, segments that follow each other, a vacuum: every kind of file that is made later.
    const command = `umask 077; exec "$0" "$@"`;
    const run = [process.execPath, path.resolve(import.meta.dirname, '../../bin/run.js')];
    const env = { ...process.env, EGRESS_JOURNAL: workspace.journal, EGRESS_KEYS: workspace.keys };
    for (let n = 0; n < 2; n += 1) {
      const { status } = spawnSync('sh', ['-c', command, ...run, 'run', '--kernel=off', '--', 'true'], { env });
      expect(status).toBe(0);
    }
    const vacuum = spawnSync('sh', ['-c', command, ...run, 'vacuum', '--max-size', '1KB', '--yes'], { env });
    expect(String(vacuum.stderr)).toBe('');
    // Stands for a body, made as any file in that folder is.
    writeFileSync(path.join(workspace.journal, 'bodies', 'stored'), 'sealed', { mode: 0o440 });
  });

  afterAll(() => {
    accounts.remove();
    workspace.remove();
  });

  const tryAs = (role: Role, ...command: readonly string[]): ReturnType<typeof spawnSync> => {
    const [file, ...args] = [...as(users[role]), ...command];
    return spawnSync(file, args, { encoding: 'utf8', cwd: '/' });
  };
  const may = (role: Role, script: string, ...args: readonly string[]): boolean =>
    tryAs(role, 'sh', '-c', script, 'sh', ...args).status === 0;
  const files = (): string[] =>
    readdirSync(workspace.journal, { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
  const isBody = (file: string): boolean => file.includes('/bodies/');

  test('there is a file of each kind', () => {
    const kinds = new Set(files().map((file) => path.relative(workspace.journal, file).split('/')[0]));
    expect([...kinds].sort()).toEqual(
      ['.gitignore', 'bodies', 'checkpoint', 'consistency', 'epochs', 'heads', 'journal.json', 'segments'].sort(),
    );
  });

  test.each([
    ['auditor', true, false],
    ['officer', true, true],
    ['outsider', false, false],
  ] as const)('%s reads the journal: %s, bodies: %s', (role, journal, bodies) => {
    for (const file of files())
      expect(may(role, 'cat "$1" >/dev/null', file), file).toBe(isBody(file) ? bodies : journal);
    expect(may(role, 'ls "$1"', workspace.journal)).toBe(journal);
    expect(may(role, 'ls "$1"', path.join(workspace.journal, 'bodies'))).toBe(bodies);
  });

  test.each(['auditor', 'officer', 'outsider'] as const)('%s writes nothing, and removes nothing', (role) => {
    for (const file of files()) {
      expect(may(role, ': >>"$1"', file), file).toBe(false);
      expect(may(role, 'rm -f "$1"', file), file).toBe(false);
      expect(may(role, 'mv "$1" "$1.away"', file), file).toBe(false);
      expect(may(role, 'chmod u+w "$1"', file), file).toBe(false);
    }
    for (const folder of ['.', 'segments', 'heads', 'epochs', 'bodies', 'consistency']) {
      expect(may(role, ': >"$1/made"', path.join(workspace.journal, folder)), folder).toBe(false);
    }
  });

  test.each(['auditor', 'officer', 'outsider'] as const)('%s does not get at the keys', (role) => {
    expect(may(role, 'ls "$1"', keys)).toBe(false);
    for (const name of readdirSync(keys)) expect(may(role, 'cat "$1"', path.join(keys, name)), name).toBe(false);
  });

  test('the auditor verifies, with the key and nothing else; an outsider cannot', () => {
    const verify = [process.execPath, verifier, workspace.journal, '--key', key];
    const verified = tryAs('auditor', ...verify);
    expect(verified.stderr).toBe('');
    expect(verified.stdout).toContain('VERIFIED, WITH A LIMIT');
    expect(verified.stdout).toContain('owner, groups and modes are those of its roles');
    expect(verified.status).toBe(0);
    expect(tryAs('outsider', ...verify).status).toBe(3);
  });
});
