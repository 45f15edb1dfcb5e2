import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MODULE = path.resolve(import.meta.dirname, '../../dist/system/lock.js');
const TAKER = path.resolve(import.meta.dirname, '../fixtures/lock-taker.mjs');
const PROCESSES = 6;
const ROUNDS = 6;

let folder: string;
let takers: Taker[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'egress-lock-'));
});
afterEach(() => {
  for (const { child } of takers) child.kill('SIGKILL');
  takers = [];
  rmSync(folder, { recursive: true, force: true });
});

class Taker {
  readonly child: ChildProcess;
  #text = '';

  constructor(go: string, way: string) {
    this.child = spawn(process.execPath, [TAKER, MODULE, path.join(folder, 'lock'), go, way], { stdio: 'pipe' });
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.#text += chunk));
    takers.push(this);
  }

  /** The line with this number, once it is there. */
  async line(number: number): Promise<string> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const lines = this.#text.split('\n');
      if (lines.length > number + 1) return lines[number] ?? '';
      if (Date.now() > deadline) throw new Error(`a taker said only: ${this.#text}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  end(how: 'release' | 'kill'): Promise<void> {
    const ended = new Promise<void>((resolve) =>
      this.child.once('close', () => {
        resolve();
      }),
    );
    if (how === 'kill') this.child.kill('SIGKILL');
    else this.child.stdin?.write('end\n');
    return ended;
  }
}

describe.each(['flock', 'files'])('by %s', (way) => {
  it('of many processes that find a lock which nobody holds any more, one gets it', { timeout: 120_000 }, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const go = path.join(folder, `go-${round}`);
      const here = Array.from({ length: PROCESSES }, () => new Taker(go, way));
      await Promise.all(here.map((taker) => taker.line(0)));
      writeFileSync(go, '');
      const said = await Promise.all(here.map((taker) => taker.line(1)));
      // All are alive still, so that the winner of this moment is the only holder.
      expect(said.toSorted(), `round ${round}`).toEqual([
        ...Array.from({ length: PROCESSES - 1 }, () => 'JOURNAL_LOCKED'),
        'won',
      ]);
      // The next round finds what a kill leaves, or what a release leaves.
      await Promise.all(here.map((taker) => taker.end(round % 2 === 0 ? 'kill' : 'release')));
    }
  });
});
