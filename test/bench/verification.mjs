/** `egress verify`, start-up included, against `sha256sum` on the same files: what reading and hashing alone would take. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { feed } from './recorder.mjs';
import { rotated, summarise } from './sample.mjs';
import { egressBin } from './subject.mjs';

function timed(file, args, env) {
  const start = performance.now();
  const { status, stderr, error } = spawnSync(file, args, {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${file} ${args[0]} failed (${error?.code ?? status}): ${stderr}`);
  return ms;
}

export async function verification({ quick }) {
  const records = quick ? 300_000 : 500_000;
  const { subject } = await feed(records);
  try {
    await subject.ended();
    const { journal, env } = subject.folder;
    const files = readdirSync(path.join(journal, 'segments')).map((name) => path.join(journal, 'segments', name));
    const runners = [
      ['hash', () => timed('sha256sum', files, env)],
      ['verify', () => timed(process.execPath, [egressBin, 'verify', journal], env)],
    ];
    for (const [, once] of runners) once();
    const ratios = [];
    for (let round = 0; round < (quick ? 3 : 7); round += 1) {
      const ms = Object.fromEntries(rotated(runners, round).map(([name, once]) => [name, once()]));
      ratios.push(ms.verify / ms.hash);
    }
    return [
      { name: 'verify', title: `verify, ${records} calls`, unit: '× sha256sum', ...summarise(ratios), target: 2 },
    ];
  } finally {
    subject.kill();
  }
}
