/** What somebody would try who wants a body unseen, or wants to be shown as somebody else; with the commands alone. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OfficerWorkspace, why } from '../fixtures/officer-workspace.js';
import type { Outcome } from '../fixtures/recorded-run.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';
import { Terminal } from '../fixtures/terminal.js';
import { SECRET } from '../unit/officers/stored-body.js';

/** A signal that is meant for the program is handed on to it. */
const DEAF = "process.on('SIGUSR1', () => {}); console.log('ready'); setTimeout(() => {}, 20_000)";

const BIN = path.resolve(import.meta.dirname, '../../bin/run.js');

let workspace: OfficerWorkspace;
let id = '';
const at = (...names: readonly string[]): string => path.join(workspace.folder, ...names);
const read = (body: string, ...more: readonly string[]): Promise<Outcome> =>
  workspace.officer(['forensics', 'read', body, ...why, ...more]);
const reads = (): number => workspace.recordsOf('body.read.intent').length;
const bodyFile = (): string => {
  const { body } = workspace.recordsOf('body.stored')[0] as { body: { segment: number; outer: string } };
  return at('journal', 'bodies', String(body.segment).padStart(8, '0'), body.outer);
};

const officerTerminal = (keyring: string): Terminal =>
  new Terminal(['forensics', 'read', id, ...why, '--keyring', keyring], {
    cwd: workspace.folder,
    env: { EGRESS_JOURNAL: workspace.journal, EGRESS_KEYS: workspace.keys },
  });

/** Refused before anything is recorded, and nothing comes out. */
async function expectNothing(outcome: Promise<Outcome>, code: string): Promise<void> {
  const before = reads();
  const { status, stdout, stderr } = await outcome;
  expect([status === 0, stdout]).toEqual([false, '']);
  expect(stderr).toContain(`(${code})`);
  expect(reads()).toBe(before);
}

beforeAll(async () => {
  workspace = await OfficerWorkspace.open();
  id = await workspace.body();
});
afterAll(() => {
  workspace.remove();
});

describe('what is asked for', () => {
  test.each([
    ['a record that is no body', '1', 'RECORD_NOT_FOUND'],
    ['a record that is not there', '9007199254740991', 'RECORD_NOT_FOUND'],
    ['no number', '../bodies', 'USAGE'],
  ])('%s', async (_name, body, code) => {
    await expectNothing(read(body), code);
  });

  test.each([
    ['is far too long', 'x'.repeat(100_000), 'STATEMENT_INVALID'],
    ['is blank', ' \t', 'STATEMENT_INVALID'],
  ])('for a reason that %s', async (_name, reason, code) => {
    await expectNothing(workspace.officer(['forensics', 'read', id, '--why', reason]), code);
  });

  test('into a file that cannot be made', async () => {
    await expectNothing(read(id, '--to', at('nowhere', 'plain')), 'USAGE');
    symlinkSync(at('elsewhere'), at('link'));
    await expectNothing(read(id, '--to', at('link')), 'USAGE');
    expect(existsSync(at('elsewhere'))).toBe(false);
    // One that was made, for a reading that is refused, is gone again.
    await expectNothing(read('1', '--to', at('left')), 'RECORD_NOT_FOUND');
    expect(existsSync(at('left'))).toBe(false);
  });

  test('with a device for a passphrase', async () => {
    await expectNothing(read(id, '--passphrase-file', '/dev/zero'), 'USAGE');
  });
});

describe('in the place of a body', () => {
  test.each([
    [
      'a link',
      (file: string) => {
        symlinkSync(`${file}.away`, file);
      },
      'BODY_MISSING',
    ],
    [
      'a FIFO',
      (file: string) => {
        execFileSync('mkfifo', [file]);
      },
      'BODY_CHANGED',
    ],
    [
      'a folder',
      (file: string) => {
        mkdirSync(file);
      },
      'BODY_CHANGED',
    ],
    [
      'a link to a device',
      (file: string) => {
        symlinkSync('/dev/zero', file);
      },
      'BODY_MISSING',
    ],
  ])('%s is not read', async (_name, put, code) => {
    const file = bodyFile();
    renameSync(file, `${file}.away`);
    put(file);
    await expectNothing(read(id), code);
    const { findings } = await verifyByBoth(workspace.journal, { key: workspace.key });
    expect(findings.map((finding) => finding.code)).toEqual(['BODY_ALTERED']);
    rmSync(file, { recursive: true });
    renameSync(`${file}.away`, file);
  });
});

test('a reason with control characters is shown everywhere, and obeyed nowhere', async () => {
  const hostile = 'look\x1b]0;owned\x07\x1b[2J\r\n\u202eevil';
  expect((await workspace.officer(['forensics', 'read', id, '--why', hostile])).stdout).toBe(SECRET);
  const seq = String(workspace.recordsOf('body.read.intent').at(-1)?.seq);
  for (const args of [
    ['log'],
    ['log', '-o', 'verbose'],
    ['show', seq],
    ['report', '--plain'],
    ['report', '--markdown'],
  ]) {
    const { status, stdout, stderr } = await workspace.egress(args);
    expect([status, stderr], args.join(' ')).toEqual([0, '']);
    expect(stdout).toMatch(/\\x1b\]0;owned\\x07|&#92;x1b&#93;0;owned&#92;x07/);
    // eslint-disable-next-line no-control-regex -- what must not come through
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  }
});

test('readings at the same time are all recorded, each by itself', async () => {
  const before = reads();
  const outcomes = await Promise.all([read(id), read(id), read(id)]);
  expect(outcomes.map(({ stdout }) => stdout)).toEqual([SECRET, SECRET, SECRET]);
  expect(reads()).toBe(before + 3);
  const { findings } = await verifyByBoth(workspace.journal, { key: workspace.key });
  expect(findings).toEqual([]);
});

test('nobody opens the debugger of Node.js in an officer’s command, nor in the recorder, by SIGUSR1', async () => {
  const knock = async (pid: number): Promise<void> => {
    for (let n = 0; n < 3; n += 1) {
      process.kill(pid, 'SIGUSR1');
      await sleep(50);
    }
  };
  // It says so wherever it listens, or would if its port were free.
  const says = /debugger|inspector/i;
  const asked = officerTerminal('alice.keys');
  await asked.see('Passphrase of alice.keys:');
  await knock(asked.pid);
  expect(asked.exit).toBeUndefined();
  expect(asked.output).not.toMatch(says);
  asked.close();
  const running = workspace.start(['run', '--kernel=off', '--', process.execPath, '-e', DEAF]);
  await running.said('ready');
  await knock(running.child.pid ?? 0);
  running.child.kill('SIGTERM');
  const { stdout, stderr } = await running.ended;
  expect(`${stdout}${stderr}`).not.toMatch(says);
});

test('what writes the heap to a file by NODE_OPTIONS is for the program, and not for egress', () => {
  const folder = at('heap');
  mkdirSync(folder);
  writeFileSync(at('heap', 'passphrase'), 'correct horse battery\n');
  const init = ['officer', 'init', 'x.keys', '--name', 'x'];
  const words = ['-c', 'exec 3<passphrase; exec "$@"', 'sh', process.execPath, BIN, ...init];
  const env = {
    ...{ PATH: process.env['PATH'] ?? '', HOME: folder, EGRESS_PASSPHRASE_FD: '3' },
    NODE_OPTIONS: '--heap-prof --report-on-fatalerror',
  };
  const { status, stderr, pid } = spawnSync('sh', words, { cwd: folder, env, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  // The first process leaves its own: it starts the other one, and knows no secret.
  const heaps = readdirSync(folder).filter((file) => file.startsWith('Heap'));
  expect(heaps).toEqual([expect.stringContaining(`.${pid}.`)]);
});

/** Whether a process that is killed while it waits for a FIFO leaves its memory in a file. */
async function leavesCore(name: string, command: (fifo: string) => readonly string[]): Promise<boolean> {
  const folder = at(name);
  const fifo = path.join(folder, 'fifo');
  mkdirSync(folder);
  execFileSync('mkfifo', [fifo]);
  const words = [
    '-c',
    'cd "$1" && shift && ulimit -c 64 && exec "$@"',
    'sh',
    folder,
    process.execPath,
    ...command(fifo),
  ];
  const env = { ...process.env, EGRESS_KEYS: at('keys-of-cores'), EGRESS_JOURNAL: path.join(folder, 'journal') };
  const child = spawn('sh', words, { stdio: 'ignore', env });
  const ended = once(child, 'close');
  // There is a reader once a writer can open it, who then holds it open: the reader waits for what never comes.
  let writer: number | undefined;
  while (writer === undefined) {
    await sleep(20);
    try {
      writer = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
  }
  child.kill('SIGABRT');
  await ended;
  closeSync(writer);
  return readdirSync(folder).some((file) => file.startsWith('core'));
}

test.runIf(process.platform === 'linux')(
  'no core dump is left of a command that has a passphrase, nor of a recorder',
  async ({ skip }) => {
    const plain = "require('node:fs').readFileSync(process.argv[1])";
    if (!(await leavesCore('plain', (fifo) => ['-e', plain, fifo])))
      skip('this system leaves no core dumps in the folder');
    const init = ['officer', 'init', 'x.keys', '--passphrase-file'];
    expect(await leavesCore('secret', (fifo) => [BIN, ...init, fifo])).toBe(false);
    // The program waits, and its recorder is killed.
    expect(await leavesCore('run', (fifo) => [BIN, 'run', '--kernel=off', '--', 'cat', fifo])).toBe(false);
  },
);

test('a prompt shows the name of a keyring, whatever it is', async () => {
  const asked = officerTerminal('k\x1b[2Jeys');
  await asked.see('Passphrase of k\\x1b[2Jeys:');
  expect(asked.output).not.toContain('\x1b[2Jeys');
  asked.close();
});
