/**
 * Reading a body, with faults that the system itself makes: killed at the N-th call of a kind, on a full disk, on a
 * journal that cannot be written. Not a byte is given out unless the reading stands in the journal, under a signed head.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Verification } from '../../src/audit/verification.js';
import { verifySignature } from '../../src/keys/ed25519.js';
import { OfficerWorkspace, why } from '../fixtures/officer-workspace.js';
import type { Outcome } from '../fixtures/recorded-run.js';
import { codesOf, memoised, verifyFolder } from '../unit/audit/verify-folder.js';
import { SECRET } from '../unit/officers/stored-body.js';
import { isFull, sample, Tally, timeoutMs } from './tally.js';

const tally = new Tally('killed-reading', { records: false });
const verify = memoised(verifySignature);
const CALLS = 'fdatasync,fsync,rename,fchmod,unlink,mkdir,write';
/** Kills of each command in a sample. */
const SAMPLE = 3;
const works = (file: string, ...args: readonly string[]): boolean =>
  spawnSync(file, args, { stdio: 'ignore' }).status === 0;
/** Some containers forbid the one or the other. */
const canTrace = works('strace', '-qq', '-o', '/dev/null', 'true');
const canMount = works('unshare', '-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt');
if (!canTrace) process.stderr.write('killed-reading: kills are skipped here, strace does not work\n');
if (!canMount) process.stderr.write('killed-reading: full disks are skipped here, unshare and mount do not work\n');

let workspace: OfficerWorkspace;
let id = '';
const at = (name: string): string => path.join(workspace.folder, name);
/** What a reading changes: the journal and its keys, as they were before the body was asked for, or after a release. */
const PARTS = ['journal', 'keys'] as const;
const save = (name: string): void => {
  for (const part of PARTS) cpSync(at(part), at(`${part}-${name}`), { recursive: true });
};
const restore = (name: string): void => {
  for (const part of PARTS) {
    rmSync(at(part), { recursive: true });
    cpSync(at(`${part}-${name}`), at(part), { recursive: true });
  }
  for (const out of ['out', 'out.proof', 'plain']) rmSync(at(out), { force: true });
};

beforeAll(async () => {
  workspace = await OfficerWorkspace.open();
  id = await workspace.body();
  await workspace.officer(['forensics', 'request', id, ...why, '--out', 'request']);
  save('asked');
  const released = await workspace.egress(['forensics', 'release', 'request', '--out', 'released']);
  expect(released.stderr).toBe('');
  save('released');
}, 60_000);
afterAll(() => {
  workspace.remove();
});

/** A command, the state that it starts from, and the files into which it gives something out. */
const STEPS = {
  read: { from: 'asked', args: (): string[] => ['forensics', 'read', id, ...why] },
  'read --to': { from: 'asked', args: (): string[] => ['forensics', 'read', id, ...why, '--to', 'plain'] },
  release: { from: 'asked', args: (): string[] => ['forensics', 'release', 'request', '--out', 'out'] },
  open: { from: 'released', args: (): string[] => ['forensics', 'open', 'released', '--to', 'plain'] },
} as const;

/** Whether anything came out: the body's first bytes on stdout, a file that is not empty. */
function isGivenOut({ stdout }: Outcome): boolean {
  const files = ['out', 'plain'].filter((name) => existsSync(at(name)) && readFileSync(at(name)).length > 0);
  return stdout.includes(SECRET.slice(0, 4)) || files.length > 0;
}

/** Whether a reading stands in this journal, under a signed head, and so can be proven. */
function isRecorded({ head }: Verification, directory: string): boolean {
  const segments = spawnSync('sh', ['-c', 'cat "$1"/segments/*', 'sh', directory], { encoding: 'utf8' }).stdout;
  const seqs = [...segments.matchAll(/^\{"seq":([0-9]+),.*"kind":"body\.read\.intent"/gm)].map(([, seq]) =>
    Number(seq),
  );
  return seqs.some((seq) => seq <= (head?.size ?? 0));
}

async function judge(what: string, outcome: Outcome, directory = workspace.journal): Promise<void> {
  tally.try();
  const verified = await verifyFolder(directory, { verify, key: workspace.key });
  if (verified.findings.length > 0) tally.undetected.push(`${what}: ${codesOf(verified.findings).join()}`);
  if (isGivenOut(outcome) && !isRecorded(verified, directory)) tally.undetected.push(`${what}: given out unrecorded`);
  expect(tally.undetected).toEqual([]);
}

interface Call {
  readonly thread: string;
  readonly call: string;
  /** Of its kind, in its thread. */
  readonly nth: number;
  readonly rest: string;
}

/** Calls that write to or change a file, the terminal or a pipe, of all threads and processes. */
function callsIn(trace: string): Call[] {
  const counts = new Map<string, number>();
  return [...trace.matchAll(/^(\d+) +([a-z]+)\((.*)/gm)].flatMap(([, thread = '', call = '', rest = '']) => {
    const nth = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, nth);
    return /^\d+<anon_inode/.test(rest) ? [] : [{ thread, call, nth, rest }];
  });
}

it.skipIf(!canTrace).each(['read', 'release', 'open'] as const)(
  '%s, killed anywhere, gives nothing out that is not recorded',
  async (name) => {
    const { from, args } = STEPS[name];
    const log = at('trace');
    restore(from);
    const traced = ['strace', '-f', '-qq', '-y', '-o', log, '-e', `trace=${CALLS}`];
    const whole = await workspace.officer(args(), { through: traced });
    expect(whole).toMatchObject({ status: 0 });
    await judge(`${name}, not killed`, whole);
    expect(isGivenOut(whole)).toBe(true);
    const calls = callsIn(readFileSync(log, 'utf8'));
    const first = calls[0]?.thread;
    // Every file is changed by the first thread, and what comes out comes out of it: kills can be aimed at its calls.
    expect(calls.filter(({ thread }) => thread !== first)).toEqual([]);
    let kills = 0;
    for (const { call, nth } of sample(calls, SAMPLE, 20_261_124)) {
      restore(from);
      const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`];
      const outcome = await workspace.officer(args(), {
        through: ['strace', '-qq', '-o', '/dev/null', ...inject],
      });
      // Threads wake each other by writes that come when they come: the count is not the same each time.
      if (outcome.signal === null) continue;
      kills += 1;
      await judge(`${name}, killed at ${call} ${nth}`, outcome);
    }
    expect(kills).toBeGreaterThan(0);
  },
  timeoutMs,
);

/** Ends by itself when its recorder is gone, or a file is there. */
const PROGRAM = `
const [fs, recorder] = [require('node:fs'), process.ppid];
fs.writeSync(1, 'ready');
setInterval(() => (process.ppid === recorder && !fs.existsSync('stop')) || process.exit(), 20)`;

/** Reads while a run holds the journal, whose recorder takes the reading in and is killed at one of its calls. */
async function readThroughRecorder(inject: readonly string[]): Promise<{ read: Outcome; isKilled: boolean }> {
  restore('asked');
  rmSync(at('stop'), { force: true });
  // Synced by heads alone: then no thread of the pool makes the calls that kills are aimed at.
  const env = { EGRESS_DURABILITY: 'none' };
  const through = ['strace', '-f', '-qq', '-o', '/dev/null', ...inject];
  const running = workspace.start(['run', '--kernel=off', '--', process.execPath, '-e', PROGRAM], { through, env });
  await running.said('ready');
  const read = await workspace.officer(STEPS.read.args());
  writeFileSync(at('stop'), '');
  return { read, isKilled: (await running.ended).signal === 'SIGKILL' };
}

it.skipIf(!canTrace)(
  'a recorder that takes the reading in, killed anywhere in that, gives nothing out that is not recorded',
  async () => {
    restore('asked');
    const { journal } = workspace;
    const newest = readdirSync(path.join(journal, 'segments')).length;
    const segment = path.join(journal, 'segments', `${String(newest + 1).padStart(8, '0')}.jsonl`);
    // Calls on that file or folder alone are counted: the run itself has written to the segment twice.
    const points = [
      ['write', segment, 3],
      ['fdatasync', segment, 1],
      ['fsync', path.join(journal, 'heads'), 1],
      ['rename', path.join(journal, 'checkpoint.new'), 1],
    ] as const;
    for (const [call, file, nth] of sample(points, SAMPLE, 20_261_124)) {
      const inject = ['-P', file, '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`];
      const { read, isKilled } = await readThroughRecorder(inject);
      const what = `recorder killed at ${call} ${nth} of ${path.basename(file)}`;
      expect([isKilled, read.status === 0, isGivenOut(read)], `${what}: ${read.stderr}`).toEqual([true, false, false]);
      expect(read.stderr).toMatch(/\(CONTROL_FAILED\)/);
      await judge(what, read);
    }
  },
  timeoutMs,
);

/** Posts the secret to itself until its recorder is gone, or for so long that it should have been. */
const TALKER = `
const [http, recorder] = [require('node:http'), process.ppid];
const server = http.createServer((request, response) => request.resume().on('end', () => response.end('heard')));
server.listen(0, '127.0.0.1', () => setInterval(() => {
  if (process.ppid !== recorder || performance.now() > 20_000) process.exit();
  const { port } = server.address();
  http.request({ port, method: 'POST' }, (response) => response.resume()).end(${JSON.stringify(SECRET)});
}, 20));`;

it.skipIf(!canTrace)(
  'a recorder that is killed while one of its threads seals a body leaves no plaintext on the disk',
  async () => {
    restore('asked');
    const { journal } = workspace;
    const newest = readdirSync(path.join(journal, 'segments')).length;
    const sealed = path.join(journal, 'bodies', String(newest + 1).padStart(8, '0'));
    // The thread makes the folder, puts a key there, then bodies; each is synced with the folder.
    const points = [
      ['mkdir', 1],
      ['fsync', 1],
      ['fsync', 2],
      ['fsync', 4],
    ] as const;
    for (const [call, nth] of sample(points, SAMPLE, 20_261_124)) {
      restore('asked');
      mkdirSync(at('temporary'), { recursive: true });
      const inject = ['-P', sealed, '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`];
      const through = ['strace', '-f', '-qq', '-o', '/dev/null', ...inject];
      const env = { TMPDIR: at('temporary') };
      const run = ['run', '--kernel=off', '--', process.execPath, '-e', TALKER];
      const outcome = await workspace.egress(run, { through, env });
      const what = `recorder killed at ${call} ${nth} of ${path.basename(sealed)}`;
      expect(outcome.signal, what).toBe('SIGKILL');
      const found = spawnSync('grep', [
        '-rlaF',
        '-e',
        SECRET,
        '-e',
        btoa(SECRET),
        journal,
        at('keys'),
        at('temporary'),
      ]);
      expect(found.stdout.toString(), what).toBe('');
      await judge(what, outcome);
    }
    rmSync(at('temporary'), { recursive: true });
  },
  timeoutMs,
);

it.skipIf(!canTrace)(
  'the plaintext is written after the reading is on the disk, and a head over it',
  async () => {
    restore('asked');
    const log = at('trace');
    const traced = 'execve,write,pwrite64,writev,sendto,sendmsg,fdatasync,fsync,rename';
    const options = ['-f', '-qq', '-y', '-v', '-s', '65535', '-o', log, '-e', `trace=${traced}`];
    const { status } = await workspace.officer(STEPS['read --to'].args(), { through: ['strace', ...options] });
    expect(status).toBe(0);
    const lines = readFileSync(log, 'utf8').split('\n');
    const first = (pattern: RegExp, from = 0): number => {
      const found = lines.findIndex((line, index) => index > from && pattern.test(line));
      expect(found, String(pattern)).toBeGreaterThan(0);
      return found;
    };
    const intent = first(/ write\(\d+<[^>]*\/segments\/\d+\.jsonl>, .*body\.read\.intent/);
    const synced = first(/ fdatasync\(\d+<[^>]*\/segments\//, intent);
    const headSynced = first(/ fsync\(\d+<[^>]*\/heads\//, synced);
    const headThere = first(/ rename\(.*\/heads\/\d+"\)/, headSynced);
    expect(first(/ write\(\d+<[^>]*\/plain>/)).toBeGreaterThan(headThere);
    // Neither the plaintext nor what opens it goes anywhere else: no other file, no pipe, no argument, no variable.
    const told = lines.filter((line) => line.includes(SECRET) && !/ write\(\d+<[^>]*\/plain>/.test(line));
    expect(told).toEqual([]);
    const keys = /AGE-SECRET-KEY-1|correct horse/;
    expect(lines.filter((line) => keys.test(line))).toEqual([]);
  },
  timeoutMs,
);

/** Words that put a file system of its own over the journal, with so many pages left, and keep what became of it. */
function onSmallDisk(pages: number): string[] {
  const script = `set -e
    mount -t tmpfs -o size=2m none "$1"; cp -R "$2"/. "$1"; copy=$3
    dd if=/dev/zero of="$1/fill" bs=4096 2>/dev/null || true
    truncate -s -${pages * 4096} "$1/fill"
    journal=$1; shift 3; set +e; "$@"; status=$?
    rm "$journal/fill"; rm -rf "$copy"; cp -R "$journal" "$copy"; exit $status`;
  return ['unshare', '-Urm', 'sh', '-c', script, 'sh', workspace.journal, at('journal-asked'), at('journal-left')];
}

it.skipIf(!canMount)(
  'a full disk, wherever it is full, gives nothing out that is not recorded',
  async () => {
    const refusals = new Set<string>();
    const pages = isFull ? Array.from({ length: 24 }, (_, n) => n) : [0, 2, 5];
    for (const left of pages) {
      restore('asked');
      const outcome = await workspace.officer(STEPS.read.args(), { through: onSmallDisk(left) });
      await judge(`read, ${left} pages left`, outcome, at('journal-left'));
      if (outcome.status !== 0) refusals.add(/\((\w+)\)/.exec(outcome.stderr)?.[1] ?? outcome.stderr);
      if (left === 0) expect([outcome.status === 0, outcome.stdout]).toEqual([false, '']);
    }
    expect([...refusals]).toEqual(['DISK_FULL']);
  },
  timeoutMs,
);

it.skipIf(!canMount)(
  'a journal that cannot be written gives nothing out',
  async () => {
    restore('asked');
    const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';
    const through = ['unshare', '-Urm', 'sh', '-c', script, 'sh', workspace.journal];
    for (const name of ['read', 'release'] as const) {
      const outcome = await workspace.officer(STEPS[name].args(), { through });
      expect(outcome.stderr).toMatch(/\([A-Z_]+\)/);
      expect([outcome.status === 0, isGivenOut(outcome)]).toEqual([false, false]);
      await judge(`${name}, read-only`, outcome);
    }
    expect(workspace.recordsOf('body.read.intent')).toEqual([]);
  },
  timeoutMs,
);
