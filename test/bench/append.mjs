/** The journal's writer alone, durability `batch`: lines a second, and against hashing and writing the same bytes. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { median, summarise } from './sample.mjs';
import { egressBin, Folder, program } from './subject.mjs';

const LINES_PER_SECOND = 150_000;

export function append({ quick }) {
  const rows = quick ? 200_000 : 1_000_000;
  const rounds = quick ? 3 : 7;
  const folder = new Folder();
  try {
    const dist = path.join(path.dirname(egressBin), '../dist');
    const args = [program('appender.mjs'), folder.path, String(rows), String(rounds), dist];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env: folder.env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`appending failed: ${stderr}`);
    const figures = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const title = `append, ${rows} lines`;
    const rates = figures.map(({ append: { ms } }) => rows / (ms / 1_000) / LINES_PER_SECOND);
    const perCpu = figures.map((round) => rows / round.append.cpuSeconds / LINES_PER_SECOND);
    const multiples = figures.map((round) => round.append.cpuSeconds / round.floor.cpuSeconds);
    return [
      {
        name: 'append',
        title,
        unit: '× 150 000/s',
        ...summarise(rates),
        own: median(perCpu),
        target: 1,
        atLeast: true,
      },
      {
        name: 'append floor',
        title: `${title}, by CPU, to hash and write alone`,
        unit: '×',
        ...summarise(multiples),
        target: 2.5,
      },
    ];
  } finally {
    folder.remove();
  }
}
