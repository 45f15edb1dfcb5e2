import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseHead, signHead } from '../../src/journal/heads/checkpoint.js';
import { parseEpoch, signEpoch } from '../../src/journal/heads/epoch.js';
import { encodeJournalFile } from '../../src/journal/folder/journal-file.js';
import { nodeHasher, sha256 } from '../../src/journal/tree/tree-hasher.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { verifySignature } from '../../src/keys/ed25519.js';
import { signerFromSeed } from '../../src/keys/signer.js';
import { parseVerifierKey, verifierKey } from '../../src/keys/verifier-key.js';
import type { Verification } from '../../src/audit/verification.js';
import { recordRun, writerOptions, scratchFolder } from '../unit/journal/scratch-journal.js';
import { Tally } from './tally.js';
import { editLines, overwrite, segmentPath, TamperedJournal } from '../unit/audit/tampered-journal.js';
import { ForgedJournal } from '../unit/audit/forged-journal.js';
import { verifyByBoth } from '../fixtures/second-verifier.js';
import { codesOf, memoised } from '../unit/audit/verify-folder.js';

const verify = memoised(verifySignature);
const tally = new Tally('structural-attacks', { records: false });

/** Verifies a changed copy with the original's key and the head that it ended with: no attack may go by unseen. */
async function verdictOf(change: (directory: string, journal: TamperedJournal) => void): Promise<Verification> {
  const journal = new TamperedJournal();
  const copy = journal.copy((directory) => {
    change(directory, journal);
  });
  tally.try();
  const expected = parseHead(readFileSync(path.join(journal.directory, 'checkpoint')));
  const { verdict } = await verifyByBoth(copy, { key: journal.key, verify, expected });
  if (!verdict.startsWith('NOT_')) tally.undetected.push(String(expect.getState().currentTestName));
  expect(tally.undetected).toEqual([]);
  return verifyByBoth(copy, { key: journal.key, verify });
}

const line = (lines: readonly string[], index: number): string => lines[index] ?? '';

describe('what somebody does to lines', () => {
  const cases: [name: string, edit: (lines: string[]) => string[], codes: string[]][] = [
    ['deletes one', (lines) => lines.toSpliced(4, 1), ['LINES_MISSING']],
    ['deletes three', (lines) => lines.toSpliced(3, 3), ['LINES_MISSING']],
    ['deletes the first', (lines) => lines.slice(1), ['LINES_MISSING']],
    ['deletes the last', (lines) => lines.slice(0, -1), ['LINES_MISSING']],
    [
      'inserts one',
      (lines) => lines.toSpliced(4, 0, line(lines, 3).replace('src/app.js', 'src/bad.js')),
      ['LINE_EXTRA'],
    ],
    ['doubles one', (lines) => lines.toSpliced(4, 0, line(lines, 4)), ['LINE_EXTRA']],
    ['swaps two', (lines) => lines.toSpliced(4, 2, line(lines, 5), line(lines, 4)), ['LINE_EXTRA', 'LINES_MISSING']],
    ['edits one', (lines) => lines.with(4, line(lines, 4).replace('app', 'bpp')), ['LINE_DAMAGED']],
    ['adds a blank line', (lines) => lines.toSpliced(4, 0, ''), ['LINE_EXTRA']],
    ['uses CRLF', (lines) => lines.map((text) => `${text}\r`), ['LINE_DAMAGED']],
    ['adds a byte order mark', (lines) => lines.with(0, `\ufeff${line(lines, 0)}`), ['LINE_DAMAGED']],
    [
      'writes a key twice',
      (lines) => lines.with(4, line(lines, 4).replace('"kind"', '"seq":5,"kind"')),
      ['LINE_DAMAGED'],
    ],
    ['adds a byte order mark to one', (lines) => lines.with(4, `\ufeff${line(lines, 4)}`), ['LINE_DAMAGED']],
    [
      'writes a number as 1e3',
      (lines) => lines.with(4, line(lines, 4).replace(/("frames":\[\["src\/app.js",)[0-9]+/, '$11e3')),
      ['LINE_DAMAGED'],
    ],
    [
      'writes a number as 5e0',
      (lines) => lines.with(4, line(lines, 4).replace('"seq":5', '"seq":5e0')),
      ['LINE_DAMAGED'],
    ],
    ['adds a space', (lines) => lines.with(4, line(lines, 4).replace('{"seq"', '{ "seq"')), ['LINE_DAMAGED']],
    [
      'makes one 1 MiB long',
      (lines) => lines.with(4, line(lines, 4).replace('app', 'a'.repeat(1 << 20))),
      ['LINE_DAMAGED'],
    ],
  ];
  it.each(cases)('%s', async (_name, edit, codes) => {
    const result = await verdictOf((directory) => {
      editLines(directory, 1, edit);
    });
    expect(result.verdict).toBe('NOT_VERIFIED');
    expect([...new Set(codesOf(result.findings))].sort()).toEqual(expect.arrayContaining(codes));
  });

  it('names a damaged line, and still proves all others', async () => {
    const result = await verdictOf((directory) => {
      editLines(directory, 1, (lines) => lines.with(4, line(lines, 4).replace('app', 'bpp')));
    });
    expect(codesOf(result.findings)).toEqual(['LINE_DAMAGED']);
    const [finding] = result.findings;
    expect(finding).toMatchObject({ place: { segment: 1, line: 5 }, records: [5, 5] });
    expect(finding?.expected).not.toBe(finding?.found);
    expect(result.ranges).toMatchObject({
      good: [
        [1, 4],
        [6, result.records],
      ],
      damaged: [[5, 5]],
      missing: [],
      unproven: [],
    });
  });

  it('proves the others of two damaged lines in a row as well', async () => {
    const result = await verdictOf((directory) => {
      editLines(directory, 1, (lines) =>
        lines.with(4, line(lines, 4).replace('app', 'bpp')).with(5, line(lines, 5).replace('app', 'bpp')),
      );
    });
    expect(codesOf(result.findings)).toEqual(['LINE_DAMAGED', 'LINE_DAMAGED']);
    expect(result.ranges).toMatchObject({
      good: [
        [1, 4],
        [7, result.records],
      ],
      damaged: [[5, 6]],
    });
  });

  it('knows a deleted line’s hash from the next one', async () => {
    const result = await verdictOf((directory) => {
      editLines(directory, 1, (lines) => lines.toSpliced(4, 1));
    });
    expect(codesOf(result.findings)).toEqual(['LINES_MISSING']);
    expect(result.ranges).toMatchObject({
      missing: [[5, 5]],
      good: [
        [1, 4],
        [6, result.records],
      ],
    });
  });

  it('sees invalid UTF-8 and a missing final newline', async () => {
    const invalid = await verdictOf((directory) => {
      const bytes = readFileSync(segmentPath(directory, 1));
      bytes[bytes.indexOf('app.js')] = 0xff;
      overwrite(segmentPath(directory, 1), bytes);
    });
    expect(codesOf(invalid.findings)).toEqual(['LINE_DAMAGED']);
    const unfinished = await verdictOf((directory) => {
      overwrite(segmentPath(directory, 1), readFileSync(segmentPath(directory, 1)).subarray(0, -1));
    });
    expect(codesOf(unfinished.findings)).toEqual(['LINE_DAMAGED']);
    const last = await verdictOf((directory) => {
      overwrite(segmentPath(directory, 3), readFileSync(segmentPath(directory, 3)).subarray(0, -1));
    });
    expect(codesOf(last.findings)).toEqual(['LINE_DAMAGED']);
  });

  it('sees a whole history rewritten with a valid chain', async () => {
    const result = await verdictOf((directory) => {
      let prev = '';
      for (const segment of [1, 2, 3]) {
        editLines(directory, segment, (lines) =>
          lines.map((text) => {
            const edited = text.replace('app.js', 'bpp.js');
            const chained = prev === '' ? edited : edited.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`);
            prev = nodeHasher.leaf(Buffer.from(chained));
            return chained;
          }),
        );
      }
    });
    expect(codesOf(result.findings)).toContain('HEAD_MISMATCH');
    expect(codesOf(result.findings)).not.toContain('LINE_DAMAGED');
    expect(result.ranges.good).toEqual([]);
  });
});

describe('what somebody does to files', () => {
  const lastHead = (directory: string): number => Math.max(...readdirSync(path.join(directory, 'heads')).map(Number));

  it('drops a segment in the middle', async () => {
    const result = await verdictOf((directory) => {
      rmSync(segmentPath(directory, 2));
    });
    expect(codesOf(result.findings)).toContain('SEGMENT_MISSING');
    expect(result.findings[0]?.expected).toMatch(/^[0-9a-f]{64}$/);
  });

  it('drops the first and the last segment', async () => {
    const first = await verdictOf((directory) => {
      rmSync(segmentPath(directory, 1));
    });
    expect(codesOf(first.findings)).toContain('SEGMENT_MISSING');
    const last = await verdictOf((directory) => {
      rmSync(segmentPath(directory, 3));
    });
    expect(codesOf(last.findings)).toContain('TAIL_CUT');
  });

  it('cuts the tail', async () => {
    const result = await verdictOf((directory) => {
      editLines(directory, 3, (lines) => lines.slice(0, -2));
    });
    expect(codesOf(result.findings)).toContain('TAIL_CUT');
  });

  it('puts an older copy of the journal back, which only a head from elsewhere shows', async () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 3);
    const older = path.join(path.dirname(options.directory), 'older');
    cpSync(options.directory, older, { recursive: true });
    recordRun(options, 3);
    const expected = parseHead(readFileSync(path.join(options.directory, 'checkpoint')));
    rmSync(options.directory, { recursive: true });
    cpSync(older, options.directory, { recursive: true });
    expect((await verifyByBoth(options.directory, { verify })).verdict).toBe('VERIFIED_WITH_LIMIT');
    const result = await verifyByBoth(options.directory, { expected, verify });
    expect(codesOf(result.findings)).toEqual(['TAIL_CUT']);
  });

  it('puts another journal in its place', async () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 3);
    const foreign = new TamperedJournal();
    rmSync(options.directory, { recursive: true });
    cpSync(foreign.directory, options.directory, { recursive: true });
    const result = await verifyByBoth(options.directory, { verify });
    expect(codesOf(result.findings)).toContain('GENESIS_MISMATCH');
  });

  it('mixes two journals', async () => {
    const other = new TamperedJournal();
    const result = await verdictOf((directory) => {
      overwrite(segmentPath(directory, 2), readFileSync(segmentPath(other.directory, 2)));
    });
    expect(result.verdict).toBe('NOT_VERIFIED');
  });

  it('strips the seal of a segment, with and without what follows it', async () => {
    const result = await verdictOf((directory) => {
      editLines(directory, 3, (lines) => lines.slice(0, -1));
      rmSync(path.join(directory, 'heads', String(lastHead(directory))));
      rmSync(path.join(directory, 'checkpoint'));
    });
    // Nothing that is left was signed for these records: they count as not sealed, and the run as not ended.
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD', 'UNSEALED', 'RUN_OPEN']);
    const middle = await verdictOf((directory) => {
      editLines(directory, 1, (lines) => lines.slice(0, -1));
    });
    expect(codesOf(middle.findings)).toContain('LINES_MISSING');
  });

  it('removes a head that ends a segment, or an epoch', async () => {
    const head = await verdictOf((directory) => {
      const [first] = readdirSync(path.join(directory, 'heads'))
        .map(Number)
        .sort((a, b) => a - b);
      rmSync(path.join(directory, 'heads', String(first)));
    });
    expect(codesOf(head.findings)).toEqual(['HEAD_MISSING']);
    const newest = await verdictOf((directory) => {
      rmSync(path.join(directory, 'heads', String(lastHead(directory))));
    });
    expect(codesOf(newest.findings)).toEqual(['HEAD_MISSING']);
    const epoch = await verdictOf((directory) => {
      rmSync(path.join(directory, 'epochs/1'));
    });
    expect(codesOf(epoch.findings)).toContain('EPOCH_INVALID');
  });

  it('removes or replaces journal.json', async () => {
    const removed = await verdictOf((directory) => {
      rmSync(path.join(directory, 'journal.json'));
    });
    expect(codesOf(removed.findings)).toEqual(['JOURNAL_FILE_DAMAGED']);
    const replaced = await verdictOf((directory, { key }) => {
      const origin = parseVerifierKey(key).name;
      const fields = { version: 1, origin, key, created: '2020-01-01T00:00:00.000000Z' } as const;
      overwrite(path.join(directory, 'journal.json'), encodeJournalFile(fields));
    });
    expect(codesOf(replaced.findings)).toContain('JOURNAL_FILE_DAMAGED');
  });

  it('does not take an unknown format for a bad one', async () => {
    const result = await verdictOf((directory) => {
      overwrite(path.join(directory, 'journal.json'), '{"version":2}\n');
    });
    expect(result).toMatchObject({ verdict: 'NOT_CHECKED', obstacle: { code: 'UNKNOWN_FORMAT' } });
  });

  it('adds lines behind the end', async () => {
    const result = await verdictOf((directory) => {
      appendFileSync(
        segmentPath(directory, 2),
        `${readFileSync(segmentPath(directory, 1), 'utf8').split('\n')[0] ?? ''}\n`,
      );
    });
    expect(codesOf(result.findings)).toContain('LINE_EXTRA');
  });
});

/** Two segments by somebody who has the keys; the second tells of the first what is given. */
function claimOfCrash(tail: string, claim?: object): ForgedJournal {
  const journal = new ForgedJournal(scratchFolder())
    .epoch(1, 'genesis')
    .begin()
    .add('run.open', { run: { number: 1 } });
  journal.seal('segment_full').head();
  appendFileSync(segmentPath(journal.directory, 1), tail);
  journal.begin();
  if (claim !== undefined) journal.add('recovered', { recovered: { segment: 1, ...claim } });
  journal.close();
  return journal;
}

describe('what somebody puts behind a segment that ended well', () => {
  const TAIL = 'behind\n';
  const TORN = { torn_bytes: TAIL.length, torn_sha256: sha256(Buffer.from(TAIL)) };
  const WHOLE = { torn_bytes: 0, torn_sha256: sha256(new Uint8Array()) };
  it.each<[string, string[], string, object?]>([
    ['is nothing where nothing is there', [], ''],
    ['is extra', ['LINE_EXTRA'], TAIL],
    ['is no torn end, though a record calls it that', ['LINE_EXTRA'], TAIL, TORN],
    ['is not there, so that a record cannot explain it', ['RECOVERED_MISMATCH'], '', WHOLE],
  ])('%s', async (_name, codes, tail, claim) => {
    if (codes.length > 0) tally.try();
    const { directory, key } = claimOfCrash(tail, claim);
    const { findings } = await verifyByBoth(directory, { key, verify });
    if (codes.length > 0 && findings.length === 0) tally.undetected.push(String(expect.getState().currentTestName));
    expect(codesOf(findings)).toEqual(codes);
  });

  it('ends the writing to that journal, also where the note of its end is lost', () => {
    tally.try();
    const options = writerOptions(scratchFolder());
    recordRun(options, 2);
    appendFileSync(segmentPath(options.directory, 1), TAIL);
    const journals = path.join(options.keyBase, 'journals');
    rmSync(path.join(journals, readdirSync(journals)[0] ?? '', 'frontier.json'));
    expect(() => JournalWriter.open(options)).toThrow('bytes stand behind the seal');
  });
});

/** Signs the checkpoint's content anew. */
function resign(directory: string, seed: Uint8Array): void {
  const file = path.join(directory, 'checkpoint');
  const { origin, size, root } = parseHead(readFileSync(file));
  const signer = signerFromSeed(seed);
  overwrite(file, signHead({ origin, size, root }, verifierKey(origin, signer.publicKey), signer));
}

describe('what somebody signs', () => {
  it('signs a head with a key of nobody', async () => {
    const result = await verdictOf((directory) => {
      resign(directory, new Uint8Array(32).fill(7));
    });
    expect(codesOf(result.findings)).toEqual(['HEAD_INVALID']);
  });

  it('signs a head with the key on disk, which may only open the next epoch', async () => {
    const result = await verdictOf((directory, { folder }) => {
      const journals = path.join(folder, 'keys/journals');
      const keys = path.join(journals, readdirSync(journals)[0] ?? '');
      const resume = readdirSync(keys).find((name) => name.startsWith('resume-')) ?? '';
      resign(directory, Buffer.from(readFileSync(path.join(keys, resume), 'latin1').trim(), 'hex'));
    });
    expect(codesOf(result.findings)).toEqual(['HEAD_WRONG_KEY']);
  });

  it('signs an early range with a later key', async () => {
    const result = await verdictOf((directory) => {
      // The second epoch's head under the name of an earlier size: its signature is good, its place is not.
      overwrite(path.join(directory, 'heads/3'), readFileSync(path.join(directory, 'checkpoint')));
    });
    expect(codesOf(result.findings)).toEqual(['HEAD_INVALID']);
  });

  it('opens an epoch with a key that is no one’s to use', async () => {
    const result = await verdictOf((directory) => {
      const epoch = parseEpoch(readFileSync(path.join(directory, 'epochs/2')));
      const signer = signerFromSeed(new Uint8Array(32).fill(7));
      const key = verifierKey(epoch.origin, signer.publicKey);
      overwrite(path.join(directory, 'epochs/2'), signEpoch(epoch, key, signer));
    });
    expect(codesOf(result.findings)).toContain('EPOCH_INVALID');
  });
});

describe('somebody who wants another policy to have been in force', () => {
  const policyOf = (directory: string): string => {
    const [name = ''] = readdirSync(path.join(directory, 'policies'));
    return path.join(directory, 'policies', name);
  };

  it('changes it', async () => {
    const result = await verdictOf((directory) => {
      const file = policyOf(directory);
      overwrite(file, readFileSync(file, 'utf8').replace('"version": 1', '"version": 1, "loopback": "unexpected"'));
    });
    expect(codesOf(result.findings)).toEqual(['POLICY_CHANGED']);
  });

  it('takes it away', async () => {
    const result = await verdictOf((directory) => {
      rmSync(policyOf(directory));
    });
    expect(codesOf(result.findings)).toEqual(['POLICY_MISSING']);
  });

  it('puts something in its place that never ends', async () => {
    const result = await verdictOf((directory) => {
      overwrite(policyOf(directory), Buffer.alloc((1 << 20) + 1, 0x20));
    });
    expect(codesOf(result.findings)).toEqual(['POLICY_CHANGED']);
  });
});
