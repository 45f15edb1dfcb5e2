/** tools/verify.py as a stranger runs it, beside `egress verify`: words and exit codes of both on the same journals and proofs. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasPython, TOOLS } from '../fixtures/second-verifier.js';
import { writeSampleJournal } from '../fixtures/sample-journal.js';

const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
const example = path.resolve(import.meta.dirname, '../fixtures/example-journal');
const vectors = path.resolve(import.meta.dirname, '../vectors');
const { key } = JSON.parse(readFileSync(path.join(example, 'journal.json'), 'utf8')) as { key: string };
const otherKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const END = '23:upKJovgKYimuuVBuNkpUunyAQlDXudltReh28Na9sCA=';
const OLDER = '12:YadBE3lse+VqpDCuNCjTLW+x6PtlCfd8JWHF3QEGPvo=';
const folder = mkdtempSync(path.join(os.tmpdir(), 'egress-second-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number | null;
  readonly verdict: string;
}

const environment = { PATH: process.env['PATH'] ?? '', HOME: folder, PYTHONDONTWRITEBYTECODE: '1' };

function ask(command: string, args: readonly string[]): Answer {
  const { status, stdout } = spawnSync(command, args, { env: environment, encoding: 'utf8' });
  return { status, verdict: /(NOT VERIFIED|NOT CHECKED|VERIFIED, WITH A LIMIT|VERIFIED)/.exec(stdout)?.[0] ?? '' };
}

function copy(change: (directory: string) => void): string {
  const directory = mkdtempSync(path.join(folder, 'copy-'));
  cpSync(example, directory, { recursive: true });
  change(directory);
  return directory;
}

const segment = (directory: string, number: number): string => path.join(directory, `segments/0000000${number}.jsonl`);
const edit = (file: string, from: string, to: string): void => {
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
};

describe.skipIf(!hasPython)('tools/verify.py (skipped where there is no Python 3.9)', () => {
  const untouched = (): void => undefined;
  const cases: [name: string, change: (directory: string) => void, args: string[], verdict: string, status: number][] =
    [
      ['a good journal and its end', untouched, ['--key', key, '--expect-head', END], 'VERIFIED', 0],
      ['an older head', untouched, ['--key', key, '--expect-head', OLDER], 'VERIFIED, WITH A LIMIT', 0],
      ['no head', untouched, ['--key', key], 'VERIFIED, WITH A LIMIT', 0],
      ['no key', untouched, [], 'NOT CHECKED', 3],
      ['another key', untouched, ['--key', otherKey], 'NOT VERIFIED', 1],
      ['another head', untouched, ['--key', key, '--expect-head', END.replace('23:', '22:')], 'NOT VERIFIED', 1],
      [
        'an edited line',
        (directory) => {
          edit(segment(directory, 1), '"parent_pid":48190', '"parent_pid":48191');
        },
        ['--key', key],
        'NOT VERIFIED',
        1,
      ],
      [
        'a torn tail behind a head that ended the journal',
        (directory) => {
          appendFileSync(segment(directory, 2), '{"seq":24');
        },
        ['--key', key],
        'NOT VERIFIED',
        1,
      ],
      [
        'a later format',
        (directory) => {
          edit(path.join(directory, 'journal.json'), '"version":1', '"version":2');
        },
        ['--key', key],
        'NOT CHECKED',
        3,
      ],
      [
        'no journal',
        (directory) => {
          rmSync(directory, { recursive: true });
        },
        ['--key', key],
        'NOT CHECKED',
        3,
      ],
    ];
  it.each(cases)('agrees with egress verify, given %s', (_name, change, args, verdict, status) => {
    const journal = copy(change);
    expect(ask('python3', [path.join(TOOLS, 'verify.py'), journal, ...args])).toEqual({ status, verdict });
    expect(ask(process.execPath, [bin, 'verify', journal, ...args])).toEqual({ status, verdict });
  });

  const proofs: [name: string, prove: string[], args: string[], verdict: string, status: number][] = [
    ['of a record and its head', ['8'], ['--key', key, '--expect-head', END], 'VERIFIED', 0],
    [
      'of a record, and a head that it does not lead to',
      ['8'],
      ['--key', key, '--expect-head', OLDER],
      'WITH A LIMIT',
      0,
    ],
    ['of two heads', ['--from', '12'], ['--key', key, '--expect-head', OLDER], 'VERIFIED', 0],
    ['from no head', ['--from', '0'], ['--key', key], 'WITH A LIMIT', 0],
    ['under another key', ['8'], ['--key', otherKey], 'NOT VERIFIED', 1],
    ['without a key', ['8'], [], 'NOT CHECKED', 3],
  ];
  it.each(proofs)('agrees about a proof %s', (name, prove, args, verdict, status) => {
    const file = path.join(folder, `${name}.proof`);
    spawnSync(process.execPath, [bin, 'prove', ...prove, example, '--out', file], { env: environment });
    for (const answer of [
      ask('python3', [path.join(TOOLS, 'verify.py'), file, ...args]),
      ask(process.execPath, [bin, 'verify', file, ...args]),
    ]) {
      expect(answer.verdict).toContain(verdict);
      expect(answer.status).toBe(status);
    }
  });

  it('agrees about segments that nobody signed', () => {
    const journal = writeSampleJournal();
    const answers = [
      ask('python3', [path.join(TOOLS, 'verify.py'), journal, '--key', key]),
      ask(process.execPath, [bin, 'verify', journal, '--key', key]),
    ];
    expect(answers).toEqual(Array.from({ length: 2 }, () => ({ status: 1, verdict: 'NOT VERIFIED' })));
    rmSync(journal, { recursive: true });
  });

  it('takes a wrong command line for one', () => {
    expect(ask('python3', [path.join(TOOLS, 'verify.py'), example, '--key', key, '--expect-head', '23:x'])).toEqual({
      status: 2,
      verdict: '',
    });
  });

  it('has the same Ed25519 as egress, by the vectors of C2SP CCTV and Wycheproof', () => {
    const script = `
import json, sys
sys.path.insert(0, ${JSON.stringify(TOOLS)})
from signed_note import signature_fits
cctv = json.load(open('ed25519-cctv/ed25519vectors.json'))
bad = {'low_order_A', 'non_canonical_A', 'non_canonical_R'}
fits = lambda key, message, signature: signature_fits(bytes.fromhex(key), message, bytes.fromhex(signature))
wrong = [case['number'] for case in cctv
         if fits(case['key'], case['msg'].encode(), case['sig']) != (not bad & set(case['flags'] or []))]
tests = [(group['publicKey']['pk'], test) for group in json.load(open('ed25519-wycheproof/ed25519_test.json'))['testGroups']
         for test in group['tests']]
wrong += [test['tcId'] for key, test in tests
          if fits(key, bytes.fromhex(test['msg']), test['sig']) != (test['result'] == 'valid')]
print(len(cctv), len(tests), wrong)
`;
    const { stdout, stderr } = spawnSync('python3', ['-c', script], {
      cwd: vectors,
      env: environment,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^914 1[0-9]{2} \[\]\n$/);
  });
});
