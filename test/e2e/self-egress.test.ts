/** egress opens no network connection of its own: every command is run under strace, and any inet socket fails. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
const hasStrace = spawnSync('strace', ['-V']).status === 0;
if (!hasStrace) process.stderr.write('self-egress: skipped, strace is not installed (apt-get install strace)\n');

let folder = '';
let stored = { body: 0, call: 0 };
const isThorough = process.env['SLOW'] === '1';
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  EGRESS_KEYS: path.join(folder, 'keys'),
  EGRESS_JOURNAL: path.join(folder, 'journal'),
  EGRESS_PASSPHRASE_FILE: path.join(folder, 'passphrase'),
  NODE_OPTIONS: '',
});

/** In order: some need what others wrote. */
const COMMANDS = [
  `run -- ${process.execPath} -e 0`,
  'run -- true',
  'verify',
  'export --bundle handed.tar.gz',
  'verify handed.tar.gz --json --key KEY',
  'export --bundle part --seq 1..3',
  'export --format csv',
  'export --format ocsf --out calls.ocsf',
  'export --html page.html',
  'log',
  'report --plain',
  'show 4',
  'head',
  'diff journal journal',
  'policy check --expect none',
  'policy learn',
  'policy explain 127.0.0.1:80 --expect none',
  'prove 4 --out record.tlog-proof',
  'verify record.tlog-proof --key KEY',
  'cosign --init witness.key --name witness.example/1',
  'cosign journal --key witness.key --journal-key KEY',
  'hold 1..2 --why test',
  'vacuum --max-size 1GB --yes',
  'init fresh --yes',
  'doctor',
  'completion bash',
  'help keys',
  '--help',
  '--version',
];

/** The same in `bodies`, a journal with officers and a stored body. A keyring takes a second to open: SLOW=1. */
const OFFICERS = [
  'forensics list bodies',
  'forensics request BODY --why test --out request --journal bodies --keyring alice.keys',
  'forensics release request --out body --journal bodies',
  'forensics open body --to body.txt --key BODIES-KEY --out outcome --journal bodies --keyring alice.keys',
  'forensics submit outcome --journal bodies',
  'forensics read BODY --why test --to again.txt --journal bodies --keyring alice.keys',
  'fingerprint CALL body.txt --why test --journal bodies',
  'officer init bob.keys --name bob',
  'grant BODY --to bob.keys.card --until 1d --why test --journal bodies --keyring alice.keys',
  'officer add bob.keys.card --why test --journal bodies --keyring alice.keys',
  'officer list bodies',
  'officer revoke alice --why test --out revoke --journal bodies --keyring alice.keys',
  'officer sign revoke --journal bodies --keyring bob.keys',
  'forensics enable --until 1h --why test --journal bodies --keyring bob.keys',
  'forensics disable --why test --journal bodies --keyring bob.keys',
];

/** Posts a body to itself. */
const POST = `
const http = require('node:http');
const server = http.createServer((request, response) => response.end()).listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  http.request({ port, method: 'POST' }, (response) => response.resume().on('end', () => server.close())).end('body');
});`;

/** Network system calls of a command and all its children, as strace writes them. */
function networkCalls(args: readonly string[]): string[] {
  const trace = path.join(folder, 'trace');
  const { status, stderr } = spawnSync(
    'strace',
    ['-f', '-qq', '-e', 'trace=network', '-o', trace, process.execPath, bin, ...args],
    { cwd: folder, env: environment(), encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  return readFileSync(trace, 'utf8').split('\n');
}

function journalKey(name = 'journal'): string {
  const { key } = JSON.parse(readFileSync(path.join(folder, name, 'journal.json'), 'utf8')) as { key: string };
  return key;
}

function egress(...args: readonly string[]): string {
  return execFileSync(process.execPath, [bin, ...args], { cwd: folder, env: environment(), encoding: 'utf8' });
}

/** A journal with an officer, a stored body, and the call whose it is. */
function storeBody(): { readonly body: number; readonly call: number } {
  for (const name of ['alice', 'safe']) egress('officer', 'init', `${name}.keys`, '--name', name);
  egress('init', 'bodies', '--yes', '--officer', 'alice.keys.card', '--recovery', 'safe.keys.card');
  const order = ['--until', '1h', '--why', 'test', '--journal', 'bodies', '--keyring', 'alice.keys'];
  egress('forensics', 'enable', ...order);
  egress('run', '--journal', 'bodies', '--', process.execPath, '-e', POST);
  const { bodies } = JSON.parse(egress('forensics', 'list', 'bodies', '--json')) as { bodies: [{ seq: number }] };
  const call = JSON.parse(egress('log', 'bodies', '--host', 'localhost', '-o', 'json')) as { seq: number };
  return { body: bodies[0].seq, call: call.seq };
}

/** The kernel's own news of sockets that ended come over netlink, which leads to the kernel and nowhere else. */
const isInet = (line: string): boolean =>
  /socket\(AF_(INET6?|NETLINK|PACKET)|sa_family=AF_INET/.test(line) && !line.includes('NETLINK_SOCK_DIAG');

describe.runIf(hasStrace)('self-egress', () => {
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'egress-strace-'));
    writeFileSync(path.join(folder, 'passphrase'), 'correct horse battery staple', { mode: 0o600 });
    egress('run', '--', process.execPath, '-e', '0');
    if (isThorough) stored = storeBody();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('the trace would show an inet socket', () => {
    const program =
      "const s = require('net').createServer().listen(0, '127.0.0.1', () => { require('net').connect(s.address().port, '127.0.0.1').on('connect', () => process.exit()); })";
    expect(networkCalls(['run', '--', process.execPath, '-e', program]).filter(isInet)).not.toEqual([]);
  });

  test.each(isThorough ? [...COMMANDS, ...OFFICERS] : COMMANDS)('egress %s', (line) => {
    const words: Readonly<Record<string, () => string>> = {
      KEY: () => journalKey(),
      'BODIES-KEY': () => journalKey('bodies'),
      BODY: () => `${stored.body}`,
      CALL: () => `${stored.call}`,
    };
    const args = line.split(' ').map((word) => words[word]?.() ?? word);
    expect(networkCalls(args).filter(isInet)).toEqual([]);
  });
});

test('every command is among them', () => {
  const { commands } = JSON.parse(readFileSync(path.resolve(bin, '../../oclif.manifest.json'), 'utf8')) as {
    commands: Record<string, unknown>;
  };
  const names = Object.keys(commands).map((id) => id.replaceAll(':', ' '));
  expect(names.filter((name) => ![...COMMANDS, ...OFFICERS].some((line) => `${line} `.startsWith(`${name} `)))).toEqual(
    [],
  );
});
