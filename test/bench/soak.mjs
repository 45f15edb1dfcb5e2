/**
 * A server under load for ten minutes and a million requests at least: is it as fast at the end as at the beginning, does
 * the memory of program and recorder stay level, do they keep no descriptors, is every request recorded, and does the
 * journal verify? A bare server takes slices of the load in between, so that each share is of the same minute.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { growth, median, summarise } from './sample.mjs';
import { egressBin } from './subject.mjs';
import { helloServer } from './throughput.mjs';

const SLICE_MS = 1_000;
const MINUTE_MS = 60_000;

/** What a process has now: resident memory in MB, and open descriptors. */
function holdings(pid) {
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  return { mb: Number(resident) / 1_024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

async function sample(runner) {
  return { ...holdings(Number(await runner.subject.ask('pid'))), cpu: Number(await runner.subject.ask('cpu')) };
}

async function round(runners, order) {
  const of = {};
  for (const variant of order) {
    const runner = runners[variant];
    const before = Number(await runner.subject.ask('cpu'));
    const { calls, rate } = await runner.drive(SLICE_MS);
    const { mb, descriptors, cpu } = await sample(runner);
    of[variant] = { calls, rate, perCpu: calls / (cpu - before), mb, descriptors };
  }
  return { ...of, recorder: holdings(runners.egress.subject.pid) };
}

/** One line a minute, since it takes long. */
function progress(rounds, calls) {
  const share = (what) => median(rounds.map(({ egress, bare }) => egress[what] / bare[what])).toFixed(2);
  const mb = (of) => `${median(rounds.map((one) => one[of].mb)).toFixed(0)} MB`;
  const { egress, recorder } = rounds.at(-1);
  return (
    `${String(calls).padStart(9)} requests   ${share('rate')} of bare, by own CPU ${share('perCpu')}   ` +
    `program ${mb('egress')} (bare ${mb('bare')}), recorder ${mb('recorder')}   ` +
    `descriptors ${egress.descriptors} and ${recorder.descriptors}\n`
  );
}

/**
 * @returns requests that were not recorded, of a million
 * @throws Error where a request is missing that no gap counts, or the journal does not verify
 */
function lostOf({ folder }, calls) {
  const { calls: seen, lost } = folder.summary;
  const egress = (...args) =>
    spawnSync(process.execPath, [egressBin, ...args, folder.journal], { env: folder.env, encoding: 'utf8' });
  if (seen + lost < calls)
    throw new Error(`recorded ${seen} of ${calls} requests, and only ${lost} are counted as lost`);
  const started = performance.now();
  const { status, stdout } = egress('verify');
  if (status !== 0) throw new Error(`the journal does not verify:\n${stdout}`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stderr.write(`${seen} calls recorded, ${lost} lost; verified in ${seconds} s: ${stdout.split('\n')[0]}\n`);
  if (lost > 0) process.stderr.write(egress('log', '--gaps').stdout);
  return (lost / calls) * 1_000_000;
}

export async function soak({ quick }) {
  const goal = quick ? { ms: 20_000, calls: 20_000 } : { ms: 10 * MINUTE_MS, calls: 1_000_000 };
  const stack = [];
  try {
    const runners = {};
    for (const variant of ['bare', 'egress']) {
      runners[variant] = await helloServer(variant, stack);
      await runners[variant].drive(SLICE_MS);
    }
    const rounds = [];
    let [calls, spent, told] = [0, 0, 0];
    while (spent < goal.ms || calls < goal.calls) {
      rounds.push(await round(runners, rounds.length % 2 === 0 ? ['bare', 'egress'] : ['egress', 'bare']));
      calls += rounds.at(-1).egress.calls;
      spent += SLICE_MS;
      if (spent % MINUTE_MS !== 0) continue;
      process.stderr.write(progress(rounds.slice(told), calls));
      told = rounds.length;
    }
    await runners.egress.subject.end();
    const lost = { unit: 'of a million', ...summarise([lostOf(runners.egress.subject, calls)]), n: calls, target: 0 };
    return [...figures(rounds, calls), { name: 'soak lost', title: 'requests not recorded', ...lost }];
  } finally {
    for (const subject of stack) subject.kill();
  }
}

function figures(rounds, calls) {
  const shares = rounds.map(({ egress, bare }) => egress.rate / bare.rate);
  const own = median(rounds.map(({ egress, bare }) => egress.perCpu / bare.perCpu));
  const late = (of, what) => {
    const values = rounds.map((one) => one[of][what]);
    return { unit: '×', ...summarise([growth(values)]), n: values.length, target: 1.1 };
  };
  const quarter = rounds.length >> 2;
  const speed = median(shares.slice(-quarter)) / median(shares.slice(quarter, 2 * quarter));
  return [
    {
      name: 'soak',
      title: `soak, ${calls} requests`,
      unit: 'of bare',
      ...summarise(shares),
      own,
      target: 0.82,
      aim: 0.9,
      atLeast: true,
    },
    {
      name: 'soak speed',
      title: 'share of bare, late to early',
      unit: '×',
      ...summarise([speed]),
      n: shares.length,
      target: 0.95,
      atLeast: true,
    },
    { name: 'soak program', title: 'memory of the program, late to early', ...late('egress', 'mb') },
    { name: 'soak bare', title: 'memory of the bare program, late to early', ...late('bare', 'mb') },
    { name: 'soak recorder', title: 'memory of the recorder, late to early', ...late('recorder', 'mb') },
    {
      name: 'soak descriptors',
      title: 'descriptors of the recorder, late to early',
      ...late('recorder', 'descriptors'),
    },
  ];
}
