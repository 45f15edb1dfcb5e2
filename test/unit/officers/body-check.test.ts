import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { bodyLayout, findBody } from '../../../src/custody/body-record.js';
import { JournalWriter } from '../../../src/journal/writer.js';
import { hand } from '../journal/vacuumed-journal.js';
import { UNJUDGED } from '../../../src/report/policy/judging.js';
import { journalVerdict } from '../../../src/report/model/journal-verdict.js';
import { Traffic } from '../../../src/report/rollup/traffic.js';
import { runClose, scratchFolder } from '../journal/scratch-journal.js';
import { verifyByBoth } from '../../fixtures/second-verifier.js';
import { codesOf } from '../audit/verify-folder.js';
import { journalWithBody, storeBody, UNTIL, type JournalWithBodies } from './stored-body.js';

// Each seals, signs and proves for real.
vi.setConfig({ testTimeout: 60_000 });

const fileOf = ({ task, body }: JournalWithBodies): string => {
  const { segment, outer } = findBody(task.layout, body);
  return bodyLayout(task.layout).body(segment, outer);
};

async function codes(journal: JournalWithBodies): Promise<[string[], string[]]> {
  const { findings, limits } = await verifyByBoth(journal.options.directory);
  return [codesOf(findings), codesOf(limits)];
}

/** What every surface says of it, by the records alone. */
function alarms({ options }: JournalWithBodies): string[] {
  const traffic = new Traffic(options.directory, { judge: UNJUDGED.judge });
  expect([...traffic.advance()].length).toBeGreaterThan(0);
  const { reasons } = journalVerdict({ rollup: traffic.rollup, verification: 'own', termsOf: () => undefined });
  return reasons.filter(({ level }) => level === 'ALARM').map(({ code, count }) => `${code} ${count}`);
}

/** Stores a body whatever the officers say, as a recorder that was tampered with would. */
function storeAnyway({ options, task, body }: JournalWithBodies, time: string): void {
  const { segment, outer, inner } = findBody(task.layout, body);
  const writer = JournalWriter.open(options);
  writer.beginRun();
  const facts = {
    net: 1,
    part: 'request',
    segment,
    inner,
    outer,
    bytes: 1,
    stored_bytes: statSync(bodyLayout(task.layout).body(segment, outer)).size,
    truncated: false,
  } as const;
  writer.append({ kind: 'body.stored', time, body: facts });
  writer.close(runClose(writer.run));
}

describe('verify, of bodies', () => {
  it('finds them as they were stored', async () => {
    const journal = await journalWithBody(scratchFolder());
    await storeBody(journal.options, 'another');
    expect(await codes(journal)).toEqual([[], ['NO_EXPECTED_HEAD']]);
    expect(alarms(journal)).toEqual([]);
  });

  it('names one that was changed, and one that is gone', async () => {
    const journal = await journalWithBody(scratchFolder());
    const file = fileOf(journal);
    const bytes = readFileSync(file);
    rmSync(file);
    expect((await codes(journal))[0]).toEqual(['BODY_MISSING']);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    expect((await codes(journal))[0]).toEqual(['BODY_ALTERED']);
  });

  it.each([
    [
      'a link to the very file',
      (file: string) => {
        renameSync(file, `${file}.away`);
        symlinkSync(`${file}.away`, file);
      },
    ],
    [
      'a FIFO',
      (file: string) => {
        rmSync(file);
        execFileSync('mkfifo', [file]);
      },
    ],
    [
      'a folder',
      (file: string) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
    [
      'a file of 1 TB',
      (file: string) => {
        rmSync(file);
        writeFileSync(file, '');
        truncateSync(file, 2 ** 40 - 1);
      },
    ],
  ])('names one that was replaced by %s, and reads nothing of that', async (_name, harm) => {
    const journal = await journalWithBody(scratchFolder());
    harm(fileOf(journal));
    // It ends: a terabyte would take the better part of an hour.
    expect((await codes(journal))[0]).toEqual(['BODY_ALTERED']);
  });

  it('names those of a segment whose folder is gone, where others are here', async () => {
    const journal = await journalWithBody(scratchFolder());
    await storeBody(journal.options, 'another');
    rmSync(path.dirname(fileOf(journal)), { recursive: true });
    expect((await codes(journal))[0]).toEqual(['BODY_MISSING']);
  });

  it('says that it did not check what is not here', async () => {
    const journal = await journalWithBody(scratchFolder());
    rmSync(path.dirname(fileOf(journal)), { recursive: true });
    expect(await codes(journal)).toEqual([[], ['NO_EXPECTED_HEAD', 'BODIES_NOT_CHECKED']]);
  });

  it('raises an alarm for what was stored while nobody had allowed it', async () => {
    const journal = await journalWithBody(scratchFolder());
    await hand(journal.options, journal.sign('forensics.disable', { why: 'done' }));
    storeAnyway(journal, '2026-10-20T12:00:03.000000Z');
    expect((await codes(journal))[0]).toEqual(['BODY_UNAUTHORIZED']);
    expect(alarms(journal)).toEqual(['body_while_off 1']);
  });

  it.each([
    ['within the minute that storing may take', '2026-10-21T00:00:59.000000Z', []],
    ['after that', '2026-10-21T00:01:00.000001Z', ['BODY_UNAUTHORIZED']],
  ])('judges a body that was stored after the end, %s', async (_name, time, expected) => {
    const journal = await journalWithBody(scratchFolder());
    expect(UNTIL).toBe('2026-10-21T00:00:00.000000Z');
    storeAnyway(journal, time);
    expect((await codes(journal))[0]).toEqual(expected);
    expect(alarms(journal)).toEqual(expected.length === 0 ? [] : ['body_while_off 1']);
  });
});
