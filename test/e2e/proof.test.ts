/** `egress prove`, `cosign` and `verify` of what they write, as a shell sees them. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'egress-proof-')));
const at = (name: string): string => path.join(folder, name);
const journal = at('journal');
cpSync(path.resolve(import.meta.dirname, '../fixtures/example-journal'), journal, { recursive: true });
const { key } = JSON.parse(readFileSync(path.join(journal, 'journal.json'), 'utf8')) as { key: string };
const oldHead = path.join(journal, 'heads/12');

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function egress(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, EGRESS_KEYS: at('keys') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** The journal as it was when its first segment ended. */
function olderCopy(): string {
  const copy = at('older');
  cpSync(journal, copy, { recursive: true });
  for (const name of ['heads/23', 'epochs/2', 'segments/00000002.jsonl']) rmSync(path.join(copy, name));
  rmSync(path.join(copy, 'checkpoint'));
  cpSync(oldHead, path.join(copy, 'checkpoint'));
  return copy;
}

describe('egress prove', () => {
  it('writes a proof that verify takes without the journal, and says what it discloses', () => {
    const made = egress('prove', '8', journal, '--out', 'r.tlog-proof');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(made.stdout).toContain('Discloses   #8 net, #1 segment.open, #5 process, #6 site, #7 headers');
    const checked = egress('verify', 'r.tlog-proof', '--key', key, '--expect-head', path.join(journal, 'checkpoint'));
    expect(checked).toMatchObject({ status: 0, stderr: '' });
    expect(checked.stdout).toContain('✓ VERIFIED   record #8 is in the journal of 23 records');
    expect(checked.stdout).toContain('server.address=api.stripe.example');
    expect(checked.stdout.split('\n').filter((line) => line.length > 80 && line.includes('–'))).toEqual([]);
  });

  it('prints the proof alone on stdout, or in JSON', () => {
    const { stdout, stderr } = egress('prove', '8', journal, '--alone');
    expect(stdout.startsWith('c2sp.org/tlog-proof@v1\n')).toBe(true);
    expect(stderr).toContain('Discloses   #8 net\n');
    const json = JSON.parse(egress('prove', '8', journal, '--alone', '--json').stdout) as { proof: string };
    expect(json.proof).toBe(stdout);
  });

  it('refuses by exit code what is changed, unknown or without a key', () => {
    egress('prove', '8', journal, '--out', 'r.tlog-proof');
    expect(egress('verify', 'r.tlog-proof').status).toBe(3);
    const text = readFileSync(at('r.tlog-proof'), 'utf8');
    writeFileSync(at('changed.tlog-proof'), text.replace('index 7', 'index 8'));
    const changed = egress('verify', 'changed.tlog-proof', '--key', key);
    expect(changed.status).toBe(1);
    expect(changed.stdout).toContain('✗ NOT VERIFIED');
    expect(egress('verify', oldHead, '--key', key)).toMatchObject({ status: 3, stdout: '' });
    expect(egress('prove', '99', journal)).toMatchObject({ status: 1, stdout: '' });
    expect(egress('prove')).toMatchObject({ status: 2, stdout: '' });
  });

  it('leads from an older head to the newest', () => {
    expect(egress('prove', '--from', oldHead, journal, '--out', 'c.proof').status).toBe(0);
    const { status, stdout } = egress('verify', 'c.proof', '--key', key, '--expect-head', oldHead);
    expect(status).toBe(0);
    expect(stdout).toContain('✓ VERIFIED   the head of 12 records is the beginning of that of 23');
    const forged = `12:${'0'.repeat(64)}`;
    expect(egress('verify', 'c.proof', '--key', key, '--expect-head', forged).status).toBe(1);
    // As `egress head > FILE` leaves it.
    writeFileSync(at('short'), egress('head', journal).stdout);
    expect(egress('verify', journal, '--key', key, '--expect-head', 'short').stdout).toContain(
      '✓ VERIFIED   23 records',
    );
    expect(egress('prove', '--from', forged, journal).status).toBe(1);
  });
});

describe('egress cosign', () => {
  it('keeps a key of its own, for its owner only', () => {
    const { status, stdout } = egress('cosign', '--init', 'w.key', '--name', 'witness.example/1');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^witness\.example\/1\+[0-9a-f]{8}\+B/);
    expect(statSync(at('w.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(at('w.key.pub'), 'utf8')).toBe(stdout);
    expect(egress('cosign', '--init', 'w.key').status).toBe(2);
  });

  it('demands the journal’s key the first time, then cosigns what grew, and verify is WITNESSED', () => {
    const older = olderCopy();
    expect(egress('cosign', older, '--key', 'w.key')).toMatchObject({ status: 3, stdout: '' });
    const first = egress('cosign', older, '--key', 'w.key', '--journal-key', key);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    const verify = (...more: string[]): ReturnType<typeof egress> =>
      egress('verify', journal, '--key', key, '--witness', 'w.key.pub', ...more);
    const missing = verify();
    expect(missing.status).toBe(1);
    expect(missing.stdout).toContain('there is no cosignature by witness.example/1');
    cpSync(path.join(older, 'cosignatures'), path.join(journal, 'cosignatures'), { recursive: true });
    expect(verify().stdout).toContain('witness.example/1 saw the records up to #12 only');
    expect(verify('--strict').status).toBe(1);

    egress('prove', '--from', '12', journal, '--out', 'grown.proof');
    const second = egress('cosign', 'grown.proof', '--key', 'w.key', '--out', 'cosigned');
    expect(second.stdout).toContain('✓ COSIGNED   23 records, grown from 12');
    expect(verify('--expect-head', 'cosigned').stdout).toContain('✓ VERIFIED, WITNESSED');
    const id = readFileSync(at('w.key.pub'), 'utf8').split('+')[1] ?? '';
    cpSync(at('cosigned'), path.join(journal, `cosignatures/23.${id}`));
    const witnessed = verify('--strict');
    expect(witnessed.status).toBe(0);
    expect(witnessed.stdout).toMatch(/✓ cosigned by witness\.example\/1 +23 records, 20[0-9-]+T[0-9:.]+Z/);
  });

  it('lets a record’s proof carry the cosignatures of its head', () => {
    egress('prove', '8', journal, '--out', 'w.tlog-proof');
    const { status, stdout } = egress('verify', 'w.tlog-proof', '--key', key, '--witness', 'w.key.pub');
    expect(status).toBe(0);
    expect(stdout).toContain('✓ VERIFIED, WITNESSED   record #8');
    expect(egress('verify', 'w.tlog-proof', '--key', key).stdout).toContain('a cosignature in it');
  });

  it('refuses to go back, another history, and a proof from elsewhere', () => {
    expect(egress('cosign', at('older'), '--key', 'w.key')).toMatchObject({ status: 1, stdout: '' });
    egress('prove', '--from', '0', journal, '--out', 'zero.proof');
    const state = JSON.parse(readFileSync(at('w.key.seen'), 'utf8')) as { journals: { root: string; size: number }[] };
    const [seen] = state.journals;
    if (seen === undefined) throw new Error('the witness remembers nothing');
    writeFileSync(at('w.key.seen'), JSON.stringify({ ...state, journals: [{ ...seen, root: 'ab'.repeat(32) }] }));
    const other = egress('cosign', journal, '--key', 'w.key');
    expect(other.status).toBe(1);
    expect(other.stderr).toContain('HEAD_MISMATCH');
    expect(egress('cosign', 'zero.proof', '--key', 'w.key').status).toBe(1);
    writeFileSync(at('w.key.seen'), JSON.stringify({ ...state, journals: [{ ...seen, size: 5 }] }));
    expect(egress('cosign', 'zero.proof', '--key', 'w.key').stderr).toContain('egress prove --from 5');
    expect(egress('cosign', oldHead, '--key', 'w.key').stderr).toContain('a head alone does not show');
    writeFileSync(at('w.key.seen'), 'x');
    expect(egress('cosign', journal, '--key', 'w.key').stderr).toContain('WITNESS_STATE_INVALID');
  });

  it('is NOT VERIFIED where the witness saw more, or other records', () => {
    const cut = at('older');
    cpSync(path.join(journal, 'cosignatures'), path.join(cut, 'cosignatures'), { recursive: true });
    const { status, stdout } = egress('verify', cut, '--key', key, '--witness', 'w.key.pub');
    expect(status).toBe(1);
    expect(stdout).toContain('witness.example/1 saw 23 records, but they end with #12');
  });

  it('is NOT VERIFIED with a cosignature that is not by the witness', () => {
    const id = readFileSync(at('w.key.pub'), 'utf8').split('+')[1] ?? '';
    const file = path.join(journal, `cosignatures/23.${id}`);
    const note = readFileSync(file, 'utf8');
    const lines = note.split('\n');
    const last = lines[5] ?? '';
    rmSync(file);
    const other = last.at(-10) === 'A' ? 'B' : 'A';
    writeFileSync(file, note.replace(last, `${last.slice(0, -10)}${other}${last.slice(-9)}`));
    const { status, stdout } = egress('verify', journal, '--key', key, '--witness', 'w.key.pub');
    expect(status).toBe(1);
    expect(stdout).toContain('the cosignature is not by witness.example/1');
  });
});
