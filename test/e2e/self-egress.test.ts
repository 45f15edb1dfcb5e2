/** egress opens no network connection of its own: every command is run under strace, and any inet socket fails. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
const hasStrace = spawnSync('strace', ['-V']).status === 0;
if (!hasStrace) process.stderr.write('self-egress: skipped, strace is not installed (apt-get install strace)\n');

let folder = '';
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  EGRESS_KEYS: path.join(folder, 'keys'),
  EGRESS_JOURNAL: path.join(folder, 'journal'),
  NODE_OPTIONS: '',
});

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

function journalKey(): string {
  const { key } = JSON.parse(readFileSync(path.join(folder, 'journal/journal.json'), 'utf8')) as { key: string };
  return key;
}

/** The kernel's own news of sockets that ended come over netlink, which leads to the kernel and nowhere else. */
const isInet = (line: string): boolean =>
  /socket\(AF_(INET6?|NETLINK|PACKET)|sa_family=AF_INET/.test(line) && !line.includes('NETLINK_SOCK_DIAG');

describe.runIf(hasStrace)('self-egress', () => {
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'egress-strace-'));
    execFileSync(process.execPath, [bin, 'run', '--', process.execPath, '-e', '0'], {
      cwd: folder,
      env: environment(),
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('the trace would show an inet socket', () => {
    const program =
      "const s = require('net').createServer().listen(0, '127.0.0.1', () => { require('net').connect(s.address().port, '127.0.0.1').on('connect', () => process.exit()); })";
    expect(networkCalls(['run', '--', process.execPath, '-e', program]).filter(isInet)).not.toEqual([]);
  });

  test.each([
    `run -- ${process.execPath} -e 0`,
    'run -- true',
    'verify',
    'verify --json',
    'export --bundle handed.tar.gz',
    'verify handed.tar.gz --json --key KEY',
    'export --bundle part --seq 1..3',
    'export --format csv',
    'export --format ocsf --out calls.ocsf',
    'log',
    'log -o json',
    'show 4',
    'head',
    'doctor',
    '--help',
    '--version',
  ])('egress %s', (line) => {
    const args = line.split(' ').map((word) => (word === 'KEY' ? journalKey() : word));
    expect(networkCalls(args).filter(isInet)).toEqual([]);
  });
});
