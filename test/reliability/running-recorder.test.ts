/** Whole processes under load: killed, stopped, or two at once. What a head or a line showed before is there after. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHead } from '../../src/journal/heads/checkpoint.js';
import { verifySignature } from '../../src/keys/ed25519.js';
import { program, type Started, Workspace } from '../fixtures/recorded-run.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';
import { codesOf, memoised, verifyFolder } from '../unit/audit/verify-folder.js';
import { recordRun, scratchFolder, writerOptions } from '../unit/journal/scratch-journal.js';
import { isFull, sequence, Tally, timeoutMs } from './tally.js';

const tally = new Tally('running-recorder', { records: true });
const verify = memoised(verifySignature);
const random = sequence(20_261_124);
const between = (least: number, most: number): number => least + (random.next().value % (most - least));
const REPEATS = isFull ? 12 : 1;
const STOPPED_MS = isFull ? 10_000 : 1_000;
/** Longer than a program that ends waits for a recorder that does not listen. */
const LAST_WORDS_MS = 700;

/** Reasons of gaps that count calls. */
const CALLS_AT_ONCE = 8;
const CALLS: ReadonlySet<string> = new Set(['hook_queue_full', 'hook_channel_lost']);

let server: Server;
let url = '';

beforeAll(async () => {
  server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

/** Gives the test a workspace that goes away with it. */
async function inWorkspace(test: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = new Workspace();
  try {
    await test(workspace);
  } finally {
    workspace.remove();
  }
}

/** A recorded program under load. What it says goes to a file, which stays writable when the recorder is gone. */
interface Load extends Started {
  readonly output: () => string;
  readonly programPid: () => number;
}

async function startLoad(workspace: Workspace, ms: number): Promise<Load> {
  const log = path.join(workspace.folder, 'program.log');
  const line = `echo $$ > ${log}; exec ${process.execPath} ${program('load.mjs')} ${url} ${ms} >> ${log}`;
  const started = workspace.start(['run', '--', 'sh', '-c', line], { env: { EGRESS_HEAD_INTERVAL: '1s' } });
  const output = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await eventually(() => output().includes('ready'), 'the program began');
  return { ...started, output, programPid: () => Number(output().split('\n')[0]) };
}

async function eventually(check: () => boolean, what: string): Promise<void> {
  for (let attempt = 0; attempt < 600 && !check(); attempt += 1) await delay(50);
  expect(check(), what).toBe(true);
}

/** What is on the disk now: whole lines, and the newest head. */
function shown(workspace: Workspace): { lines: readonly string[]; head: ReturnType<typeof parseHead> | undefined } {
  const checkpoint = path.join(workspace.journal, 'checkpoint');
  // The head first: the lines that it covers are there by then.
  const head = existsSync(checkpoint) ? parseHead(readFileSync(checkpoint)) : undefined;
  return { lines: workspace.lines(), head };
}

/** Verifies as it lies there, records once more, verifies again against the head that was seen before. */
async function expectNothingLost(workspace: Workspace, before: ReturnType<typeof shown>, what: string): Promise<void> {
  const key = (JSON.parse(readFileSync(path.join(workspace.journal, 'journal.json'), 'utf8')) as { key: string }).key;
  const left = await verifyFolder(workspace.journal, { key, verify });
  if (left.findings.length > 0) tally.undetected.push(`${what}: ${codesOf(left.findings).join()}`);
  expect((await workspace.run([process.execPath, '-e', '0'])).status).toBe(0);
  const after = workspace.lines();
  if (!before.lines.every((line, at) => after[at] === line)) tally.lost.push(`${what}: lines`);
  const expected = before.head === undefined ? {} : { expected: before.head };
  const { findings, ranges } = await verifyByBoth(workspace.journal, { key, verify, ...expected });
  if (findings.length > 0) tally.undetected.push(`${what}, next run: ${codesOf(findings).join()}`);
  for (const [first] of ranges.unproven)
    if (first <= (before.head?.size ?? 0)) tally.lost.push(`${what}: #${first} unproven`);
  expect(tally.lost).toEqual([]);
  expect(tally.undetected).toEqual([]);
}

describe('under load', { timeout: timeoutMs }, () => {
  it.each(['recorder', 'program', 'both'])('a kill of the %s loses nothing acknowledged', async (whom) => {
    for (let repeat = 0; repeat < REPEATS; repeat += 1)
      await inWorkspace(async (workspace) => {
        tally.try();
        const load = await startLoad(workspace, 2_500);
        await delay(between(0, 1_800));
        const before = shown(workspace);
        if (whom !== 'program') load.child.kill('SIGKILL');
        if (whom !== 'recorder') process.kill(load.programPid(), 'SIGKILL');
        await load.ended;
        // A program whose recorder is gone goes on, and ends by itself.
        if (whom === 'recorder') await eventually(() => load.output().includes('made'), 'the program ended');
        if (whom === 'program')
          expect(workspace.recordsOf('run.close')).toMatchObject([{ exit: { signal: 'SIGKILL' } }]);
        await expectNothingLost(workspace, before, `kill of ${whom}`);
      });
  });

  it.each([
    ['ends meanwhile', 1],
    ['goes on afterwards', 1.3],
  ])(
    `a recorder that stands still for ${STOPPED_MS / 1_000} s holds up no program, and counts what it missed of one that %s`,
    async (_when, share) => {
      await inWorkspace(async (workspace) => {
        tally.try();
        const load = await startLoad(workspace, STOPPED_MS * share);
        const before = shown(workspace);
        load.child.kill('SIGSTOP');
        const start = performance.now();
        if (share === 1) await eventually(() => load.output().includes('made'), 'the program ended');
        const programMs = performance.now() - start;
        await delay(Math.max(LAST_WORDS_MS, STOPPED_MS - programMs));
        load.child.kill('SIGCONT');
        expect((await load.ended).status).toBe(0);
        expect(programMs).toBeLessThan(STOPPED_MS + 5_000);
        const made = Number(/made ([0-9]+)/.exec(load.output())?.[1]);
        const calls = workspace.recordsOf('net').filter(({ network }) => network.direction === 'egress').length;
        const missed = workspace.gaps().reduce((sum, gap) => sum + (CALLS.has(gap.reason) ? gap.count : 0), 0);
        // A call whose beginning was told and whose end was not is in both.
        const isCounted = calls + missed >= made && calls + missed <= made + CALLS_AT_ONCE;
        if (share === 1) expect(missed).toBeGreaterThan(100);
        if (!isCounted) tally.undetected.push(`${made} calls, but ${calls} rows and ${missed} counted as missed`);
        await expectNothingLost(workspace, before, 'SIGSTOP');
      });
    },
  );

  it('of two recorders at once, one records, and the other says who does', async () => {
    for (let repeat = 0; repeat < REPEATS; repeat += 1)
      await inWorkspace(async (workspace) => {
        tally.try();
        const command = [process.execPath, '-e', 'setTimeout(() => {}, 1500)'];
        const outcomes = await Promise.all([1, 2, 3].map(() => workspace.run(command)));
        const refused = outcomes.filter(({ status }) => status === 125);
        for (const { stderr } of refused) expect(stderr).toContain('JOURNAL_LOCKED');
        expect(refused.length).toBeGreaterThan(0);
        expect(outcomes.filter(({ status }) => status === 0).length).toBe(3 - refused.length);
        expect(workspace.recordsOf('run.open').length).toBe(3 - refused.length);
        await expectNothingLost(workspace, shown(workspace), 'two recorders');
      });
  });
});

it('a clock that was set back between runs, or goes backwards in one, breaks nothing', async () => {
  tally.try();
  const options = writerOptions(scratchFolder());
  recordRun(options, 3);
  let micros = options.now() - 3_600_000_000;
  recordRun({ ...options, now: () => (micros -= 1_000_000) }, 3);
  recordRun(options, 3);
  const { findings, limits } = await verifyByBoth(options.directory, { verify });
  if (findings.length > 0) tally.undetected.push('clock set back');
  expect(findings).toEqual([]);
  expect(codesOf(limits)).toEqual(['NO_EXPECTED_HEAD']);
});
