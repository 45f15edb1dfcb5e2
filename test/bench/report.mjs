/**
 * `egress report` over many records: the first pass, which counts, against `sha256sum` on the same files; memory, against
 * that over a tenth of the records; opening again, and a page in a list, as multiples of how long somebody waits gladly.
 */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from '@lydell/node-pty';
import { median, summarise } from './sample.mjs';
import { egressBin } from './subject.mjs';

const SEGMENT_BYTES = 64 << 20;
const FLUSH_BYTES = 1 << 20;
const HOSTS = 40;
const PACKAGES = 12;
/** A frame in which a page is shown; the recipe for a fluent list. */
const FRAME_MS = 50;
const OPEN_MS = 2_000;

/** Chained, sealed segments as a recorder leaves them, without keys and heads: a report counts before it verifies. */
function makeJournal(folder, calls) {
  const segments = path.join(folder, 'segments');
  mkdirSync(segments, { recursive: true });
  writeFileSync(path.join(folder, 'journal.json'), '{}\n');
  let [seq, prev, number, written, fd] = [0, '0'.repeat(64), 0, 0, -1];
  let pending = [];
  let pendingBytes = 0;
  const flush = () => {
    writeSync(fd, Buffer.concat(pending));
    [pending, pendingBytes] = [[], 0];
  };
  const line = (record) => {
    seq += 1;
    const bytes = Buffer.from(`\0{"seq":${seq},"prev":"${prev}",${JSON.stringify(record).slice(1)}`);
    prev = createHash('sha256').update(bytes).digest('hex');
    pending.push(bytes.subarray(1), Buffer.from('\n'));
    written += bytes.length;
    if ((pendingBytes += bytes.length) >= FLUSH_BYTES) flush();
  };
  const begin = Date.parse('2026-10-01T00:00:00Z');
  const close = (time, reason) => {
    line({ kind: 'seal', time, seal: { segment: number, reason } });
    flush();
    closeSync(fd);
    written = 0;
  };
  for (let call = 0; call < calls; call += 1) {
    const time = `${new Date(begin + call * 400).toISOString().slice(0, -1)}000Z`;
    if (written === 0) {
      number += 1;
      fd = openSync(path.join(segments, `${String(number).padStart(8, '0')}.jsonl`), 'w');
      line({ kind: 'segment.open', time, segment: { number, run: 1, epoch: 1, key: 'k', journal: '0' } });
      if (number === 1)
        line({
          kind: 'run.open',
          time,
          run: { number: 1, command: { argv0: 'node', args: 1, options: [] }, cwd: '/' },
        });
      for (let site = 1; site <= PACKAGES; site += 1) {
        line({
          kind: 'site',
          time,
          site: { number: site, confidence: 'high', chain: [], frames: [['node_modules/p/i.js', 1, 'f']] },
          package: { name: `package-${site}`, version: '1.0.0' },
        });
      }
    }
    const site = 1 + (call % PACKAGES);
    line({
      ...{
        kind: 'net',
        time,
        network: { direction: 'egress', peer: { address: '127.0.7.1' }, local: { port: 50000 } },
      },
      server: { address: `host-${call % HOSTS}.example`, port: 443 },
      url: { path: `/v1/items/${call}` },
      http: { request: { method: 'POST', bytes: 400 }, response: { status_code: 200, bytes: 900 } },
      ...{ package: { name: `package-${site}` }, event: { outcome: 'success', duration: 18_000_000 } },
      egress: { channel: 'https', observer: 'hooks', proc: 1, site, headers: 1, phases_us: [310, 820, 4100, 171200] },
    });
    if (written >= SEGMENT_BYTES) close(time, 'segment_full');
  }
  if (written > 0) close('2026-12-31T00:00:00.000000Z', 'run_close');
}

/** Most resident memory (kB) and processor time (µs), from inside, since no other process can ask after the end. */
const USAGE = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write(`USAGE ${maxRSS} ${userCPUTime + systemCPUTime}`); })",
)}`;

function timed(file, args, env) {
  const start = performance.now();
  const { status, stderr } = spawnSync(file, args, { env, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${status} ${stderr}`);
  const [, peak, own] = /USAGE (\d+) (\d+)/.exec(stderr) ?? [];
  return { ms: performance.now() - start, peak: Number(peak), own: Number(own) / 1000, stderr };
}

/** Time by the clock, and processor time as the shell counts it, in ms. */
function hashTimes(files, env) {
  const { ms, stderr } = timed('sh', ['-c', 'sha256sum "$@" && times >&2', 'sh', ...files], env);
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const own = [...last.matchAll(/(\d+)m([\d.]+)s/g)].map(([, minutes, seconds]) => minutes * 60_000 + seconds * 1000);
  return { ms, own: own.reduce((sum, one) => sum + one, 0) };
}

const egress = (args, env) => timed(process.execPath, ['--import', USAGE, egressBin, ...args], env);

/** Processor time of a process so far, in ms; Linux counts it in hundredths of a second. */
function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Pages through all records, and times each page from the key to the last byte of its frame. */
async function pageTimes(journal, env, pages) {
  const pty = spawn(process.execPath, [egressBin, 'report', journal, '--no-verify'], {
    cols: 120,
    rows: 40,
    env: { ...env, TERM: 'xterm-256color' },
  });
  let output = '';
  let at = 0;
  pty.onData((data) => {
    output += data;
    at = performance.now();
  });
  const wait = async (until) => {
    for (let tries = 0; tries < 5_000 && !until(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 2));
    if (!until()) throw new Error(`the report never came: ${output.slice(-400)}`);
  };
  const quiet = () => wait(() => performance.now() - at > 60);
  try {
    await wait(() => output.includes('egress report'));
    await quiet();
    pty.write('/');
    await wait(() => output.includes('all records'));
    await quiet();
    const times = [];
    const cpu = cpuMs(pty.pid);
    for (const key of ['\x1b[6~', 'G', '\x1b[5~', 'g']) {
      for (let page = 0; page < (key.length > 1 ? pages : 5); page += 1) {
        const before = output.length;
        const start = performance.now();
        pty.write(key);
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (output.length === before)
          await Promise.race([wait(() => output.length > before), new Promise((resolve) => setTimeout(resolve, 400))]);
        await quiet();
        if (output.length > before) times.push(at - start);
      }
    }
    return { times, own: (cpuMs(pty.pid) - cpu) / times.length };
  } finally {
    pty.kill('SIGKILL');
  }
}

export async function report({ quick }) {
  const calls = quick ? 500_000 : 5_000_000;
  const folder = mkdtempSync(path.join(tmpdir(), 'egress-bench-'));
  const env = { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', XDG_CACHE_HOME: path.join(folder, 'cache') };
  const [large, small] = [path.join(folder, 'large'), path.join(folder, 'small')];
  try {
    makeJournal(large, calls);
    makeJournal(small, calls / 10);
    const files = readdirSync(path.join(large, 'segments')).map((name) => path.join(large, 'segments', name));
    const hash = hashTimes(files, env);
    const smallFirst = egress(['report', '--plain', '--no-verify', small], env);
    const first = egress(['report', '--plain', '--no-verify', large], env);
    const opens = [];
    for (let round = 0; round < 5; round += 1) {
      opens.push(egress(['report', '--plain', '--no-verify', large], env));
    }
    const { times: frames, own } = await pageTimes(large, env, quick ? 20 : 60);
    process.stderr.write(
      `report: first pass ${Math.round(first.ms)} ms, then ${Math.round(median(opens.map(({ ms }) => ms)))} ms; peak ${first.peak} kB, of a tenth ${smallFirst.peak} kB; page median ${median(frames).toFixed(1)} ms (${own.toFixed(1)} ms of own CPU), most ${Math.max(...frames).toFixed(1)} ms\n`,
    );
    const title = `report, ${calls} calls`;
    return [
      {
        name: 'report-first',
        title: `${title}, first pass`,
        unit: '× sha256sum',
        ...summarise([first.ms / hash.ms]),
        own: first.own / hash.own,
        target: 20,
      },
      {
        name: 'report',
        title: `${title}, opened again`,
        unit: `× ${OPEN_MS} ms`,
        ...summarise(opens.map(({ ms }) => ms / OPEN_MS)),
        own: median(opens.map(({ own: used }) => used)) / OPEN_MS,
        target: 1,
      },
      {
        name: 'report-memory',
        title: 'report memory, all to a tenth',
        unit: '×',
        ...summarise([first.peak / smallFirst.peak]),
        target: 1.25,
      },
      {
        name: 'report-page',
        title: 'report, a page in a list',
        unit: `× ${FRAME_MS} ms`,
        ...summarise(frames.map((ms) => ms / FRAME_MS)),
        own: own / FRAME_MS,
        target: 1,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
