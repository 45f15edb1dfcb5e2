/** The reading commands as a user starts them: the built binary, its streams and its exit codes. */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeSampleJournal, writeSegments } from '../fixtures/sample-journal.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
const folder = temporaryFolder();
let journal: string;

beforeAll(() => {
  journal = writeSampleJournal();
});

/** Nothing of the surroundings may decide what comes out. */
function environment(env: Record<string, string>): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: folder, TZ: 'Europe/Paris', ...env };
}

function egress(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    env: environment(env),
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('log', () => {
  test('80 columns', () => {
    expect(egress(['log', journal], { COLUMNS: '80' })).toMatchInlineSnapshot(`
      {
        "status": 0,
        "stderr": "",
        "stdout": "2026-10-20 UTC
          #3 12:04:05Z ▶ run 1 began: node with 1 argument, observed by hooks, no ker…
          #7 12:04:05Z → 200 POST    api.stripe.example:443/v… stripe         ↑ 4.4 kB
          #8 12:04:06Z ← 503 GET     :8080/checkout from 127.… shop           ↑ 1.2 kB
          #9 12:04:07Z → err tcp     ECONNREFUSED 127.0.9.4:25 ?                 ↑ 0 B
      2026-10-21 UTC
         #12 00:00:07Z → 101 GET     live.example:443/feed     shop            ↑ 410 B
         #13 00:05:37Z · #12 ended: success, sent 90.4 kB, received 1.8 MB, after 5m …
         #14 00:05:38Z ! not recorded: 213 × hook_queue_full
         #15 00:05:41Z ■ run 2 over: program exited 0, 1 call, 213 not recorded
      ",
      }
    `);
  });

  test('120 columns', () => {
    expect(egress(['log', journal], { COLUMNS: '120' }).stdout).toMatchInlineSnapshot(`
      "2026-10-20 UTC
          #3 12:04:05.002Z ▶ run 1 began: node with 1 argument, observed by hooks, no kernel (not_in_this_version)
          #7 12:04:05.123Z → 200 POST    api.stripe.example:443/v1/charges   stripe               ↑ 4.4 kB    ↓ 211 B   183 ms
          #8 12:04:06.212Z ← 503 GET     :8080/checkout from 127.0.0.1       shop                 ↑ 1.2 kB    ↓ 312 B   2.1 ms
          #9 12:04:07.010Z → err tcp     ECONNREFUSED 127.0.9.4:25           ?                       ↑ 0 B      ↓ 0 B    18 ms
      2026-10-21 UTC
         #12 00:00:07.100Z → 101 GET     live.example:443/feed               shop                  ↑ 410 B    ↓ 220 B     open
         #13 00:05:37.000Z · #12 ended: success, sent 90.4 kB, received 1.8 MB, after 5m 30s
         #14 00:05:38.000Z ! not recorded: 213 × hook_queue_full
         #15 00:05:41.000Z ■ run 2 over: program exited 0, 1 call, 213 not recorded
      "
    `);
  });

  test('no line is wider than the terminal, and none is cut for a pipe', () => {
    for (const columns of [60, 80, 100, 120, 200]) {
      for (const line of egress(['log', journal], { COLUMNS: String(columns) }).stdout.split('\n')) {
        expect(line.length).toBeLessThanOrEqual(Math.max(columns, 79));
      }
    }
    expect(egress(['log', journal]).stdout).not.toContain('…');
  });

  test('times in the local zone', () => {
    const { stdout } = egress(['log', journal, '--local', '-n', '1']);
    expect(stdout).toContain('2026-10-21\n   #15 02:05:41.000+0200 ■ run 2 over');
  });

  test('colour only where it is asked for', () => {
    // eslint-disable-next-line no-control-regex -- escape sequences are what is looked for
    const sequence = /\x1b\[/;
    expect(egress(['log', journal]).stdout).not.toMatch(sequence);
    expect(egress(['log', journal], { FORCE_COLOR: '1' }).stdout).toMatch(sequence);
    expect(egress(['log', journal], { FORCE_COLOR: '1', NO_COLOR: '1' }).stdout).not.toMatch(sequence);
    expect(egress(['log', journal, '--color=always'], { NO_COLOR: '1' }).stdout).toMatch(sequence);
  });

  test('-o json gives the stored bytes, --json does too', () => {
    const stored = ['00000001', '00000002'].map((name) =>
      readFileSync(path.join(journal, 'segments', `${name}.jsonl`), 'utf8'),
    );
    expect(egress(['log', journal, '-o', 'json']).stdout).toBe(stored.join(''));
    expect(egress(['log', journal, '--json']).stdout).toBe(stored.join(''));
  });

  test('the journal: argument, flag, variable, config file, .egress', () => {
    const project = temporaryFolder();
    writeFileSync(path.join(project, 'egress.config.yaml'), `journal: ${journal}\n`);
    const configured = spawnSync(process.execPath, [bin, 'log', '-n', '1'], {
      cwd: project,
      env: environment({}),
      encoding: 'utf8',
    });
    expect(configured.stdout).toContain('#15');
    expect(egress(['log', '-n', '1', '--journal', journal]).stdout).toContain('#15');
    expect(egress(['log', '-n', '1'], { EGRESS_JOURNAL: journal }).stdout).toContain('#15');
    expect(egress(['log'])).toMatchObject({ status: 3, stdout: '' });
    expect(egress(['log']).stderr).toContain('there is no journal at .egress (JOURNAL_MISSING)');
  });

  test('from a folder below, the journal of the one above is named', () => {
    const project = temporaryFolder();
    symlinkSync(journal, path.join(project, '.egress'));
    mkdirSync(path.join(project, 'below'));
    const [file, options] = [process.execPath, { cwd: path.join(project, 'below'), env: environment({}) }] as const;
    const { stderr } = spawnSync(file, [bin, 'log'], { ...options, encoding: 'utf8' });
    expect(stderr).toContain('there is no journal at .egress (JOURNAL_MISSING)\n  There is one at ../.egress.\n');
  });

  test('a journal is never read from stdin', () => {
    const { stderr } = spawnSync(process.execPath, [bin, 'log'], {
      cwd: folder,
      env: environment({}),
      input: journal,
      encoding: 'utf8',
    });
    expect(stderr).toContain('.egress (JOURNAL_MISSING)');
  });

  test('a reader that goes away ends it quietly and soon', () => {
    const many = writeSegments([
      Array.from({ length: 60_000 }, () => ({
        kind: 'seal' as const,
        time: '',
        seal: { segment: 1, reason: 'interval' as const },
      })),
    ]);
    const script = `"${process.execPath}" "${bin}" log -o json "${many}" | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { env: environment({}), encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('141');
  });

  test.skipIf(process.platform !== 'linux')('a full disk behind stdout is said', () => {
    const script = `"${process.execPath}" "${bin}" log "${journal}" > /dev/full; echo "$?"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { env: environment({}), encoding: 'utf8' });
    expect(stdout).toBe('3\n');
    expect(stderr).toContain('(WRITE_FAILED)');
  });

  test('-f shows a record as it comes', async () => {
    const followed = writeSampleJournal();
    const child = spawn(process.execPath, [bin, 'log', '-f', '-n', '1', '-o', 'json', followed], {
      cwd: folder,
      env: environment({}),
    });
    let text = '';
    const line = '{"seq":16,"prev":"","kind":"x"}';
    const seen = new Promise<void>((resolve) => {
      child.stdout.on('data', (data: Buffer) => {
        if (text === '') appendFileSync(path.join(followed, 'segments', '00000002.jsonl'), `${line}\n`);
        text += data.toString();
        if (text.endsWith(`${line}\n`)) resolve();
      });
    });
    await seen;
    child.kill();
    expect(text.split('\n')).toHaveLength(3);
  });
});

describe('show', () => {
  test('a call', () => {
    expect(egress(['show', '7', journal])).toMatchInlineSnapshot(`
      {
        "status": 0,
        "stderr": "",
        "stdout": "#7 POST api.stripe.example:443/v1/charges  200

        What
          call         outbound, through https
          outcome      success
          seen by      the hooks
          began        2026-10-20 12:04:05.123Z
          run          1

        Where
          named        api.stripe.example:443
          address      127.0.7.1
          local port   50112
          path         /v1/charges

        Headers
          request      authorization, content-type: application/json
          response     date
          values       masked where only a name is shown

        Who
          package      stripe 14.1.0
          purl         pkg:npm/stripe@14.1.0
          stack        shop@1.0.0 → stripe@14.1.0
          confidence   high
          called at    node_modules/stripe/lib/net.js:71  request
                       src/checkout.ts:142  charge

        Process
          pid          48213, named by the system
          parent       48190
          program      /usr/bin/node
          started as   node
          node         20.20.2
          thread       main

        Size and time
          sent         4.4 kB
          received     211 B
          took         183 ms
          of that      look-up 310 µs, connect 820 µs, TLS 4.1 ms, first byte 171 ms
          fingerprint  mXb1c2Qe3RzT4Yw5UiOpAg, of the request body, as the program reported it

        Chain
          line         segments/00000001.jsonl line 7 byte 1786, 618 bytes
          previous     fdf9c2d974044b708c21f5465aa03a38bd333f0f60b048ca67cb028f5c17d62f
                       ✓ is the hash of the line before
          hash         58226616ba55f70d1da1223a666d88af4a48b9c149a840f1cdf76bbfc5a4719e
                       ✓ the line behind names it
          under        no kept head yet

        Not shown by this record
          – that the journal is complete and signed: egress verify
          – what was sent: no record holds a body
          – that host, path and package are true: the hooks in the program reported them
          – that the time is right: it comes from the machine that ran the program
      ",
      }
    `);
  });

  test('as JSON, one object', () => {
    const { status, stdout } = egress(['show', '7', journal, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      record: { seq: 7, kind: 'net' },
      run: 1,
      site: { package: { version: '14.1.0' } },
      chain: { file: 'segments/00000001.jsonl', line: 7, previous: 'same', next: 'same' },
    });
  });

  test('a record whose hash its neighbour does not name', () => {
    const changed = writeSampleJournal();
    const segment = path.join(changed, 'segments', '00000001.jsonl');
    writeFileSync(segment, readFileSync(segment, 'utf8').replace('/v1/charges', '/v1/chargeS'));
    const { status, stdout } = egress(['show', '7', changed]);
    expect(status).toBe(1);
    expect(stdout).toContain('✗ the line behind names another hash');
  });
});

describe('doctor', () => {
  test('says what it found, and the same as JSON', () => {
    const env = { EGRESS_DURABILTY: 'none', EGRESS_KEYS: temporaryFolder() };
    const text = egress(['doctor', journal], env);
    const json = egress(['doctor', journal, '--json'], env);
    expect(text.stdout).toContain('! settings         EGRESS_DURABILTY is no setting');
    expect(text.stdout).toContain('→ Did you mean EGRESS_DURABILITY?');
    const { ok, checks } = JSON.parse(json.stdout) as { ok: boolean; checks: { name: string; status: string }[] };
    expect(ok).toBe(json.status === 0);
    expect(text.status).toBe(json.status);
    expect(checks.find(({ name }) => name === 'sync to disk')?.status).toBe('ok');
  });

  test('a switched-off egress would record nothing, so the answer is no', () => {
    expect(egress(['doctor', journal], { EGRESS_ENABLED: 'off' })).toMatchObject({ status: 1, stderr: '' });
  });
});

describe('mistakes', () => {
  test.each<[string, string[], string]>([
    ['an unknown command', ['doctr'], 'there is no command doctr (USAGE)\n  Did you mean doctor?'],
    ['an unknown flag', ['log', '--revers'], 'egress log has no flag --revers (USAGE)\n  Did you mean --reverse?'],
    [
      'a wrong value',
      ['log', '-o', 'shrt'],
      '--output takes short, verbose, json, and not shrt. Did you mean short? (USAGE)',
    ],
    ['a missing argument', ['show'], 'SEQ is missing: Number of the record'],
    ['no number', ['log', '-n', 'x'], 'Expected an integer'],
    ['a value too many', ['log', 'a', 'b'], 'egress log has no place for b'],
    ['an unknown flag of help', ['help', '--nope'], 'Nonexistent flag: --nope (USAGE)'],
    ['help for nothing', ['help', 'lgo'], 'there is no help for lgo (USAGE)\n  Did you mean log?'],
  ])('%s', (_name, args, says) => {
    const text = egress(args);
    expect(text).toMatchObject({ status: 2, stdout: '' });
    expect(text.stderr).toContain(says);
    const json = egress([...args, '--json']);
    expect(json).toMatchObject({ status: 2, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'USAGE' } });
  });

  test.each([
    ['run', 125],
    ['log', 3],
  ])('a Node.js that is too old for %s is told of', (command, code) => {
    const old = path.join(temporaryFolder(), 'old.cjs');
    writeFileSync(
      old,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.6' } });`,
    );
    const args = ['--require', old, bin, command, '--', 'true'];
    const { status, stderr } = spawnSync(process.execPath, args, { env: environment({}), encoding: 'utf8' });
    expect(status).toBe(code);
    expect(stderr).toContain('Node.js 20.19.6 is too old, egress needs 20.20 or later (PLATFORM_UNSUPPORTED)');
  });

  test('a program that does not stand behind -- is not started', () => {
    for (const args of [
      ['run', 'node', 'app.js'],
      ['run', '--expect', 'none', 'node', 'app.js'],
    ]) {
      const { status, stderr } = egress(args);
      expect(status).toBe(125);
      expect(stderr).toContain('the program has to stand behind --, and node does not (USAGE)\n  egress run -- node');
    }
  });

  test('a failure has the same exit code with and without --json', () => {
    for (const [args, status] of [
      [['log', '/nowhere'], 3],
      [['show', '99', journal], 1],
      [['log', '--config', 'none.yaml'], 2],
    ] as const) {
      expect(egress(args).status).toBe(status);
      expect(egress([...args, '--json']).status).toBe(status);
    }
  });

  test('version and help', () => {
    expect(egress(['--version']).stdout).toMatch(/^egress\/\d+\.\d+\.\d+(-rc\.\d+)? \S+ node-v\S+\n$/);
    expect(egress([])).toMatchObject({ status: 0, stderr: '' });
    expect(egress(['help', 'exit-codes']).stdout).toContain('125  egress itself failed');
  });
});
