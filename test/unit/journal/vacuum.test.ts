import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ExpectedHead } from '../../../src/audit/heads/expected-head.js';
import { EgressError } from '../../../src/core/error.js';
import { parseHead } from '../../../src/journal/heads/checkpoint.js';
import { currentState } from '../../../src/journal/state/current-state.js';
import { vacuumEvidence } from '../../../src/journal/vacuum/vacuum-evidence.js';
import { planVacuum } from '../../../src/journal/vacuum/vacuum-plan.js';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import { fileSystem } from '../../../src/keys/file-system.js';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { editLines, overwrite } from '../audit/tampered-journal.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { codesOf, memoised } from '../audit/verify-folder.js';
import { CHANGING, FaultyFileSystem, type Call } from './faulty-file-system.js';
import { recordRun, scratchFolder, siteRecord, writerOptions } from './scratch-journal.js';
import { forgetFrontier, hand, layoutOf, maxSize, segmentsOf, vacuum } from './vacuumed-journal.js';

// Seconds of work, and more where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

const verify = memoised(verifySignature);
const unlocked = { lock: () => ({ release: () => undefined }), segmentBytesMax: 2_200 };
const codes = async (options: WriterOptions, expected?: ExpectedHead): Promise<[string[], string[]]> => {
  const result = await verifyByBoth(options.directory, { verify, ...(expected === undefined ? {} : { expected }) });
  return [codesOf(result.findings), codesOf(result.limits)];
};
const VACUUMED = ['NO_EXPECTED_HEAD', 'VACUUMED'];

/** Four runs of several segments. */
function journal(): WriterOptions {
  const options = writerOptions(scratchFolder(), unlocked);
  for (let run = 1; run <= 4; run += 1) recordRun(options, 9);
  return options;
}

const heads = ({ directory }: WriterOptions): ExpectedHead[] =>
  readdirSync(path.join(directory, 'heads'))
    .map((name) => parseHead(readFileSync(path.join(directory, 'heads', name))))
    .sort((a, b) => a.size - b.size);

describe('a vacuum', () => {
  it('leaves a journal that verifies from its boundary on, and goes on', async () => {
    const options = journal();
    const before = segmentsOf(options).length;
    const { declared } = await vacuum(options, maxSize(5_000));
    expect(declared?.seq).toBeGreaterThan(0);
    expect(segmentsOf(options)[0]).toBeGreaterThan(3);
    expect(segmentsOf(options).length).toBeLessThan(before);
    expect(await codes(options)).toEqual([[], VACUUMED]);
    recordRun(options, 9);
    expect(await codes(options)).toEqual([[], VACUUMED]);
    forgetFrontier(options);
    recordRun(options, 9);
    expect(await codes(options)).toEqual([[], VACUUMED]);
    await vacuum(options, maxSize(4_000));
    forgetFrontier(options);
    recordRun(options, 2);
    const result = await verifyByBoth(options.directory, { verify });
    expect(result.findings).toEqual([]);
    expect(result.ranges.good).toEqual([[(result.removed?.last ?? 0) + 1, result.head?.size]]);
    expect(result.records).toBe((result.head?.size ?? 0) - (result.removed?.last ?? 0));
  });

  it('keeps every head below the boundary checkable, over several vacuums', async () => {
    const options = journal();
    const kept = heads(options);
    await vacuum(options, maxSize(9_000));
    recordRun(options, 9);
    await vacuum(options, maxSize(3_000));
    for (const head of kept) {
      expect(await codes(options, head), `${head.size}`).toEqual([[], ['EXPECTED_HEAD_OLDER', 'VACUUMED']]);
      const other = { ...head, root: 'f'.repeat(64) };
      expect((await codes(options, other))[0], `${head.size}`).toEqual(['EXPECTED_HEAD_MISMATCH']);
    }
    const unknown = await verifyByBoth(options.directory, { verify, expected: { size: 2, root: 'f'.repeat(64) } });
    expect(unknown).toMatchObject({ verdict: 'NOT_CHECKED', obstacle: { code: 'EXPECTED_HEAD_REMOVED' } });
  });

  it('is corroborated by a head that was kept after it', async () => {
    const options = journal();
    await vacuum(options, maxSize(5_000));
    recordRun(options, 1);
    const expected = heads(options).at(-1);
    const { limits } = await verifyByBoth(options.directory, { verify, ...(expected ? { expected } : {}) });
    expect(limits).toMatchObject([{ code: 'VACUUMED', corroborated: true }]);
  });

  it('removes by the time of each segment’s last record', () => {
    const options = journal();
    const layout = layoutOf(options);
    const times = segmentsOf(options).map((number) => {
      const last = readFileSync(layout.segment(number), 'utf8').trimEnd().split('\n').at(-1) ?? '';
      return (JSON.parse(last) as { time: string }).time;
    });
    const plan = (before: string): unknown =>
      planVacuum(fileSystem, layout, currentState(fileSystem, layout), { rule: 'older_than', window: '1d', before });
    expect(plan(times[2] ?? '')).toMatchObject({ cut: { segment: 2 }, kept: undefined });
    expect(plan('2000-01-01')).toMatchObject({ cut: undefined, kept: undefined });
    expect(plan('2100-01-01')).toMatchObject({ cut: { segment: times.length - 1 }, kept: 'last' });
  });

  it('never removes what is held, nor from an open or only segment', async () => {
    const options = journal();
    const [, second] = heads(options);
    await hand(options, { kind: 'hold', first: (second?.size ?? 0) + 1, last: (second?.size ?? 0) + 1, why: 'case' });
    await vacuum(options, maxSize(1));
    expect(segmentsOf(options)[0]).toBe(3);
    const held = currentState(fileSystem, layoutOf(options)).holds[0]?.seq ?? 0;
    expect((await vacuum(options, maxSize(1))).declared).toBeUndefined();
    await hand(options, { kind: 'release', hold: held, why: 'over' });
    await vacuum(options, maxSize(1));
    expect(segmentsOf(options).length).toBeLessThanOrEqual(2);
    expect(await codes(options)).toEqual([[], VACUUMED]);
    const lonely = writerOptions(scratchFolder(), unlocked);
    recordRun(lonely, 1);
    expect((await vacuum(lonely, maxSize(1))).declared).toBeUndefined();
  });

  it('refuses a hold on what it has removed, and says why', async () => {
    const options = journal();
    await vacuum(options, maxSize(5_000));
    await expect(hand(options, { kind: 'hold', first: 1, last: 3, why: 'late' })).rejects.toThrow(/vacuum has removed/);
  });

  it('removes nothing from a journal whose old records are not what was signed', async () => {
    const options = journal();
    editLines(options.directory, 2, (lines) => lines.with(3, (lines[3] ?? '').replace('app', 'bpp')));
    const before = segmentsOf(options);
    await expect(vacuum(options, maxSize(5_000))).rejects.toThrow(
      expect.objectContaining({ code: 'JOURNAL_DAMAGED' }) as Error,
    );
    expect(segmentsOf(options)).toEqual(before);
  });

  it('goes over segments that a crash left open', async () => {
    const options = writerOptions(scratchFolder(), unlocked);
    recordRun(options, 9);
    const writer = JournalWriter.open(options);
    writer.beginRun();
    writer.append(siteRecord(1));
    writer.flush();
    recordRun(options, 9);
    recordRun(options, 2);
    await vacuum(options, maxSize(2_500));
    expect(segmentsOf(options)[0]).toBeGreaterThan(writer.segment);
    expect(await codes(options)).toEqual([[], VACUUMED]);
  });
});

describe('a statement about a vacuum', () => {
  it('is taken only if it fits the journal to the last byte', async () => {
    const options = journal();
    const layout = layoutOf(options);
    const state = currentState(fileSystem, layout);
    const plan = planVacuum(fileSystem, layout, state, maxSize(5_000));
    const { origin } = heads(options)[0] ?? {};
    if (plan.cut === undefined || origin === undefined) throw new Error('nothing to cut');
    const good = vacuumEvidence(fileSystem, layout, origin, state, { ...plan, cut: plan.cut }, maxSize(5_000)).receipt;
    const changes: Partial<typeof good>[] = [
      { number: 2 },
      { first: 2 },
      { boundary: good.boundary - 1 },
      { boundary: heads(options).at(-1)?.size ?? 0 },
      { segment: good.segment - 1 },
      { segment: good.segment + 1 },
      { hash: 'a'.repeat(64) },
      { frontier: good.frontier.with(0, 'a'.repeat(64)) },
      { frontier: [] },
      { bytes: good.bytes + 1 },
    ];
    for (const change of changes) {
      const receipt = { ...good, ...change };
      await expect(hand(options, { kind: 'vacuum', receipt }), JSON.stringify(change)).rejects.toThrow(
        expect.objectContaining({ code: 'STATEMENT_REFUSED' }) as Error,
      );
    }
    expect((await hand(options, { kind: 'vacuum', receipt: good })).seq).toBeGreaterThan(0);
  });
});

/** Calls of a faultless vacuum. */
async function callsOfVacuum(): Promise<Call[]> {
  const counting = new FaultyFileSystem();
  await vacuum({ ...journal(), fs: counting.fs }, maxSize(5_000));
  return counting.calls.filter(({ name }) => CHANGING.has(name));
}

describe('a crash of a vacuum', { timeout: 300_000 }, () => {
  it('at any step leaves a journal that verifies, and that the next vacuum finishes', async () => {
    const calls = await callsOfVacuum();
    const unlinks = calls.filter(({ name }) => name === 'unlinkSync').length;
    expect(unlinks).toBeGreaterThan(3);
    // All calls with SLOW=1; else a sample, and every call from the first removal on.
    const from = calls.findIndex(({ name, nth }) => name === 'unlinkSync' && nth === unlinks - 3);
    const chosen = calls.filter((_, at) => process.env['SLOW'] === '1' || at >= from || at % 15 === 0);
    const seen = new Set<string>();
    for (const call of chosen) {
      const what = `${call.name} ${call.nth}`;
      const options = journal();
      const all = segmentsOf(options);
      await expect(
        vacuum({ ...options, fs: new FaultyFileSystem(call, 'crash').fs }, maxSize(5_000)),
      ).rejects.toThrow();
      const [findings, limits] = await codes(options);
      expect(findings, what).toEqual([]);
      for (const code of limits) seen.add(code);
      // A segment is gone only where a receipt stands for it.
      if (segmentsOf(options)[0] !== all[0]) expect(limits, what).toContain('VACUUMED');
      recordRun(options, 1);
      await vacuum(options, maxSize(5_000));
      const after = await codes(options);
      expect(after[0], what).toEqual([]);
      expect(after[1], what).toContain('VACUUMED');
      expect(after[1], what).not.toContain('VACUUM_UNFINISHED');
      expect(segmentsOf(options)[0], what).toBeGreaterThan(3);
    }
    expect([...seen]).toContain('VACUUM_UNFINISHED');
  });

  it('is no crash but an error: it has a code, and the next vacuum finishes', async () => {
    const calls = (await callsOfVacuum()).filter((_, at) => process.env['SLOW'] === '1' || at % 12 === 5);
    for (const call of calls) {
      const what = `${call.name} ${call.nth}`;
      const options = journal();
      const faulty = new FaultyFileSystem(call, call.name === 'writeSync' ? 'ENOSPC' : 'EIO');
      const failure: unknown = await vacuum({ ...options, fs: faulty.fs }, maxSize(5_000)).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure !== undefined) expect(failure, what).toBeInstanceOf(EgressError);
      expect((await codes(options))[0], what).toEqual([]);
      await vacuum(options, maxSize(5_000));
      expect(await codes(options), what).toEqual([[], expect.arrayContaining(['VACUUMED'])]);
      expect(segmentsOf(options)[0], what).toBeGreaterThan(3);
    }
  });

  it('before its receipt is signed counts for nothing, whoever wrote it', async () => {
    const options = journal();
    const layout = layoutOf(options);
    const calls = await callsOfVacuum();
    // The first fdatasync of the session makes statement and seal durable; the head comes after it.
    const sync = calls.find(({ name }) => name === 'fdatasyncSync');
    if (sync === undefined) throw new Error('no fdatasync');
    await vacuum({ ...options, fs: new FaultyFileSystem(sync, 'crash').fs }, maxSize(5_000)).catch(() => undefined);
    expect(currentState(fileSystem, layout).vacuum).toBeDefined();
    recordRun(options, 1);
    expect(currentState(fileSystem, layout).vacuum).toBeUndefined();
    expect((await codes(options))[0]).toEqual([]);
    expect(segmentsOf(options)[0]).toBe(1);
  });
});

describe('somebody who removes segments', { timeout: 120_000 }, () => {
  it('without a receipt is found out', async () => {
    const options = journal();
    rmSync(layoutOf(options).segment(1), { force: true });
    expect((await codes(options))[0]).toContain('SEGMENT_MISSING');
  });

  it('more of them than the receipt says is found out', async () => {
    const options = journal();
    await vacuum(options, maxSize(9_000));
    rmSync(layoutOf(options).segment(segmentsOf(options)[0] ?? 0), { force: true });
    expect((await codes(options))[0]).toContain('SEGMENT_MISSING');
  });

  it('and changes, removes or swaps a stored proof or an old head is found out', async () => {
    const options = journal();
    await vacuum(options, maxSize(5_000));
    const folder = path.join(options.directory, 'consistency');
    const names = readdirSync(folder).sort((a, b) => Number(a) - Number(b));
    expect(names.length).toBeGreaterThan(2);
    const [first = '', second = ''] = names;
    const file = path.join(folder, first);
    const bytes = readFileSync(file);
    for (let bit = 0; bit < bytes.length * 8; bit += process.env['SLOW'] === '1' ? 1 : 13) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      overwrite(file, flipped);
      expect((await codes(options))[0], `bit ${bit}`).toContain('BOUNDARY_PROOF_INVALID');
    }
    overwrite(file, readFileSync(path.join(folder, second)));
    expect((await codes(options))[0]).toContain('BOUNDARY_PROOF_INVALID');
    rmSync(file);
    expect((await codes(options))[0]).toEqual(['BOUNDARY_PROOF_INVALID']);
    overwrite(file, bytes);
    rmSync(path.join(options.directory, 'heads', first));
    expect((await codes(options))[0]).toContain('HEAD_MISSING');
    expect(existsSync(file)).toBe(true);
  });
});
