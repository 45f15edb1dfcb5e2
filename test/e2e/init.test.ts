/** `egress init`: what it makes, that a second time changes nothing, and what it refuses. */
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FoundationSummary } from '../../src/report/upkeep/foundation-text.js';
import { Accounts, noAccounts } from '../fixtures/accounts.js';
import { Workspace, type Outcome } from '../fixtures/recorded-run.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';
import { Terminal } from '../fixtures/terminal.js';

let workspace: Workspace;
beforeEach(() => {
  workspace = new Workspace();
});
afterEach(() => {
  workspace.remove();
});

const init = (...args: readonly string[]): Promise<Outcome> => workspace.egress(['init', '--yes', ...args]);
const summaryOf = ({ stdout }: Outcome): FoundationSummary & { fingerprint: string } =>
  JSON.parse(stdout) as FoundationSummary & { fingerprint: string };

/** Everything there is, with what would show a change. */
function snapshot(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => {
    const { mtimeMs, ino, mode, size } = lstatSync(path.join(folder, name));
    return [name, ino, mode, size, mtimeMs].join(' ');
  });
}

describe('a new journal', () => {
  test('has keys, a signed head, and is verified by the key that was printed', async () => {
    const made = await init('--json');
    expect(made.status).toBe(0);
    const { key, done, head, files, keys, fingerprint } = summaryOf(made);
    expect({ done, files }).toEqual({ done: 'created', files: [{ file: 'egress.policy.yaml', done: 'created' }] });
    expect(keys.startsWith(workspace.keys)).toBe(true);
    expect(fingerprint).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
    const verified = await workspace.egress(['verify', '--key', key, '--expect-head', `${head?.size}:${head?.root}`]);
    expect(verified.stdout).toContain('✓ VERIFIED ');
    expect(readFileSync(path.join(workspace.journal, '.gitignore'), 'utf8')).toBe('*\n');
  });

  test('says by which way the key has to go, and what comes next', async () => {
    const { stdout } = await init();
    const { key } = JSON.parse(readFileSync(path.join(workspace.journal, 'journal.json'), 'utf8')) as { key: string };
    expect(stdout).toContain(`\n  ${key}\n`);
    expect(stdout).toContain('Not on the way that the journal takes');
    expect(stdout).toContain('egress run --journal');
  });

  test('is recorded into, under the first policy, which fails nothing', async () => {
    await init();
    const code = 'fetch("http://unheard.example/").catch(() => {})';
    const { status, stderr } = await workspace.run([process.execPath, '-e', code]);
    expect(stderr).toContain('the policy does not expect');
    expect(status).toBe(0);
    expect(workspace.recordsOf('session.open')[0]?.session).toEqual({ run: 1, command: 'init' });
  });

  test('a second time nothing changes', async () => {
    await init('--enforce');
    spawnSync('chattr', ['-R', '-f', '-i', '-a', workspace.journal]);
    const before = snapshot(workspace.folder);
    const again = await workspace.egress(['init', '--enforce', '--json']);
    expect(again.status).toBe(0);
    expect(summaryOf(again)).toMatchObject({ done: 'nothing', files: [{ done: 'kept' }, { done: 'kept' }] });
    expect(snapshot(workspace.folder)).toEqual(before);
  });

  test('files that are there are left alone', async () => {
    writeFileSync(path.join(workspace.folder, 'egress.policy.yaml'), 'version: 1\n');
    expect(summaryOf(await init('--json')).files).toEqual([{ file: 'egress.policy.yaml', done: 'kept' }]);
    expect(readFileSync(path.join(workspace.folder, 'egress.policy.yaml'), 'utf8')).toBe('version: 1\n');
  });

  test('without anybody to ask it says so, and makes nothing', async () => {
    const { status, stderr } = await workspace.egress(['init']);
    expect(status).toBe(2);
    expect(stderr).toContain('--yes');
    expect(existsSync(workspace.journal)).toBe(false);
  });

  test('a folder with other things in it is refused', async () => {
    writeFileSync(path.join(workspace.folder, 'other.txt'), '', { mode: 0o666 });
    const before = snapshot(workspace.folder);
    for (const groups of [[], ['--audit-group', '0']]) {
      const { status, stderr } = await init(workspace.folder, ...groups);
      expect(status).toBe(3);
      expect(stderr).toContain('JOURNAL_FOREIGN');
    }
    expect(snapshot(workspace.folder)).toEqual(before);
  });
});

test('asks at a terminal, and takes what stands in brackets', async () => {
  const terminal = new Terminal(['init'], { cwd: workspace.folder, env: { EGRESS_KEYS: workspace.keys } });
  try {
    await terminal.see('Folder of the journal [.egress]');
    terminal.press('records', 'enter');
    await terminal.see('Group that may read it, without bodies [none]');
    terminal.press('enter');
    await terminal.see('Write a first egress.policy.yaml');
    terminal.press('n', 'enter');
    expect((await terminal.ended()).code).toBe(0);
    expect(terminal.output).toContain('✓ journal created');
    expect(existsSync(path.join(workspace.folder, 'records', 'journal.json'))).toBe(true);
    expect(existsSync(path.join(workspace.folder, 'egress.policy.yaml'))).toBe(false);
  } finally {
    terminal.close();
  }
});

describe('a journal that goes on from another one', () => {
  const old = (): string => path.join(workspace.folder, 'old');

  beforeEach(async () => {
    await workspace.run(['true']);
    renameSync(workspace.journal, old());
  });

  test('names what was signed last there, and why', async () => {
    const { head } = JSON.parse((await workspace.egress(['head', old(), '--json'])).stdout) as {
      head?: { size: number };
      size?: number;
    };
    const made = await init('--continues', old(), '--why', 'keys lost with the disk');
    expect(made.status).toBe(0);
    await workspace.run(['true']);
    const { stdout } = await workspace.egress(['verify', '--json']);
    const { continues, verdict } = JSON.parse(stdout) as { verdict: string; continues: { size: number; why: string } };
    expect(verdict).toBe('VERIFIED_WITH_LIMIT');
    expect(continues).toMatchObject({ why: 'keys lost with the disk' });
    expect(continues.size).toBeGreaterThan(3);
    expect([undefined, continues.size]).toContain(head?.size);
    // Each later segment carries it on: a vacuum may remove the first.
    expect(workspace.recordsOf('state').map(({ state }) => state.continues?.size)).toEqual([undefined, continues.size]);
    expect((await verifyByBoth(workspace.journal)).verdict).toBe('VERIFIED_WITH_LIMIT');
    expect((await workspace.egress(['verify'])).stdout).toContain('keys lost with the disk');
  });

  test('a journal whose keys are elsewhere cannot be set up, and the way on is named', async () => {
    const { status, stderr } = await workspace.egress(['init', old()]);
    expect(status).toBe(3);
    expect(stderr).toContain('KEY_MISSING');
    expect(stderr).toContain('--continues');
  });

  test('one that stands already cannot be made to continue another', async () => {
    await init();
    const { status, stderr } = await init('--continues', old(), '--why', 'too late');
    expect(status).toBe(1);
    expect(stderr).toContain('INIT_REFUSED');
  });

  test('a reason is needed, and an old journal that is one', async () => {
    expect((await init('--continues', old())).status).toBe(2);
    const { status, stderr } = await init('--continues', workspace.folder, '--why', 'x');
    expect(status).toBe(3);
    expect(stderr).toContain('JOURNAL_MISSING');
    expect(existsSync(workspace.journal)).toBe(false);
  });
});

describe.runIf(noAccounts === undefined)('groups', () => {
  const accounts = new Accounts();
  let audit = '';
  let officers = '';
  beforeAll(() => {
    audit = accounts.group('a');
    officers = accounts.group('o');
  });
  afterAll(() => {
    accounts.remove();
  });
  const groups = (): string[] => ['--audit-group', audit, '--officer-group', officers];
  const codes = async (): Promise<string[]> => {
    const { stdout } = await workspace.egress(['verify', '--json']);
    return (JSON.parse(stdout) as { limits: { code: string }[] }).limits.map(({ code }) => code);
  };

  test('are added to a journal that has none, once, and never exchanged', async () => {
    await init();
    await workspace.run(['true']);
    expect(summaryOf(await init('--audit-group', audit, '--json'))).toMatchObject({ done: 'roles_added' });
    expect(summaryOf(await init(...groups(), '--json'))).toMatchObject({
      done: 'roles_added',
      roles: { audit: { name: audit }, officers: { name: officers } },
    });
    for (const refused of [[officers], [audit, '--officer-group', 'root']]) {
      const { status, stderr } = await init('--audit-group', ...refused);
      expect(status).toBe(1);
      expect(stderr).toContain('INIT_REFUSED');
    }
    expect(workspace.recordsOf('roles')).toHaveLength(2);
    expect((await verifyByBoth(workspace.journal)).verdict).toBe('VERIFIED_WITH_LIMIT');
    expect((await workspace.egress(['log'])).stdout).toContain(`group ${audit} may read, ${officers} the bodies`);
  });

  test('what was loosened is told by verify and doctor, and set back', async () => {
    await init(...groups());
    expect(await codes()).not.toContain('ACCESS_LOOSE');
    const loosen: readonly [string, number][] = [
      ['bodies', 0o2755],
      ['checkpoint', 0o644],
      ['segments', 0o2770],
    ];
    for (const [file, mode] of loosen) chmodSync(path.join(workspace.journal, file), mode);
    expect(await codes()).toContain('ACCESS_LOOSE');
    const { stdout } = await workspace.egress(['doctor']);
    expect(stdout).toMatch(/(bodies: mode 2755|checkpoint: mode 0644|segments: mode 2770).*and 2 more/);
    expect(stdout).toContain('--repair');
    const again = summaryOf(await workspace.egress(['init', '--json']));
    expect(again.loose.map(({ path: file, why }) => `${file} ${why}`).sort()).toEqual([
      'bodies others',
      'checkpoint others',
      'segments group_may_write',
    ]);
    expect(summaryOf(await init('--repair', '--json'))).toMatchObject({ done: 'repaired', loose: [] });
    expect(await codes()).not.toContain('ACCESS_LOOSE');
  });

  test('a group that does not exist is a mistake, and nothing is made', async () => {
    const { status, stderr } = await init('--audit-group', 'no-such-group-here');
    expect(status).toBe(2);
    expect(stderr).toContain('ACCOUNT_UNKNOWN');
    expect(existsSync(workspace.journal)).toBe(false);
  });

  test('officers without an audit group, or in the same one, are refused', async () => {
    expect((await init('--officer-group', officers)).status).toBe(2);
    expect((await init('--audit-group', audit, '--officer-group', audit)).status).toBe(2);
    expect(existsSync(workspace.journal)).toBe(false);
  });
});
