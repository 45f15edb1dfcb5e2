/** The report as somebody in front of a terminal sees it: the built command, a real pseudo-terminal, an emulator. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { writeCalls, type MadeCall } from '../fixtures/made-journal.js';
import { Workspace } from '../fixtures/recorded-run.js';
import { writeSampleJournal } from '../fixtures/sample-journal.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { Terminal, type TerminalOptions } from '../fixtures/terminal.js';

const BIN = path.resolve(import.meta.dirname, '../../bin/run.js');
const sample = writeSampleJournal();
const open: Terminal[] = [];

function report(journal: string, options: TerminalOptions = {}, ...flags: string[]): Terminal {
  // Relative, so that what a screen shows does not depend on where temporary folders lie.
  const cwd = realpathSync(temporaryFolder());
  const named = path.relative(cwd, realpathSync(journal));
  const terminal = new Terminal(['report', named, ...flags], { cwd, ...options });
  open.push(terminal);
  return terminal;
}

/** Folders of a test have names of their own. */
const without = (text: string): string => text.replaceAll(/egress-test-\w{6}/g, 'egress-test-xxxxxx');

afterEach(() => {
  for (const terminal of open.splice(0)) terminal.close();
});

describe('screens', () => {
  const calls: readonly MadeCall[] = [
    ...Array.from({ length: 21 }, (_, i) => ({ name: 'stripe', installed: true, sent: 1_000 + i, path: `/v1/${i}` })),
    ...Array.from({ length: 9 }, () => ({ name: 'pg', host: 'db.internal.example', port: 5432, received: 18_400 })),
    ...Array.from({ length: 3 }, () => ({
      name: '@sentry/node',
      host: 'o447951.ingest.sentry.example',
      installed: true,
    })),
    { host: '127.0.0.9', port: 25, failed: true },
    { inbound: true, name: 'shop', host: '10.0.0.7', port: 8080 },
  ];
  const journal = writeCalls(calls);

  test.each([
    [80, 24],
    [100, 30],
    [120, 40],
  ])('%i×%i: main screen, panels, list, record', async (columns, rows) => {
    const terminal = report(journal, { columns, rows });
    const shots = [await terminal.see('Destinations (4)')];
    for (const [key, own] of [
      ['2', 'Traffic by package ('],
      ['3', 'Traffic by day ('],
      ['4', 'Traffic by channel ('],
      ['5', /^ Why$/m],
    ] as const) {
      terminal.press(key);
      shots.push(await terminal.see(own));
    }
    terminal.press('1', 'down', 'enter');
    // A list is there at once, and reads on.
    shots.push(await terminal.see((text) => text.includes('esc back') && !text.includes('searching')));
    terminal.press('enter');
    shots.push(await terminal.see('egress report · record #'));
    for (const line of shots.flatMap((shot) => shot.split('\n'))) expect(line.length).toBeLessThanOrEqual(columns);
    expect(shots.map((shot) => without(shot)).join(`\n${'═'.repeat(columns)}\n`)).toMatchSnapshot();
  });
});

describe('leaving', () => {
  test.each([
    [
      'q',
      (terminal: Terminal) => {
        terminal.press('q');
      },
      0,
    ],
    [
      'Ctrl-C',
      (terminal: Terminal) => {
        terminal.press('ctrlC');
      },
      0,
    ],
    [
      'SIGTERM',
      (terminal: Terminal) => {
        terminal.kill('SIGTERM');
      },
      143,
    ],
    [
      'SIGHUP',
      (terminal: Terminal) => {
        terminal.kill('SIGHUP');
      },
      129,
    ],
  ] as const)('%s gives the terminal back as it was', async (_name, leave, code) => {
    const terminal = new Terminal([], { shell: `echo before; exec $EGRESS report ${sample}` });
    open.push(terminal);
    await terminal.see('Destinations');
    expect(terminal.isAlternate).toBe(true);
    leave(terminal);
    expect(await terminal.ended()).toMatchObject({ code });
    expect(terminal.isAlternate).toBe(false);
    expect(terminal.text()).toBe('before');
    expect(terminal.output).not.toContain('\x1b[3J');
    expect(terminal.output.lastIndexOf('\x1b[?25h')).toBeGreaterThan(terminal.output.lastIndexOf('\x1b[?25l'));
  });
});

test('a window that changes its size keeps a whole screen', async () => {
  const terminal = report(sample, { columns: 120, rows: 40 });
  await terminal.see('Destinations');
  for (const [columns, rows] of [
    [80, 24],
    [60, 16],
    [59, 20],
    [100, 12],
    [200, 60],
    [100, 30],
  ] as const) {
    terminal.resize(columns, rows);
    const isSmall = columns < 60 || rows < 16;
    // Said, or drawn, only at this size.
    await terminal.see((text) =>
      isSmall ? text.includes(`has ${columns}x${rows}.`) : text.split('\n').includes('─'.repeat(columns)),
    );
    const lines = terminal.lines();
    if (!isSmall) expect(terminal.text()).toContain('api.stripe.example:443');
    expect([columns, rows, terminal.isWrapped]).toEqual([columns, rows, false]);
    // Nothing of an older size is left: one title, one foot.
    expect(lines.filter((line) => line.includes('egress report ·'))).toHaveLength(isSmall ? 0 : 1);
    if (!isSmall) expect(lines.filter((line) => line.includes('move'))).toHaveLength(1);
    expect(terminal.output).not.toContain('\x1b[3J');
  }
});

describe('a walk by keys', () => {
  test('filter, open, back, help, export', async () => {
    const terminal = report(sample);
    await terminal.see('Destinations');
    terminal.press('/');
    await terminal.see('report · all records');
    terminal.press('/', 'stripe !8080', 'enter');
    expect(await terminal.see('filter stripe !8080')).toContain('api.stripe.example');
    expect(terminal.text()).not.toContain('live.example');
    terminal.press('enter');
    // The site of the same package comes first.
    await terminal.see('record #5');
    terminal.press('escape');
    await terminal.see('filter stripe');
    terminal.press('j');
    await terminal.see('▸     #7');
    terminal.press('enter');
    expect(await terminal.see('record #7')).toContain('api.stripe.example:443/v1/charges');
    terminal.press('G');
    expect(await terminal.see('Not shown by this record')).toContain('✓ is the hash of the line before');
    terminal.press('?');
    await terminal.see('another panel');
    terminal.press('escape');
    await terminal.see('record #7');
    terminal.press('escape');
    await terminal.see('filter stripe');
    terminal.press('escape');
    await terminal.see('#15');
    terminal.press('escape');
    await terminal.see('Destinations');
    terminal.press('t');
    const times = await terminal.see('over time, destinations: api.stripe');
    expect(times).toMatch(/2026-10-20 12:00Z +1 /);
    terminal.press('escape');
    await terminal.see('Destinations');
    terminal.press('e');
    await terminal.see('egress-report.md');
    terminal.press('m');
    await terminal.see('✓ written to egress-report.md');
    expect(readFileSync(path.join(terminal.folder, 'egress-report.md'), 'utf8')).toContain('## ');
    terminal.press('e');
    await terminal.see('m   egress-report.md');
    terminal.press('j');
    await terminal.see('✓ written to egress-report.json');
    expect(existsSync(path.join(terminal.folder, 'egress-report.json'))).toBe(true);
  });
});

test('the numbers above the panels lead to their records', async () => {
  const terminal = report(sample, { columns: 60, rows: 16 });
  await terminal.see('Destinations (');
  terminal.press('right', 'right');
  await terminal.see('▸Outbound 3');
  terminal.press('left', 'left');
  await terminal.see('▸Calls 4');
  terminal.press('enter');
  await terminal.see('report · calls');
  terminal.press('escape');
  await terminal.see('▸Calls 4');
  terminal.press('right', 'right', 'right');
  await terminal.see('▸Failed 1');
  terminal.press('enter');
  expect(await terminal.see('report · failed')).toMatch(/▸ +#9 /);
  terminal.press('escape');
  await terminal.see('▸Failed 1');
  terminal.press('t');
  await terminal.see('Only calls are counted by the hour');
  terminal.press('down');
  await terminal.see((text) => !text.includes('▸Failed') && text.includes('▸ '));
});

test('v verifies: not checked before, and damage is an alarm', async () => {
  const work = new Workspace();
  try {
    await work.run(['node', '-e', '']);
    const env = { EGRESS_KEYS: work.keys };
    const whole = report(work.journal, { env }, '--no-verify');
    expect(await whole.see('[– Hash-chained]')).toContain('? NOT CHECKED   the journal was not verified');
    whole.press('v');
    expect(await whole.see('[✓ Hash-chained]')).toContain('verified at');
    const segment = path.join(work.journal, 'segments/00000001.jsonl');
    writeFileSync(segment, readFileSync(segment, 'utf8').replace('"argv0":"node"', '"argv0":"curl"'));
    whole.press('v');
    const damaged = await whole.see('[✗ Hash-chained]');
    expect(damaged).toContain('✗ ALARM   the journal did not verify');
    expect(damaged).toContain('did not verify at');
    const keyless = report(work.journal, { env: { EGRESS_KEYS: path.join(work.folder, 'none') } }, '--no-verify');
    await keyless.see('the journal was not verified');
    keyless.press('v');
    expect(await keyless.see('no key to check it with')).not.toContain('verified at');
    const opened = report(work.journal, { env });
    await opened.see('✗ ALARM   the journal did not verify');
  } finally {
    work.remove();
  }
});

describe('hostile strings', () => {
  const journal = writeCalls([
    { host: '\x1b]0;owned\x07\x1b[2J.example', name: 'x\x9b31m' },
    { host: '\u202eelpmaxe.live', name: '\u2066x' },
    { host: `${'a'.repeat(10_000)}.example`, name: 'long' },
    { host: '👩‍👩‍👧👍🏽🇫🇷.example', name: '👍' },
    { host: '例え.テスト.example', name: '包包' },
    { host: 'e\u0301\u0301\u0301.example', name: 'combining' },
  ]);

  test.each([
    [60, 16],
    [80, 24],
    [120, 40],
  ])('%i×%i: shown, never obeyed; columns stay where they are', async (columns, rows) => {
    const terminal = report(journal, { columns, rows });
    await terminal.see('Destinations');
    const shots = [terminal.text()];
    terminal.press('2');
    await terminal.see('Traffic by package (');
    shots.push(terminal.text());
    terminal.press('1', '/');
    await terminal.see('esc back');
    terminal.press('G');
    await terminal.see('the last');
    shots.push(terminal.text());
    expect(terminal.output).not.toContain('owned\x07');
    expect(terminal.output).not.toContain('\u202e');
    expect(terminal.isWrapped).toBe(false);
    expect(shots.map((shot) => without(shot)).join(`\n${'═'.repeat(columns)}\n`)).toMatchSnapshot();
  });
});

describe('surroundings', () => {
  const plainly = (shell: string, env: Record<string, string> = {}): Terminal => {
    const terminal = new Terminal([], { shell, env });
    open.push(terminal);
    return terminal;
  };

  test('CI=true, a pipe, TERM=dumb: text', async () => {
    for (const [shell, env] of [
      [`$EGRESS report ${sample}`, { CI: 'true' }],
      [`$EGRESS report ${sample} | cat`, {}],
      [`$EGRESS report ${sample}`, { TERM: 'dumb' }],
      [`$EGRESS report ${sample} --plain`, {}],
    ] as const) {
      const terminal = plainly(shell, env);
      expect(await terminal.ended()).toMatchObject({ code: 0 });
      expect(terminal.output).toContain('Not shown by this report');
      expect(terminal.output).not.toContain('\x1b[?1049h');
    }
  });

  test('stdin from a file: keys come from the terminal', async () => {
    const terminal = plainly(`$EGRESS report ${sample} < /dev/null; echo code $?`);
    await terminal.see('Destinations');
    terminal.press('?');
    await terminal.see('another panel');
    terminal.press('q');
    await terminal.see('code 0');
  });

  test('NO_COLOR: no colour, and no word or mark less', async () => {
    const terminal = plainly(`exec $EGRESS report ${sample}`, { NO_COLOR: '1' });
    const text = await terminal.see('Destinations');
    // eslint-disable-next-line no-control-regex -- the escape is what is looked for
    expect(terminal.output).not.toMatch(/\x1b\[(3|4|9)[0-9]m/);
    expect(text).toContain('? NOT CHECKED');
  });

  test('a locale without Unicode: ASCII alone', async () => {
    const terminal = plainly(`exec $EGRESS report ${sample}`, { LANG: 'C' });
    const text = await terminal.see('Destinations');
    // eslint-disable-next-line no-control-regex -- the range is meant: everything that is ASCII
    expect(text).toMatch(/^[\x00-\x7f]*$/);
  });

  test('a screen reader gets lines to hear, and no other screen', async () => {
    const terminal = plainly(`exec $EGRESS report ${sample}`, { INK_SCREEN_READER: 'true' });
    const text = await terminal.see('selected:');
    expect(terminal.isAlternate).toBe(false);
    expect(text).not.toMatch(/[─█│▸]/);
  });

  test('variables that would make Ink call out, or draw nothing, do not', async () => {
    const terminal = plainly(`exec $EGRESS report ${sample}`, { DEV: 'true', CI_JOB: '1' });
    await terminal.see('Destinations');
    terminal.press('q');
    expect(await terminal.ended()).toMatchObject({ code: 0 });
  });
});

describe('while a program is recorded', () => {
  const PROGRAM = `
    const server = require('node:http').createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1', () => {
      const call = () => fetch('http://127.0.0.1:' + server.address().port + '/beat').then((r) => r.text());
      const timer = setInterval(call, 100);
      process.stdin.once('data', () => { clearInterval(timer); server.close(); process.stdin.destroy(); });
    });
    console.log('ready');`;
  const callsOf = (text: string): number => Number(/Calls (\d+)/.exec(text)?.[1]);

  test('-f follows it, pauses with a count of what came since, and sees it end', async () => {
    const work = new Workspace();
    const child = spawn(process.execPath, [BIN, 'run', '--journal', work.journal, '--', 'node', '-e', PROGRAM], {
      env: { PATH: process.env['PATH'] ?? '', HOME: work.folder, EGRESS_KEYS: work.keys },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    try {
      await once(child.stdout, 'data');
      const terminal = report(work.journal, { env: { EGRESS_KEYS: work.keys }, columns: 100, rows: 30 }, '-f');
      await terminal.see('following ·');
      const before = callsOf(await terminal.see(/Calls [1-9]/));
      await terminal.see((text) => callsOf(text) > before + 5);
      terminal.press(' ');
      const paused = callsOf(await terminal.see(/paused · \d\d+ newer records/));
      terminal.press(' ');
      await terminal.see((text) => callsOf(text) > paused);
      child.stdin.write('end\n');
      await terminal.see('the newest run is over');
      terminal.press('q');
      expect(await terminal.ended()).toMatchObject({ code: 0 });
    } finally {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'close');
      work.remove();
    }
  });

  test('-f lists the newest rows, and judges a later run by the policy that it brings', async () => {
    const work = new Workspace();
    const call = (host: string): string => `require('net').connect(9, '127.0.7.${host}').on('error', () => {})`;
    writeFileSync(
      path.join(work.folder, 'strict.yaml'),
      'version: 1\nloopback: unexpected\nrules: [{ id: shop, to: "127.0.7.1:9", why: the shop }]\n',
    );
    try {
      await work.egress(['run', '--kernel', 'off', '--', 'node', '-e', call('1')]);
      const terminal = report(work.journal, { env: { EGRESS_KEYS: work.keys }, columns: 100, rows: 30 }, '-f');
      const before = await terminal.see(/signed up to #\d+/);
      expect(before).toContain('no policy says what is expected');
      expect(before).toMatch(/■ run 1 over: program exited 0, 1 call/);
      const script = `${call('1')}; ${call('2')}`;
      await work.egress(['run', '--kernel', 'off', '--policy', 'strict.yaml', '--', 'node', '-e', script]);
      const after = await terminal.see('1 outbound call that the policy does not expect (run 2)');
      expect(after).toContain('Expected 1    Unexpected 1');
      await terminal.see(/■ run 2 over/);
      const end = await terminal.see('judged by strict.yaml');
      expect(end.match(/127\.0\.7\.2:9/g)?.length).toBeGreaterThan(1);
      terminal.press('enter');
      await terminal.see(/report · record #\d+/);
      terminal.press('escape');
      await terminal.see('Newest');
      terminal.press('u');
      await terminal.see('unexpected calls');
      terminal.press('enter');
      await terminal.see('named by the system');
      terminal.press('G');
      const record = await terminal.see('Not shown by this record');
      expect(record).toMatch(/Policy\n +call +! unexpected\n +decided by +nothing: no rule matches/);
      expect(record).toMatch(/rule to add +rules:\n +- id: .*\n +to: "127\.0\.7\.2:9"/);
    } finally {
      work.remove();
    }
  });

  test('run --report opens it when the program has ended, and the exit code stays the program’s', async () => {
    const terminal = new Terminal([], {
      shell: `$EGRESS run --report -- node -e 'process.exitCode = 7'; echo code $?`,
    });
    open.push(terminal);
    await terminal.see('Destinations (0)');
    terminal.press('q');
    expect(await terminal.see('code 7')).toContain('── egress');
  });
});

test('several journals: the worst first, each to be opened', async () => {
  const bad = writeCalls([{ name: 'egress' }]);
  const terminal = report(sample, { columns: 100 }, bad);
  const text = await terminal.see('2 journals');
  expect(text).toContain('✗ ALARM   1 of 2 journals');
  terminal.press('enter');
  expect(await terminal.see('1 call came from egress itself')).toContain(path.basename(bad));
  terminal.press('escape');
  await terminal.see('2 journals');
});

test('no other command loads Ink or React', () => {
  const trace = `import { register } from 'node:module'; register('data:text/javascript,' + encodeURIComponent('export async function load(url, c, n) { if (/node_modules.(ink|react)./.test(url)) console.error("LOADED " + url); return n(url, c); }'));`;
  const run = (...args: string[]): string => {
    const env = { ...process.env, EGRESS_PROGRAM_NODE_OPTIONS: '' };
    const importing = ['--import', `data:text/javascript,${encodeURIComponent(trace)}`];
    return spawnSync(process.execPath, [...importing, BIN, ...args], { env, encoding: 'utf8' }).stderr;
  };
  for (const args of [
    ['log', sample],
    ['show', '7', sample],
    ['--help'],
    ['report', sample, '--plain'],
    ['verify', sample],
  ]) {
    expect(run(...args)).not.toContain('LOADED');
  }
});
