/**
 * Calls a second, as a share of what bare Node makes. Beside it stands the share by the program's own processor time:
 * what would be left if recorder, load and all others had processors of their own, and far less noisy. The variants run side by side for as long as the workload takes
 * and are driven in turn, a short slice each: what disturbs the machine for a minute then disturbs all of them alike.
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { rotated, summarise } from './sample.mjs';
import { isOtelInstalled, program, Subject } from './subject.mjs';

const run = promisify(execFile);
const node = process.execPath;
const SLICE_S = 1;
const CONNECTIONS = 32;

export const hasWrk = spawnSync('wrk', ['-v'], { stdio: 'ignore' }).error === undefined;

async function slice(client, ms) {
  const { calls, ms: took } = JSON.parse(await client.ask(ms));
  return { calls, rate: calls / took };
}

async function underWrk(url, ms) {
  const seconds = Math.max(SLICE_S, Math.round(ms / 1_000));
  const { stdout } = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, url]);
  if (/Non-2xx|Socket errors: .*(connect|timeout) [1-9]/.test(stdout)) throw new Error(stdout);
  const calls = Number(/(\d+) requests in/.exec(stdout)[1]);
  return { calls, rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]) };
}

/** A server in each variant; the load comes from a process outside. */
function serverWorkload(file, url, args) {
  return async (variant, stack) => {
    const subject = new Subject(variant, [node, program(file), ...args]);
    stack.push(subject);
    const port = await subject.line();
    if (hasWrk) return { subject, drive: (ms) => underWrk(`http://127.0.0.1:${port}${url}`, ms) };
    const load = new Subject('bare', [node, program('load.cjs'), port, url]);
    stack.push(load);
    await load.line();
    return { subject, drive: (ms) => slice(load, ms) };
  };
}

/** What is driven in all of its variants, for as long as it takes. */
export const helloServer = serverWorkload('hello-server.cjs', '/', []);

/** A client in each variant; all of them call one bare server. */
function clientWorkload(kind, port) {
  return async (variant, stack) => {
    const subject = new Subject(variant, [node, program('client.cjs'), kind, port]);
    stack.push(subject);
    await subject.line();
    return { subject, drive: (ms) => slice(subject, ms) };
  };
}

/** Each needs a bare server beside it, except the first; `perCall` says how many rows one driven call makes. */
const WORKLOADS = {
  server: { title: 'hello-world HTTP server', target: 0.82, aim: 0.9, perCall: 1 },
  http: { title: 'http client, kept alive', target: 0.72, aim: 0.85, perCall: 1 },
  fetch: { title: 'fetch client', target: 0.8, aim: 0.9, perCall: 1 },
  express: { title: 'express, one upstream call', target: 0.9, aim: 0.95, perCall: 2 },
};

function factory(name, port) {
  if (name === 'server') return helloServer;
  if (name === 'express') return serverWorkload('express-server.cjs', '/orders/17', [port]);
  return clientWorkload(name, port);
}

/**
 * Drives the variants in turn.
 * @returns for each round calls a second, and calls per processor time of the program itself; and all calls made
 */
async function rounds(runners, { count, sliceMs, warmUpMs }) {
  const calls = Object.fromEntries(runners.map(({ variant }) => [variant, 0]));
  const drive = async ({ variant, subject, drive: once }, ms) => {
    const before = Number(await subject.ask('cpu'));
    const result = await once(ms);
    calls[variant] += result.calls;
    return { rate: result.rate, perCpu: result.calls / (Number(await subject.ask('cpu')) - before) };
  };
  for (const runner of runners) await drive(runner, warmUpMs);
  const measured = [];
  for (let round = 0; round < count; round += 1) {
    const of = {};
    for (const runner of rotated(runners, round)) of[runner.variant] = await drive(runner, sliceMs);
    measured.push(of);
  }
  return { measured, calls };
}

/** A recorder that is fast since it misses calls would win every benchmark. */
function requireAll(variant, { seen, lost }, calls) {
  if (lost > 0) throw new Error(`${variant} lost ${lost} calls`);
  if (seen < calls) throw new Error(`${variant} recorded ${seen} of ${calls} calls`);
}

export function throughput(name) {
  const { title, target, aim, perCall } = WORKLOADS[name];
  return async ({ quick }) => {
    const stack = [];
    try {
      const upstream = new Subject('bare', [node, program('hello-server.cjs')]);
      stack.push(upstream);
      const start = factory(name, await upstream.line());
      const variants = ['bare', 'egress', ...(isOtelInstalled ? ['otel'] : [])];
      const runners = [];
      for (const variant of variants) runners.push({ variant, ...(await start(variant, stack)) });
      const plan = { count: quick ? 3 : 11, sliceMs: SLICE_S * 1_000, warmUpMs: quick ? 1_000 : 2_000 };
      const { measured, calls } = await rounds(runners, plan);
      // All calls of a slice were answered before it ended; what wrk cut off at its end was not counted.
      for (const { variant, subject } of runners) {
        const counts = await subject.stop();
        if (variant !== 'bare') requireAll(variant, counts, calls[variant] * (variant === 'egress' ? perCall : 1));
      }
      const share = (variant, what) => summarise(measured.map((of) => of[variant][what] / of.bare[what]));
      const own = share('egress', 'perCpu').median;
      const peer = isOtelInstalled ? { ...share('otel', 'rate'), own: share('otel', 'perCpu').median } : undefined;
      return [{ name, title, unit: 'of bare', ...share('egress', 'rate'), own, target, aim, atLeast: true, peer }];
    } finally {
      for (const subject of stack) subject.kill();
    }
  };
}
