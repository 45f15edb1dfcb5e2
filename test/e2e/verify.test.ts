/** `egress verify` and `egress head` as a shell sees them: streams, exit codes, words. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
const folder = mkdtempSync(path.join(os.tmpdir(), 'egress-verify-'));
const journal = path.join(folder, 'journal');
cpSync(path.resolve(import.meta.dirname, '../fixtures/example-journal'), journal, { recursive: true });
const { key } = JSON.parse(readFileSync(path.join(journal, 'journal.json'), 'utf8')) as { key: string };
const keyFile = path.join(folder, 'ops.pub');
writeFileSync(keyFile, `${key}\n`);
const ROOT = 'upKJovgKYimuuVBuNkpUunyAQlDXudltReh28Na9sCA=';

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function egress(...args: readonly string[]): Outcome {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, EGRESS_KEYS: path.join(folder, 'keys') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** A copy with one byte of record #5 changed. */
function damagedCopy(): string {
  const copy = path.join(folder, 'damaged');
  cpSync(journal, copy, { recursive: true });
  const segment = path.join(copy, 'segments/00000001.jsonl');
  const text = readFileSync(segment, 'utf8');
  rmSync(segment);
  writeFileSync(segment, text.replace('"parent_pid":48190', '"parent_pid":48191'));
  return copy;
}

describe('egress verify', () => {
  it.each([
    ['a key and the end', ['--key', key, '--expect-head', `23:${ROOT}`], 0, '✓ VERIFIED   23 records in 2 segments'],
    ['files for both', ['--key', keyFile, '--expect-head', path.join(journal, 'checkpoint')], 0, '✓ VERIFIED'],
    ['an older head', ['--key', key, '--expect-head', path.join(journal, 'heads/12')], 0, '! VERIFIED, WITH A LIMIT'],
    ['a key only', ['--key', key], 0, '! VERIFIED, WITH A LIMIT'],
    ['a key only, strictly', ['--key', key, '--strict'], 1, '! VERIFIED, WITH A LIMIT'],
    ['a head of more records', ['--key', key, '--expect-head', `24:${ROOT}`], 1, '✗ NOT VERIFIED'],
    ['no key', [], 3, '? NOT CHECKED'],
  ])('answers on stdout, with %s', (_name, args, status, words) => {
    const result = egress('verify', journal, ...args);
    expect(result).toMatchObject({ status, stderr: '' });
    expect(result.stdout.split('\n')[0]).toContain(words);
  });

  it('says the same with --json, by the same exit code', () => {
    for (const args of [['--key', key], ['--key', key, '--strict'], []]) {
      const text = egress('verify', journal, ...args);
      const json = egress('verify', journal, ...args, '--json');
      expect(json.status).toBe(text.status);
      expect(JSON.parse(json.stdout)).toMatchObject({ records: args.length === 0 ? 0 : 23 });
    }
  });

  it('names a damaged record, what it should be and what is still good', () => {
    const { status, stdout } = egress('verify', damagedCopy(), '--key', key);
    expect(status).toBe(1);
    expect(stdout).toContain('✗ NOT VERIFIED   record #5 does not match its hash');
    expect(stdout).toMatch(/Where +segments\/00000001\.jsonl {2}line 5 {2}byte 1425/);
    expect(stdout).toMatch(/Should be +faf86ef9 031bb541 … {3}\(what record #6 says\)/);
    expect(stdout).toMatch(/Good +#1–#4, #6–#23/);
    expect(stdout).toContain('Not shown by this check');
  });

  it.each([
    ['a head that is none', ['--expect-head', '23:abc'], 2, 'USAGE'],
    ['a head file that is not there', ['--expect-head', 'nowhere'], 2, 'USAGE'],
    ['a key file that is not there', ['--key', 'nowhere'], 3, 'KEY_MISSING'],
    ['an unknown flag', ['--expct-head', 'x'], 2, 'USAGE'],
  ])('explains %s', (_name, args, status, code) => {
    const result = egress('verify', journal, ...args);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(code);
  });

  it('has no answer where there is no journal', () => {
    expect(egress('verify', path.join(folder, 'nowhere'))).toMatchObject({ status: 3 });
  });
});

describe('egress head', () => {
  it('prints what verify --expect-head takes', () => {
    const { status, stdout } = egress('head', journal);
    expect(status).toBe(0);
    expect(stdout).toBe(`23:${ROOT}\n`);
    expect(egress('verify', journal, '--key', key, '--expect-head', stdout.trim()).status).toBe(0);
  });

  it('writes the checkpoint to a file, for verify again', () => {
    const file = path.join(folder, 'head.txt');
    expect(egress('head', journal, '--out', file).status).toBe(0);
    expect(readFileSync(file)).toEqual(readFileSync(path.join(journal, 'checkpoint')));
    expect(egress('verify', journal, '--key', key, '--expect-head', file).stdout).toContain('✓ VERIFIED');
  });

  it('says in JSON whether the key is one that was pinned', () => {
    const result = JSON.parse(egress('head', journal, '--json').stdout) as unknown;
    expect(result).toMatchObject({ size: 23, root: ROOT, pinned: false });
  });

  it('fails where there is no journal, or no head that is in order', () => {
    expect(egress('head', path.join(folder, 'nowhere'))).toMatchObject({ status: 3, stdout: '' });
    const copy = path.join(folder, 'headless');
    cpSync(journal, copy, { recursive: true });
    writeFileSync(path.join(copy, 'checkpoint'), 'x');
    const { status, stderr } = egress('head', copy);
    expect(status).toBe(3);
    expect(stderr).toContain('HEAD_INVALID');
  });
});
