/** A real process that writes a journal, killed by the system at its N-th call of a kind (strace's fault injection). */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { verifySignature } from '../../src/keys/ed25519.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';
import { codesOf, memoised, verifyFolder } from '../unit/audit/verify-folder.js';
import { scratchFolder } from '../unit/journal/scratch-journal.js';
import { sample, Tally, timeoutMs } from './tally.js';

const tally = new Tally('killed-writer', { records: true });
const verify = memoised(verifySignature);
const program = path.resolve(import.meta.dirname, '../fixtures/writer.mjs');
const CALLS = 'fdatasync,fsync,rename,fchmod,unlink,mkdir,write';
const SAMPLE = 10;

/** Some containers forbid to trace. */
const canTrace = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0;

interface Outcome {
  readonly signal: NodeJS.Signals | null;
  readonly status: number | null;
  /** What the writer said last: records that were flushed, and those under a head. */
  readonly flushed: number;
  readonly covered: number;
}

function write(folder: string, trace: readonly string[] = []): Outcome {
  const command = [...trace, process.execPath, program, path.join(folder, 'journal'), path.join(folder, 'keys')];
  const { signal, status, stdout } = spawnSync(command[0] ?? '', command.slice(1), {
    encoding: 'utf8',
    timeout: 30_000,
  });
  const [flushed = 0, covered = 0] = (/([0-9]+) ([0-9]+)\n$/.exec(stdout) ?? []).slice(1).map(Number);
  return { signal, status, flushed, covered };
}

function linesOf(directory: string): string {
  const folder = path.join(directory, 'segments');
  if (!existsSync(folder)) return '';
  const files = readdirSync(folder).sort();
  return files.map((name) => readFileSync(path.join(folder, name), 'latin1')).join('');
}

it.skipIf(!canTrace)(
  'loses nothing that it had acknowledged, wherever it is killed (skipped where strace lacks)',
  async () => {
    const counting = scratchFolder();
    const log = path.join(counting, 'trace');
    expect(write(counting, ['strace', '-f', '-qq', '-o', log, '-e', `trace=${CALLS}`]).status).toBe(0);
    const counts = new Map<string, number>();
    for (const [, name = ''] of readFileSync(log, 'utf8').matchAll(/^[0-9]+ +([a-z]+)\(/gm))
      counts.set(name, (counts.get(name) ?? 0) + 1);
    const points = [...counts].flatMap(([name, count]) =>
      Array.from({ length: count }, (_, at) => ({ name, nth: at + 1 })),
    );
    let kills = 0;
    for (const { name, nth } of sample(points, SAMPLE, 20_261_124)) {
      const what = `${name} ${nth}`;
      const folder = scratchFolder();
      const directory = path.join(folder, 'journal');
      const inject = `inject=${name}:signal=KILL:when=${nth}`;
      const { status, signal, flushed, covered } = write(folder, [
        ...['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${name}`, '-e', inject],
      ]);
      // Node's own threads write as well, so that the count of writes differs from run to run.
      if (status === 0 && signal === null) continue;
      kills += 1;
      tally.try();
      const left = linesOf(directory);
      const whole = left.split('\n').length - 1;
      if (whole < flushed) tally.lost.push(`${what}: ${flushed} were flushed, ${whole} are there`);
      if (existsSync(path.join(directory, 'journal.json'))) {
        const { findings } = await verifyFolder(directory, { verify });
        if (findings.length > 0) tally.undetected.push(`${what}: ${codesOf(findings).join()}`);
      }
      expect(write(folder).status, what).toBe(0);
      if (!linesOf(directory).startsWith(left)) tally.lost.push(`${what}: changed by the next run`);
      const result = await verifyByBoth(directory, { verify });
      if (result.findings.length > 0) tally.undetected.push(`${what}, next run: ${codesOf(result.findings).join()}`);
      for (const [first] of result.ranges.unproven)
        if (first <= covered) tally.lost.push(`${what}: #${first} was under a head`);
      expect(tally.lost).toEqual([]);
      expect(tally.undetected).toEqual([]);
    }
    expect(kills).toBeGreaterThan(0);
  },
  timeoutMs,
);
