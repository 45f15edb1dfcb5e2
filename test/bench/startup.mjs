/** What `egress run` adds to a program that does nothing, against what starting egress and the program takes anyway. */
import { spawnSync } from 'node:child_process';
import { rotated, summarise } from './sample.mjs';
import { egressBin, Folder } from './subject.mjs';

const COMMANDS = {
  egress: [egressBin, '--version'],
  program: ['-e', '0'],
  run: [egressBin, 'run', '--kernel=off', '--', process.execPath, '-e', '0'],
};

export function startUp({ quick }) {
  const folder = new Folder();
  const timed = (name) => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, COMMANDS[name], { env: folder.env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name} failed (${status}): ${stderr}`);
    return performance.now() - start;
  };
  try {
    const names = Object.keys(COMMANDS);
    // The first run creates the journal; this is about all the others.
    for (const name of names) timed(name);
    const ratios = [];
    for (let round = 0; round < (quick ? 5 : 15); round += 1) {
      const ms = Object.fromEntries(rotated(names, round).map((name) => [name, timed(name)]));
      ratios.push(ms.run / (ms.egress + ms.program));
    }
    return [{ name: 'startup', title: 'start-up of egress run', unit: '×', ...summarise(ratios), target: 1.35 }];
  } finally {
    folder.remove();
  }
}
