import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPin } from '../../../src/keys/key-directory.js';
import { fileSystem } from '../../../src/keys/file-system.js';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import { recordRun, runClose, scratchFolder, siteRecord, writerOptions } from './scratch-journal.js';

function keysOf(options: WriterOptions): string {
  const journals = path.join(options.keyBase, 'journals');
  return path.join(journals, readdirSync(journals)[0] ?? '');
}
const withCode = (code: string): unknown => expect.objectContaining({ code });
const open = (options: WriterOptions) => (): unknown => JournalWriter.open(options);

describe('opening a journal', () => {
  it('creates it, with keys outside of it that only their owner can read', () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 1);
    const keys = keysOf(options);
    expect(statSync(keys).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(keys)) expect(statSync(path.join(keys, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(path.join(options.directory, '.gitignore'), 'utf8')).toBe('*\n');
    expect(readdirSync(options.directory).sort()).toEqual([
      ...['.gitignore', 'checkpoint', 'epochs', 'heads', 'journal.json', 'segments'],
    ]);
  });

  it('seals with a read-only file, and keeps one resume key', () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 1);
    recordRun(options, 1);
    expect(statSync(path.join(options.directory, 'segments/00000001.jsonl')).mode & 0o777).toBe(0o440);
    expect(readdirSync(keysOf(options)).filter((name) => name.startsWith('resume'))).toEqual(['resume-2.key']);
  });

  it('refuses a folder that is something else', () => {
    const options = writerOptions(scratchFolder());
    mkdirSync(options.directory);
    writeFileSync(path.join(options.directory, 'precious.txt'), 'mine');
    expect(open(options)).toThrow(withCode('JOURNAL_FOREIGN'));
    expect(readdirSync(options.directory)).toEqual(['precious.txt']);
  });

  it('refuses a damaged journal.json, and one of a later version', () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 1);
    const file = path.join(options.directory, 'journal.json');
    const bytes = readFileSync(file);
    for (const damaged of ['', '{', '{}', `${bytes.toString()} `, bytes.toString().replace('"created"', '"creator"')]) {
      rmSync(file);
      writeFileSync(file, damaged);
      expect(open(options), damaged).toThrow(withCode('JOURNAL_DAMAGED'));
    }
    writeFileSync(file, '{"version":2}');
    expect(open(options)).toThrow(withCode('JOURNAL_FOREIGN'));
  });

  it('refuses a second writer and names the first, and is free after the first has closed', () => {
    const options = writerOptions(scratchFolder());
    const writer = JournalWriter.open(options);
    expect(open(options)).toThrow(withCode('JOURNAL_LOCKED'));
    expect(open(options)).toThrow(String(process.pid));
    writer.close();
    recordRun(options, 1);
  });

  it('refuses to go on without its keys, or with those of another journal', () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 1);
    const resume = path.join(keysOf(options), 'resume-1.key');
    const key = readFileSync(resume);
    rmSync(resume);
    expect(open(options)).toThrow(withCode('KEY_MISSING'));
    writeFileSync(resume, `${'11'.repeat(32)}\n`, { mode: 0o600 });
    expect(open(options)).toThrow(withCode('KEY_MISSING'));
    writeFileSync(resume, key);
    chmodSync(resume, 0o644);
    expect(open(options)).toThrow(withCode('KEY_FILE_MODE'));
    const moved = { ...options, directory: `${options.directory}-moved` };
    renameSync(options.directory, moved.directory);
    expect(open(moved)).toThrow(withCode('KEY_MISSING'));
  });

  it('refuses a journal with damage under a head', () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 3);
    rmSync(path.join(keysOf(options), 'frontier.json'));
    const segment = path.join(options.directory, 'segments/00000001.jsonl');
    const text = readFileSync(segment, 'utf8');
    rmSync(segment);
    writeFileSync(segment, text.replace('app.js', 'bpp.js'));
    expect(open(options)).toThrow(withCode('JOURNAL_DAMAGED'));
    rmSync(segment);
    expect(open(options)).toThrow(withCode('JOURNAL_DAMAGED'));
  });

  it('remembers that another journal was at this path', () => {
    const options = writerOptions(scratchFolder());
    recordRun(options, 1);
    const first = readPin(fileSystem, keysOf(options));
    rmSync(options.directory, { recursive: true });
    recordRun(options, 1);
    const second = readPin(fileSystem, keysOf(options));
    expect(second?.origin).not.toBe(first?.origin);
    expect(second?.replaced).toEqual([{ origin: first?.origin, created: first?.created }]);
  });

  it('reads from the last closed segment on, and all if it has forgotten where that was', () => {
    const options = writerOptions(scratchFolder(), { segmentBytesMax: 2_000 });
    recordRun(options, 20);
    const file = path.join(keysOf(options), 'frontier.json');
    for (const forgotten of ['', '{}', readFileSync(file, 'utf8').replace(/"nodes":\["[0-9a-f]{2}/, '"nodes":["00')]) {
      writeFileSync(file, forgotten);
      const writer = JournalWriter.open(options);
      expect(writer.nextSeq).toBeGreaterThan(20);
      writer.close();
    }
  });
});

describe('writing', () => {
  it('numbers segments and runs, and says when numbers in rows start afresh', () => {
    const options = writerOptions(scratchFolder(), { segmentBytesMax: 2_000 });
    recordRun(options, 1);
    const writer = JournalWriter.open(options);
    expect(writer.beginRun()).toBe(2);
    const began: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      if (writer.prepare()) began.push(writer.segment);
      const { nextSeq } = writer;
      expect(writer.append(siteRecord(1))).toBe(nextSeq);
    }
    expect(began).toEqual([3, 4]);
    writer.close(runClose(2));
    expect(writer.append(siteRecord(1))).toBe(0);
  });

  it('begins a segment after an hour, if there is something in the one before', () => {
    let ms = 0;
    const options = writerOptions(scratchFolder(), { segmentAgeMsMax: 1_000, monotonicMs: () => ms });
    const writer = JournalWriter.open(options);
    writer.beginRun();
    ms = 5_000;
    expect(writer.prepare()).toBe(false);
    writer.append(siteRecord(1));
    // What is written at once is begun in one segment.
    expect(writer.prepare()).toBe(false);
    writer.flush();
    expect(writer.prepare()).toBe(true);
    writer.close();
  });

  it('signs a head at the interval, but none over a seal', () => {
    let ms = 0;
    const options = writerOptions(scratchFolder(), { headIntervalMs: 1_000, monotonicMs: () => ms });
    const writer = JournalWriter.open(options);
    writer.beginRun();
    writer.append(siteRecord(1));
    writer.flush();
    expect(writer.head).toBeUndefined();
    ms = 2_000;
    writer.flush();
    expect(writer.head?.size).toBe(5);
    ms = 9_000;
    writer.flush();
    expect(writer.head?.size).toBe(5);
    expect(readdirSync(path.join(options.directory, 'heads'))).toEqual([]);
    expect(existsSync(path.join(options.directory, 'checkpoint'))).toBe(true);
    writer.close();
  });

  it.each([
    [
      'removed',
      (file: string): void => {
        rmSync(file);
      },
    ],
    [
      'replaced',
      (file: string): void => {
        const bytes = readFileSync(file);
        renameSync(file, `${file}.old`);
        writeFileSync(file, bytes);
      },
    ],
    [
      'cut',
      (file: string): void => {
        truncateSync(file, 10);
      },
    ],
    [
      'written to',
      (file: string): void => {
        writeFileSync(file, 'x', { flag: 'a' });
      },
    ],
    [
      'given a second name',
      (file: string): void => {
        linkSync(file, `${file}.link`);
      },
    ],
  ])('stops, and throws at nobody, when its segment was %s', (_name, change) => {
    const options = writerOptions(scratchFolder());
    const writer = JournalWriter.open(options);
    writer.beginRun();
    change(path.join(options.directory, 'segments/00000001.jsonl'));
    writer.append(siteRecord(1));
    writer.flush();
    expect(writer.failure).toMatchObject({ code: 'SEGMENT_CHANGED' });
    expect(writer.append(siteRecord(2))).toBe(0);
    expect(writer.prepare()).toBe(false);
    writer.flush();
    writer.close(runClose(1));
  });

  it('refuses a record that verify would refuse, and goes on', () => {
    const options = writerOptions(scratchFolder());
    const writer = JournalWriter.open(options);
    writer.beginRun();
    const broken = (changes: object) => (): unknown => writer.append({ ...siteRecord(1), ...changes });
    expect(broken({ site: { number: 1.5 } })).toThrow(withCode('LINE_INVALID'));
    expect(broken({ site: { number: Number.NaN } })).toThrow(withCode('LINE_INVALID'));
    expect(broken({ site: { name: '\ud800' } })).toThrow(withCode('LINE_INVALID'));
    expect(broken({ site: { '1': 'x' } })).toThrow(withCode('LINE_INVALID'));
    expect(broken({ site: { name: 'x'.repeat(65_500) } })).toThrow(withCode('RECORD_TOO_LARGE'));
    expect(broken({ site: { name: 'é'.repeat(40_000) } })).toThrow(withCode('RECORD_TOO_LARGE'));
    expect(writer.append(siteRecord(1))).toBe(4);
    writer.close(runClose(1));
    expect(writer.failure).toBeUndefined();
  });
});
