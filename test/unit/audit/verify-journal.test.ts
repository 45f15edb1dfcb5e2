import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseHead } from '../../../src/journal/heads/checkpoint.js';
import { JournalWriter } from '../../../src/journal/writer.js';
import { verifySignature } from '../../../src/keys/ed25519.js';
import { recordRun, scratchFolder, siteRecord, writerOptions } from '../journal/scratch-journal.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { codesOf } from './verify-folder.js';

const EXAMPLE = path.join(import.meta.dirname, '../../fixtures/example-journal');
const EXAMPLE_KEY =
  'egress.invalid/4f1c9a7be2d0385611c0a5d2e97b6f34+8136ac0b+AUeVjldx0CGWxY/hlhx5D49oECg6AeajlGK6OVn+41C9';

describe('a journal that another implementation made', () => {
  it('verifies up to a head kept elsewhere, hand-over of keys included', async () => {
    const expected = parseHead(readFileSync(path.join(EXAMPLE, 'heads/23')));
    const result = await verifyByBoth(EXAMPLE, { key: EXAMPLE_KEY, expected });
    expect(result).toMatchObject({ verdict: 'VERIFIED', records: 23, segments: 2, findings: [], limits: [] });
    expect(result.ranges).toEqual({ good: [[1, 23]], unproven: [], damaged: [], missing: [] });
    expect(result).toMatchObject({ from: '2026-10-20T12:04:05.001201Z', to: '2026-10-20T12:09:41.000900Z', gaps: 1 });
  });

  it('is not checked without a pinned key', async () => {
    const result = await verifyByBoth(EXAMPLE);
    expect(result).toMatchObject({ verdict: 'NOT_CHECKED', obstacle: { code: 'NO_KEY' } });
  });

  it('is not verified with a key of another journal', async () => {
    const key = 'egress.invalid/4f1c9a7be2d0385611c0a5d2e97b6f34+48a06904+AS9Wa2fOE7YAXhwjFTACH+Qn3+4hRNILuBvWcuMpNc6q';
    const result = await verifyByBoth(EXAMPLE, { key });
    expect(result.verdict).toBe('NOT_VERIFIED');
    expect(codesOf(result.findings)).toContain('GENESIS_MISMATCH');
  });

  it('has a limit, and only that, when no head from elsewhere is given', async () => {
    const result = await verifyByBoth(EXAMPLE, { key: EXAMPLE_KEY });
    expect(result.verdict).toBe('VERIFIED_WITH_LIMIT');
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD']);
  });
});

describe('our own journals', () => {
  it('verify over several segments and runs with the own key', async () => {
    const folder = scratchFolder();
    const options = writerOptions(folder, { segmentBytesMax: 2_000 });
    recordRun(options, 20);
    recordRun(options, 3);
    const result = await verifyByBoth(options.directory);
    expect(result.findings).toEqual([]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD']);
    expect(result).toMatchObject({ records: 44, segments: 5, journal: { pinned: 'own' } });
  });

  it('verify while a segment ends and another key takes over, at whatever moment', async () => {
    for (let moment = 0; moment < 4; moment += 1) {
      const options = writerOptions(scratchFolder(), { segmentBytesMax: 2_000 });
      const writer = JournalWriter.open(options);
      writer.beginRun();
      const untilHandOver = (): void => {
        while (!writer.prepare()) {
          writer.append(siteRecord(1));
          writer.flush();
        }
        writer.seal('interval');
      };
      untilHandOver();
      let checks = 0;
      const verify: typeof verifySignature = (...signature) => {
        if (checks === moment) untilHandOver();
        checks += 1;
        return verifySignature(...signature);
      };
      const result = await verifyByBoth(options.directory, { verify });
      expect(checks).toBeGreaterThan(moment);
      expect(result.findings, `at signature ${moment}`).toEqual([]);
      writer.close();
    }
  });

  it('verify while they are recorded; what no head covers is a limit', async () => {
    const options = writerOptions(scratchFolder());
    const writer = JournalWriter.open(options);
    writer.beginRun();
    writer.append(siteRecord(1));
    writer.flush();
    expect(codesOf((await verifyByBoth(options.directory)).limits)).toEqual([
      'NO_EXPECTED_HEAD',
      'UNSEALED',
      'RUN_OPEN',
    ]);
    expect(writer.seal('interval')).toBe(true);
    writer.append(siteRecord(2));
    writer.flush();
    appendFileSync(path.join(options.directory, 'segments/00000001.jsonl'), '{"seq":7,"pr');
    const result = await verifyByBoth(options.directory);
    expect(result.findings).toEqual([]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD', 'TORN_TAIL', 'UNSEALED', 'RUN_OPEN']);
    expect(result.ranges).toMatchObject({ good: [[1, 5]], unproven: [[6, 6]] });
    writer.close();
  });

  it('show a cut end only to whom brings a head', async () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 3);
    const result = await verifyByBoth(options.directory, { expected: { size: 50, root: '0'.repeat(64) } });
    expect(result.verdict).toBe('NOT_VERIFIED');
    expect(codesOf(result.findings)).toEqual(['TAIL_CUT']);
  });

  it('tell an older head from the end', async () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 3);
    const expected = parseHead(readFileSync(path.join(options.directory, 'checkpoint')));
    recordRun(options, 3);
    const result = await verifyByBoth(options.directory, { expected });
    expect(codesOf(result.limits)).toEqual(['EXPECTED_HEAD_OLDER']);
  });
});
