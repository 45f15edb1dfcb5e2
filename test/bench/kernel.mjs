/** What the kernel observer adds to a run that the hooks observe anyway; and what strace would add instead. */
import { spawnSync } from 'node:child_process';
import { rotated, summarise } from './sample.mjs';
import { egressBin, Folder, program } from './subject.mjs';

const node = process.execPath;
const hasStrace = spawnSync('strace', ['-V'], { stdio: 'ignore' }).error === undefined;

const VARIANTS = {
  on: [node, egressBin, 'run', '--kernel=require', '--'],
  off: [node, egressBin, 'run', '--kernel=off', '--'],
  strace: ['strace', '-f', '--seccomp-bpf', '-e', 'trace=connect', '-o', '/dev/null'],
};

/** Milliseconds that the program took for its work, by its own clock: starting it is another benchmark. */
function took(variant, args, folder) {
  const [file, ...words] = [...VARIANTS[variant], node, program('connections.cjs'), ...args];
  const { status, stdout, stderr } = spawnSync(file, words, { env: folder.env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${variant} failed (${status}): ${stderr}`);
  return Number(stdout.trim());
}

/** @returns in each round, how fast it goes with the observer, as a share of `other` */
function compare(other, args, rounds) {
  const folder = new Folder();
  try {
    return Array.from({ length: rounds }, (_, round) => {
      const ms = Object.fromEntries(rotated(['on', other], round).map((name) => [name, took(name, args, folder)]));
      return ms[other] / ms.on;
    });
  } finally {
    folder.remove();
  }
}

export function kernel({ quick }) {
  const rounds = quick ? 3 : 9;
  const result = (title, unit, other, args, target) => ({
    ...{ name: 'kernel', title, unit, target, atLeast: true },
    ...summarise(compare(other, args, rounds)),
  });
  return [
    result('kernel observer, 3000 connections', 'of --kernel=off', 'off', ['requests', '3000'], 0.93),
    result('kernel observer, 100000 writes', 'of --kernel=off', 'off', ['writes', '100000'], 0.97),
    ...(hasStrace ? [result('10000 connects', 'of strace', 'strace', ['connects', '10000'], 1)] : []),
  ];
}
