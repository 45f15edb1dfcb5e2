/** A bundle on its way: written where the program ran, checked by somebody who has nothing but the mail. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'egress-handed-')));
const at = (...names: string[]): string => path.join(folder, ...names);
const journal = at('journal');
cpSync(path.resolve(import.meta.dirname, '../fixtures/example-journal'), journal, { recursive: true });
const { key } = JSON.parse(readFileSync(path.join(journal, 'journal.json'), 'utf8')) as { key: string };
const head = path.join(journal, 'checkpoint');

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Of a report: what depends on a policy. */
interface Judged {
  readonly journals: readonly {
    readonly verdict: string;
    readonly counts: readonly { readonly name: string; readonly count: number }[];
  }[];
}

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function egress(args: readonly string[], cwd = folder): Answer {
  const env = { PATH: process.env['PATH'] ?? '', HOME: at('home'), EGRESS_KEYS: at('keys') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const names = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .sort();

describe('the whole journal', () => {
  it('arrives as a file, is unpacked by tar, and is checked by egress and by sha256sum', () => {
    const made = egress(['export', '--bundle', 'evidence.tar.gz', journal, '--key', key]);
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toContain('✓ EXPORTED   the whole journal, 23 records');
    const auditor = at('auditor');
    mkdirSync(auditor);
    cpSync(at('evidence.tar.gz'), path.join(auditor, 'mail.tar.gz'));
    const checked = egress(['verify', 'mail.tar.gz', '--key', key, '--expect-head', head], auditor);
    expect(checked).toMatchObject({ status: 0, stderr: '' });
    expect(checked.stdout).toContain('✓ VERIFIED   23 records in 2 segments');
    expect(checked.stdout).toMatch(/✓ the files are those that SHA256SUMS lists +14 files/);
    // What was unpacked to check it is gone.
    expect(readdirSync(os.tmpdir()).filter((name) => name.startsWith('egress-bundle-'))).toEqual([]);
    expect(spawnSync('tar', ['xzf', 'mail.tar.gz'], { cwd: auditor }).status).toBe(0);
    const unpacked = path.join(auditor, 'evidence');
    expect(spawnSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: unpacked }).status).toBe(0);
    expect(egress(['verify', '.', '--key', key, '--strict', '--expect-head', head], unpacked).status).toBe(0);
    // It is a journal like any other, for every command.
    expect(egress(['log', 'journal', '-n', '1'], unpacked).status).toBe(0);
    const readme = readFileSync(path.join(unpacked, 'README.txt'), 'utf8');
    expect(readme).not.toContain(key);
    expect(readme.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(readFileSync(path.join(unpacked, 'report.txt'), 'utf8')).toContain('api.stripe.example:443');
  });

  it('holds the files of the format and no other: no key, no body, nothing that lies around', () => {
    const full = at('full');
    cpSync(journal, full, { recursive: true });
    mkdirSync(path.join(full, 'bodies'));
    writeFileSync(path.join(full, 'bodies/1'), 'SECRET');
    writeFileSync(path.join(full, 'resume.key'), 'SECRET');
    writeFileSync(path.join(full, 'segments/notes.txt'), 'SECRET');
    writeFileSync(path.join(full, 'heads/99.new'), 'SECRET');
    expect(egress(['export', '--bundle', 'plain', full, '--key', key]).status).toBe(0);
    expect(names(at('plain'))).toEqual([
      ...['README.txt', 'SHA256SUMS', 'bundle.json', 'journal/checkpoint', 'journal/epochs/1', 'journal/epochs/2'],
      ...['journal/heads/12', 'journal/heads/23', 'journal/journal.json'],
      ...['journal/segments/00000001.jsonl', 'journal/segments/00000002.jsonl'],
      ...['report.json', 'report.md', 'report.txt'],
    ]);
    symlinkSync('/etc/hostname', path.join(full, 'heads/24'));
    const linked = egress(['export', '--bundle', 'linked', full, '--key', key]);
    expect(linked).toMatchObject({ status: 3, stdout: '' });
    expect(linked.stderr).toContain('is not a regular file');
    expect(names(folder).filter((name) => name.startsWith('linked'))).toEqual([]);
  });

  it.each([
    ['the project’s', [], ['egress.policy.yaml'], []],
    ['the one that was named', ['--policy', 'egress.policy.yaml'], ['policy.yaml'], ['--policy', 'policy.yaml']],
  ])('carries a policy with all that it extends, by which its report comes out again: %s', (_, flags, files, again) => {
    const project = at(`project-${files.join()}`);
    mkdirSync(project);
    const rule = 'rules: [{ id: pay, to: api.stripe.example, why: it sells }]\n';
    writeFileSync(path.join(project, 'base.yaml'), `version: 1\n${rule}`);
    writeFileSync(path.join(project, 'egress.policy.yaml'), 'version: 1\nextends: base.yaml\nunexpected: warn\n');
    expect(egress(['export', '--bundle', '../judged', journal, '--key', key, ...flags], project).status).toBe(0);
    const bundle = at(`elsewhere-${files.join()}`);
    renameSync(at('judged'), bundle);
    expect(names(bundle).filter((name) => name.includes('policy'))).toEqual(files);
    expect(readFileSync(path.join(bundle, 'README.txt'), 'utf8')).toContain(`  ${files.join()} `.trimEnd());
    const { stdout } = egress(['report', 'journal', '--json', '--key', key, ...again], bundle);
    const sent = JSON.parse(readFileSync(path.join(bundle, 'report.json'), 'utf8')) as Judged;
    const [own] = (JSON.parse(stdout) as Judged).journals;
    expect(own?.counts.find(({ name }) => name === 'Expected')?.count).toBeGreaterThan(0);
    const essence = (journals: Judged['journals']): unknown => journals.map(({ verdict, counts }) => [verdict, counts]);
    expect(essence(sent.journals)).toEqual(essence([own].flatMap((one) => one ?? [])));
  });

  it('has the same bytes each time', () => {
    const bytes = (name: string): Buffer => {
      expect(egress(['export', '--bundle', `${name}/same.tgz`, journal, '--key', key]).status).toBe(0);
      return readFileSync(at(name, 'same.tgz'));
    };
    for (const name of ['once', 'twice']) mkdirSync(at(name));
    expect(bytes('once').equals(bytes('twice'))).toBe(true);
  });

  it('says what is wrong with one that was changed on the way', () => {
    egress(['export', '--bundle', 'sent', journal, '--key', key]);
    const changed = (name: string, change: (bundle: string) => void): Answer => {
      cpSync(at('sent'), at(name), { recursive: true });
      change(at(name));
      return egress(['verify', name, '--key', key]);
    };
    const report = changed('report', (bundle) => {
      writeFileSync(path.join(bundle, 'report.txt'), 'ALL CLEAR\n');
    });
    expect(report.status).toBe(1);
    expect(report.stdout).toContain('✗ NOT VERIFIED   report.txt was changed');
    const extra = changed('extra', (bundle) => {
      writeFileSync(path.join(bundle, 'journal/heads/7'), 'x');
    });
    expect(extra.status).toBe(1);
    expect(extra.stdout).toContain('journal/heads/7 is not in SHA256SUMS');
    const less = changed('less', (bundle) => {
      rmSync(path.join(bundle, 'report.md'));
    });
    expect(less.stdout).toContain('✗ NOT VERIFIED   report.md is missing');
    // What file managers and people leave lying about is not evidence, and no reason for an alarm.
    const strewn = changed('strewn', (bundle) => {
      writeFileSync(path.join(bundle, '.DS_Store'), 'x');
      writeFileSync(path.join(bundle, 'my notes.txt'), 'x');
    });
    expect(strewn.status).toBe(0);
    expect(strewn.stdout).toContain('what is in files that SHA256SUMS does not list: .DS_Store, my notes.txt');
    const link = changed('link', (bundle) => {
      symlinkSync('/etc/hostname', path.join(bundle, 'linked'));
    });
    expect(link).toMatchObject({ status: 3, stdout: '' });
    expect(link.stderr).toMatch(/ is a link or a device \(BUNDLE_INVALID\)/);
    const later = changed('later', (bundle) => {
      writeFileSync(path.join(bundle, 'bundle.json'), '{"version":2,"kind":"journal"}\n');
    });
    expect(later.status).toBe(3);
    expect(later.stderr).toContain('the bundle has version 2; this egress knows 1');
    expect(egress(['verify', 'sent'])).toMatchObject({ status: 3 });
    writeFileSync(at('mailed.zip'), 'PK\x03\x04\x14');
    const zip = egress(['verify', 'mailed.zip', '--key', key]);
    expect(zip.status).toBe(3);
    expect(zip.stderr).toContain('it is a zip archive (BUNDLE_INVALID)\n  Unpack it in an empty folder');
  });

  it('of a journal that was changed is evidence of that', () => {
    const bad = at('bad');
    cpSync(journal, bad, { recursive: true });
    const segment = path.join(bad, 'segments/00000001.jsonl');
    writeFileSync(segment, readFileSync(segment, 'utf8').replace('48190', '48191'));
    const made = egress(['export', '--bundle', 'bad.tar.gz', bad, '--key', key]);
    expect(made.status).toBe(0);
    expect(made.stdout).toContain('✗ NOT VERIFIED   the journal in it does not verify: record #');
    expect(egress(['verify', 'bad.tar.gz', '--key', key]).stdout).toMatch(
      /^✗ NOT VERIFIED {3}record #\d+ does not match/,
    );
    expect(egress(['export', '--bundle', 'bad-part', bad, '--seq', '8']).stderr).toContain('JOURNAL_DAMAGED');
  });
});

describe('a part', () => {
  it('shows the chosen records and says how many there are', () => {
    const made = egress(['export', '--bundle', 'one.tar.gz', journal, '--disclose', '8']);
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toContain('Discloses   2 segment.open, 1 process, 1 site, 1 headers, 1 net');
    const checked = egress(['verify', 'one.tar.gz', '--key', key, '--expect-head', head]);
    expect(checked).toMatchObject({ status: 0, stderr: '' });
    expect(checked.stdout).toContain(
      '! VERIFIED, WITH A LIMIT   6 of 23 records are shown; the other 17 are under the same head',
    );
    expect(checked.stdout).toContain('server.address=api.stripe.example');
    expect(checked.stdout).toContain('17 records: #2–#4, #9–#12, #14–#23');
    expect(egress(['verify', 'one.tar.gz', '--key', key, '--strict', '--expect-head', head]).status).toBe(1);
    const json = JSON.parse(egress(['verify', 'one.tar.gz', '--key', key, '--json']).stdout) as object;
    expect(json).toMatchObject({
      ...{ verdict: 'VERIFIED_WITH_LIMIT', total: 23, bundle: { kind: 'part', files: 12 } },
      ...{ shown: { count: 6 }, withheld: { count: 17 }, head: { size: 23 } },
    });
    egress(['export', '--bundle', 'one', journal, '--disclose', '8']);
    const text = names(at('one'))
      .map((name) => readFileSync(at('one', name), 'utf8'))
      .join('');
    expect(text).toContain('api.stripe.example');
    expect(text).not.toContain('live.example');
  });

  it('is chosen by numbers, times, hosts and packages, as log chooses', () => {
    const shown = (name: string, ...args: string[]): number => {
      const made = egress(['export', '--bundle', name, journal, '--json', '--alone', ...args]);
      return (JSON.parse(made.stdout) as { shown: number }).shown;
    };
    expect(shown('by-seq', '--seq', '3..5,8', '--seq', '1')).toBe(5);
    expect(shown('by-time', '--since', '2026-10-20T12:04:06Z', '--until', '2026-10-20T12:09:00Z')).toBeGreaterThan(2);
    expect(shown('by-host', '--host', '*.stripe.example')).toBe(2);
    expect(shown('by-package', '--package', 'stripe', '--package', 'shop')).toBe(5);
    expect(shown('all', '--seq', '1..')).toBe(23);
  });

  it('is refused where it makes no sense', () => {
    const refused = (...args: string[]): string => {
      const { stderr, stdout, status } = egress(['export', ...args, journal]);
      expect(stdout).toBe('');
      return `${status ?? ''} ${/\((\w+)\)/.exec(stderr)?.[1] ?? stderr}`;
    };
    expect(refused()).toBe('2 USAGE');
    expect(refused('--bundle', 'x', '--tlog', 'y')).toBe('2 USAGE');
    expect(refused('--html', 'x.html', '--host', 'a.example')).toBe('2 USAGE');
    expect(refused('--tlog', 'x', '--seq', '3')).toBe('2 USAGE');
    expect(refused('--bundle', 'journal')).toBe('2 USAGE');
    expect(refused('--bundle', 'home/../journal/journal.json/x')).toBe('2 USAGE');
    expect(refused('--bundle', 'x', '--host', 'nowhere.example')).toBe('1 RECORD_NOT_FOUND');
    expect(refused('--bundle', 'x', '--seq', '40')).toBe('1 RECORD_NOT_FOUND');
    expect(refused('--bundle', 'x', '--seq', '9..3')).toBe('2 USAGE');
    expect(readdirSync(folder).filter((name) => name.startsWith('x'))).toEqual([]);
  });
});
