/**
 * The documents do what they say: each block of commands in them is executed, in order, by a real bash in a folder of
 * its own, and where a document shows output, this is the output. What cannot run here is named with the reason.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { blocksOf, execute, missingFrom, stepsOf, type Block, type Place } from '../fixtures/document-blocks.js';

const hasJq = spawnSync('jq', ['--version']).status === 0;
if (!hasJq) process.stderr.write('executed-documents: skipped, jq is not installed (apt-get install jq)\n');

const root = path.resolve(import.meta.dirname, '../..');
const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs', 'examples/shop/README.md'].flatMap((name) =>
  name === 'docs'
    ? readdirSync(path.join(root, name))
        .filter((file) => file.endsWith('.md'))
        .map((file) => `docs/${file}`)
    : [name],
);

/** Languages whose blocks are commands. All others are listed, so that commands do not hide behind a forgotten name. */
const SHELL = new Set(['sh', 'console']);
const OTHER = new Set(['text', 'json', 'yaml', 'ini', 'sql', 'abnf', 'js', 'ts']);

interface Scene {
  /** Bash that goes before everything, or before the block of which the first line begins so. */
  readonly before?: Readonly<Record<string, string>>;
  /** What an earlier block exported: each has a shell of its own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Words that stand for something of the reader's: bash that prints what it is here. */
  readonly words?: Readonly<Record<string, string>>;
  /** Commands that end otherwise than with 0. */
  readonly status?: Readonly<Record<string, number>>;
  /** Blocks that are not executed, by the beginning of their first line, and why. */
  readonly not?: Readonly<Record<string, string>>;
}

const KEY = 'egress head --json | jq -r .key';
const HEAD = 'egress head';
/** 87 records, of which the calls of @acme/insights are some. */
const SHOP = 'egress run -- node examples/shop/main.js';
const insights = (from: 'head' | 'tail'): string =>
  `egress log --run 1 --package @acme/insights -o json | jq .seq | ${from} -n 1`;

const SCENES: Readonly<Record<string, Scene>> = {
  'README.md': {
    before: { 'egress run -- node examples': 'rm -r .egress' },
    words: { $KEY: KEY, $HEAD: HEAD, '75': insights('tail') },
    status: { 'egress run --expect none -- node examples/shop/main.js': 120 },
    not: { 'npm install && npm test': 'it is how these tests are run' },
  },
  'CONTRIBUTING.md': { not: { 'npm install': 'it is how these tests are run' } },
  'docs/CI.md': {
    before: {
      '': `for name in linux mac; do EGRESS_KEYS=keys egress run --expect none --journal journals/$name -- node app.js; done
           mkdir main pr; cp -R journals/linux main; cp -R journals/linux pr; cp -R journals/linux journal`,
    },
    words: {
      $KEY_LINUX: 'EGRESS_KEYS=keys egress head journals/linux --json | jq -r .key',
      $KEY_MAC: 'EGRESS_KEYS=keys egress head journals/mac --json | jq -r .key',
      $KEY: 'EGRESS_KEYS=keys egress head journal --json | jq -r .key',
      $HEAD: 'EGRESS_KEYS=keys egress head journal',
      $GITHUB_STEP_SUMMARY: 'echo summary.md',
    },
  },
  'docs/CLI_JSON.md': {
    before: { '': 'egress run -- node app.js' },
    status: { 'egress log ./audit': 3, 'egress log ./audit --json': 3 },
  },
  'docs/EVIDENCE.md': {
    before: { '': SHOP },
    words: {
      ...{ $KEY: KEY, $HEAD: HEAD, '287': insights('head'), '312': insights('tail') },
      ...{ '2026-10-01': 'date -d yesterday +%F', '2026-11-01': 'date -d tomorrow +%F' },
    },
  },
  'docs/FLEET.md': {
    before: { '': 'mkdir -p keys/web-1; egress run -- node app.js' },
    not: {
      'rclone copy': 'needs a store of objects',
      'cd fleet': 'executed by fleet.test.ts, over 200 journals',
    },
  },
  'docs/FORENSICS.md': {
    env: { EGRESS_KEYRING: 'alice.keys' },
    before: {
      'egress forensics request 812': `egress forensics enable --until 2h --why "incident 42" --match api.vendor.example
        egress run -- node vendor.js`,
    },
    words: { $KEY: KEY, '812': 'egress forensics list --json | jq .bodies[0].seq' },
  },
  'docs/RELIABILITY.md': { not: { 'SLOW=1': 'takes an hour' } },
  'docs/RETENTION.md': { before: { '': SHOP }, words: { '89': 'egress hold --json | jq .holds[0].seq' } },
  'docs/ROLES.md': {
    not: {
      'egress init /var/lib/egress': 'needs groups of the machine; roles.test.ts does it with groups that it makes',
      'cd /srv/app': 'needs a user of the machine; user.test.ts does it with one that it makes',
    },
  },
};

const APP = `
const http = require('node:http');
const server = http.createServer((request, response) => response.end('tea')).listen(0, '127.0.0.1', async () => {
  console.log(await (await fetch('http://127.0.0.1:' + server.address().port + '/teapot')).text());
  server.close();
});`;
/** Posts a body to a name that leads to this machine. */
const VENDOR = `
const http = require('node:http');
const lookup = (host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
const server = http.createServer((request, response) => response.end('thanks')).listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const request = http.request({ host: 'api.vendor.example', port, lookup, method: 'POST' }, (response) =>
    response.resume().on('end', () => server.close()));
  request.end('{"pages":3}');
});`;

const stages: string[] = [];

/** An empty folder that is a home, too, with a small project, and the egress of this checkout on the path. */
function newStage(env: Readonly<Record<string, string>> = {}): Place {
  const folder = mkdtempSync(path.join(tmpdir(), 'egress-document-'));
  stages.push(folder);
  mkdirSync(path.join(folder, 'bin'));
  symlinkSync(path.join(root, 'bin/run.js'), path.join(folder, 'bin/egress'));
  // Tests ask no registry.
  writeFileSync(path.join(folder, 'bin/npm'), '#!/bin/sh\nPATH=${PATH#*:}\n[ "$1" = install ] || exec npm "$@"\n');
  chmodSync(path.join(folder, 'bin/npm'), 0o755);
  symlinkSync(path.join(root, 'examples'), path.join(folder, 'examples'));
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: { demo: string };
  };
  const manifest = { name: 'tea-room', version: '1.0.0', scripts: { test: 'node app.js', demo: scripts.demo } };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(path.join(folder, 'app.js'), APP);
  writeFileSync(path.join(folder, 'vendor.js'), VENDOR);
  writeFileSync(path.join(folder, 'passphrase'), 'correct horse battery staple', { mode: 0o600 });
  return {
    cwd: folder,
    env: {
      PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      TMPDIR: folder,
      LANG: 'C.UTF-8',
      COLUMNS: '100',
      EGRESS_PASSPHRASE_FILE: path.join(folder, 'passphrase'),
      npm_config_update_notifier: 'false',
      ...env,
    },
  };
}

/** Which of the keys a block begins with. */
function beginning({ text }: Block, keys: Readonly<Record<string, unknown>> = {}): string | undefined {
  return Object.keys(keys).find((key) => key !== '' && text.replace(/^\$ /, '').startsWith(key));
}

async function must(script: string, where: Place): Promise<string> {
  const [done] = await execute([script], where);
  if (done?.status !== 0) throw new Error(`${script}\n${done?.output ?? ''}`);
  return done.output.trim();
}

async function executeBlock(block: Block, { words = {}, status = {} }: Scene, where: Place): Promise<void> {
  const steps = stepsOf(block);
  const commands = steps.map(({ command }) =>
    Object.entries(words).reduce((text, [word, script]) => text.replaceAll(word, `$(${script})`), command),
  );
  const done = await execute(commands, where);
  for (const [index, { command, output: shown }] of steps.entries()) {
    const { output, status: ended } = done[index] ?? { output: '', status: 255 };
    const said = output.replaceAll(`${root}/`, '').replaceAll(`${where.cwd}/`, '');
    expect(ended, `${command}\n${said}`).toBe(status[command] ?? 0);
    if (shown === undefined) continue;
    let wanted = shown;
    for (const [word, script] of Object.entries(words))
      if (wanted.includes(word)) wanted = wanted.replaceAll(word, await must(script, where));
    expect(missingFrom(said, wanted), `${command}\n${said}`).toBeUndefined();
  }
}

afterAll(() => {
  for (const folder of stages) rmSync(folder, { recursive: true, force: true });
});

test('the picture in README shows what is printed today', async () => {
  const svg = readFileSync(path.join(root, 'docs/report.svg'), 'utf8');
  const rows = new Map<string, string>();
  for (const [, y = '', text = ''] of svg.matchAll(/<text[^>]* y="([^"]*)"[^>]*>([^<]*)</g))
    rows.set(y, `${rows.get(y) ?? ''} ${text}`);
  const [command = '', ...shown] = [...rows.values()].map((row) =>
    row.replaceAll('&lt;', '<').replaceAll('&amp;', '&'),
  );
  const printed = await must(command.replace('$', ''), newStage());
  // A terminal gets a line across in place of the name before each line.
  const plain = (text: string): string => text.replaceAll(/^egress: /gm, '').replaceAll(/^ +/gm, '');
  expect(
    missingFrom(plain(printed), plain(shown.filter((row) => !row.includes('── egress')).join('\n'))),
  ).toBeUndefined();
});

describe.concurrent.each(documents)('%s', (name) => {
  const blocks = blocksOf(readFileSync(path.join(root, name), 'utf8'));
  const scene = SCENES[name] ?? {};
  const isExecuted = (block: Block): boolean => SHELL.has(block.language) && beginning(block, scene.not) === undefined;

  test('says of each block what it is, and hides no command in another one', () => {
    const strange = blocks.filter(
      ({ language, text }) =>
        !SHELL.has(language) &&
        (!OTHER.has(language) || /^(\$ )?(egress|npm|npx|node|sudo|cd|docker|systemctl) /m.test(text)),
    );
    expect(strange.map(({ line, language }) => `${name}:${line} ${language}`)).toEqual([]);
  });

  test('has all that is said of it here', () => {
    for (const keys of [scene.not, scene.before])
      for (const key of Object.keys(keys ?? {}))
        expect(key === '' || blocks.some((block) => beginning(block, { [key]: true }) !== undefined), key).toBe(true);
    for (const word of [...Object.keys(scene.words ?? {}), ...Object.keys(scene.status ?? {})])
      expect(
        blocks.some(({ text }) => text.includes(word)),
        word,
      ).toBe(true);
  });

  if (!blocks.some(isExecuted)) return;
  test.runIf(hasJq)('does what it says', async () => {
    const where = newStage(scene.env);
    await must(scene.before?.[''] ?? '', where);
    for (const block of blocks.filter(isExecuted)) {
      const before = beginning(block, scene.before);
      if (before !== undefined) await must(scene.before?.[before] ?? '', where);
      await executeBlock(block, scene, where);
    }
  });
});
