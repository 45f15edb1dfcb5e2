/** Real programs recorded while capture is ordered: what lies in the store, opened with both keys, is what they sent. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { formatMicros } from '../../../src/core/timestamp.js';
import type { Command, Exit, Launcher } from '../../../src/core/launcher.js';
import { recordRun } from '../../../src/recorder/record-run.js';
import type { OpenCapture } from '../../../src/officers/capture.js';
import { wallClockMicros } from '../../../src/recorder/upkeep/open-writer.js';
import type { StoredBody } from '../../../src/event/officer-record.js';
import { JournalWriter } from '../../../src/journal/writer.js';
import { fileSystem } from '../../../src/keys/file-system.js';
import { decryptWith, newIdentity } from '../../../src/officers/age.js';
import { BodyLayout } from '../../../src/officers/body-layout.js';
import { readCustodianKey } from '../../../src/officers/custodian-key.js';
import { hand } from '../../unit/journal/vacuumed-journal.js';
import { scratchFolder, writerOptions } from '../../unit/journal/scratch-journal.js';
import { anchoredJournal } from '../../unit/officers/scratch-officers.js';
import { preload } from '../hooks/program.js';

const fixture = (name: string): string => path.resolve(import.meta.dirname, '../../fixtures/hooks', name);
const WORKER = pathToFileURL(path.resolve('dist/recorder/seal-worker.js'));
const HOUR_MICROS = 3_600_000_000;

/** Like the plain launcher, but for what the program says. */
class Listening implements Launcher {
  stdout = '';
  onOutput: () => void = () => undefined;

  launch({ file, args, cwd, env }: Command): ReturnType<Launcher['launch']> {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.onOutput();
    });
    const exited = new Promise<Exit>((resolve) => {
      child.on('close', (code) => {
        resolve({ code: code ?? 1 });
      });
    });
    return Promise.resolve({ pid: child.pid ?? 0, exited, kill: (signal) => child.kill(signal) });
  }
}

type Line = Readonly<Record<string, unknown>> & { readonly kind: string; readonly seq: number };

class Recording {
  readonly folder = scratchFolder();
  readonly keys = path.join(this.folder, 'custody');
  readonly launcher = new Listening();
  readonly officer = newIdentity();
  mandate: Omit<OpenCapture, 'recipients'> | undefined;
  bytesMax = 1024 * 1024;

  async run(name: string, ...args: string[]): Promise<void> {
    const writer = JournalWriter.open(
      writerOptions(this.folder, { now: wallClockMicros, monotonicMs: () => performance.now() }),
    );
    const { recipient } = await this.officer;
    fileSystem.mkdirSync(this.keys, { mode: 0o700 });
    const outcome = await recordRun({
      command: { file: process.execPath, args: [fixture(name), ...args], cwd: this.folder, env: { ...process.env } },
      launcher: this.launcher,
      kernel: { reason: 'switched_off' },
      writer,
      preload,
      control: path.join(this.folder, 'control'),
      hooks: { disabled: [], strict: false, safeHeaders: [], fingerprintBytesMax: 0 },
      capture: {
        bytesMax: this.bytesMax,
        mandate: () => this.#inForce(recipient),
        sealing: {
          place: { journal: writer.directory, keyDirectory: this.keys, uid: process.getuid?.() },
          worker: WORKER,
          segment: () => writer.segment,
        },
      },
      settings: [],
      version: '0',
      waitMsMax: 5_000,
      now: wallClockMicros,
      onFailure: (failure) => {
        expect(failure).toBeUndefined();
      },
    });
    expect(outcome).toMatchObject({ exit: { code: 0 }, failure: undefined });
  }

  /** Has an officer order it in the journal itself, which takes the end of no other order. */
  async order(micros: number, match: string): Promise<void> {
    const journal = await anchoredJournal(this.folder, { now: wallClockMicros });
    const until = formatMicros(wallClockMicros() + micros);
    const { seq } = await hand(journal.options, journal.sign('forensics.enable', { why: 'test', until, match }));
    this.mandate = { seq, until, match };
  }

  #inForce(recipient: string): OpenCapture | undefined {
    const { mandate } = this;
    const isOver = mandate === undefined || mandate.until < formatMicros(wallClockMicros());
    return isOver ? undefined : { ...mandate, recipients: [recipient] };
  }

  /** Every byte of every file that the recording left behind, but for what the keys and the store hold. */
  written(): string {
    const journal = path.join(this.folder, 'journal');
    const files = readdirSync(journal, { recursive: true, withFileTypes: true });
    return files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(path.join(file.parentPath, file.name), 'latin1'))
      .join('\n');
  }

  lines(): Line[] {
    const segments = path.join(this.folder, 'journal/segments');
    const text = readdirSync(segments).map((file) => readFileSync(path.join(segments, file), 'utf8'));
    return text.flatMap((lines) => lines.trimEnd().split('\n')).map((line) => JSON.parse(line) as Line);
  }

  /** By path of the call, direction and part. */
  async bodies(): Promise<Map<string, StoredBody & { readonly plain: Buffer }>> {
    const rows = new Map(this.lines().map((line) => [line.seq, line]));
    const custodian = await readCustodianKey(fileSystem, this.keys, process.getuid?.());
    const layout = new BodyLayout(path.join(this.folder, 'journal/bodies'));
    const found = new Map<string, StoredBody & { readonly plain: Buffer }>();
    for (const { kind, body } of this.lines() as (Line & { body: StoredBody })[]) {
      if (kind !== 'body.stored') continue;
      const keyFile = readdirSync(layout.segment(body.segment)).find((name) => name.endsWith('.key')) ?? '';
      const wrapped = readFileSync(path.join(layout.segment(body.segment), keyFile));
      const outer = Buffer.from(await decryptWith(custodian?.identity ?? '', wrapped)).toString();
      const inner = await decryptWith(outer, readFileSync(layout.body(body.segment, body.outer)));
      const plain = Buffer.from(await decryptWith((await this.officer).identity, inner));
      const row = rows.get(body.net) as { url?: { path?: string }; network?: { direction?: string } } | undefined;
      const { direction = '' } = row?.network ?? {};
      found.set(`${row?.url?.path ?? ''} ${direction} ${body.part.slice(0, 3)}`, { ...body, plain });
    }
    return found;
  }

  gaps(): unknown[] {
    return this.lines().filter(({ kind }) => kind === 'gap');
  }
}

/** An order for so long, as if an officer had given it. */
const mandateOf = (match?: string, micros = HOUR_MICROS): Omit<OpenCapture, 'recipients'> => {
  const until = formatMicros(wallClockMicros() + micros);
  return { seq: 2, until, ...(match === undefined ? {} : { match }) };
};

test('all that a program sent and got lies in the store, and nowhere else in the journal', async () => {
  const recording = new Recording();
  recording.mandate = mandateOf();
  await recording.run('bodies.mjs');
  const bodies = await recording.bodies();
  const lines = recording.launcher.stdout.match(/^\S+ re[qs] \d+ [0-9a-f]{64}$/gm) ?? [];
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) {
    const [urlPath, part, bytes, digest] = line.split(' ');
    if (urlPath === '/gzip') continue;
    for (const direction of ['egress', 'ingress']) {
      const body = bodies.get(`${urlPath} ${direction} ${part?.replace('res', 'res')}`);
      expect(body, line).toMatchObject({ bytes: Number(bytes), truncated: false });
      expect(
        createHash('sha256')
          .update(body?.plain ?? '')
          .digest('hex'),
      ).toBe(digest);
    }
  }
  expect(bodies.get('/cut egress res')).toMatchObject({ bytes: 9, truncated: true });
  expect(bodies.get('/ws egress res')?.plain.includes('welcome')).toBe(true);
  expect(recording.gaps()).toEqual([]);
  const written = recording.written();
  for (const secret of ['after 100', 'of undici', 'welcome', 'only this']) {
    expect(written).not.toContain(secret);
    expect(written).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''));
  }
}, 30_000);

test('without an order there is no store, and no body on the channel', async () => {
  const recording = new Recording();
  await recording.run('body-loop.mjs', '3', '10', '0');
  expect(readdirSync(path.join(recording.folder, 'journal'))).not.toContain('bodies');
  expect(readdirSync(recording.keys)).toEqual([]);
  expect(recording.lines().filter(({ kind }) => /body|forensics/.test(kind))).toEqual([]);
});

test('bodies of another package than the one that was ordered are thrown away, and are no loss', async () => {
  const recording = new Recording();
  recording.mandate = mandateOf('pkg:elsewhere');
  await recording.run('body-loop.mjs', '3', '10', '0');
  expect(recording.lines().filter(({ kind }) => kind === 'body.stored')).toEqual([]);
  expect(recording.gaps()).toEqual([]);
});

test('an order ends by itself, the journal says so, and the program goes on', async () => {
  const recording = new Recording();
  recording.bytesMax = 4;
  recording.launcher.onOutput = () => undefined;
  await recording.order(1_500_000, 'local*');
  await recording.run('body-loop.mjs', '120', '10', '20');
  expect(recording.launcher.stdout).toBe('done 120\n');
  const stored = recording.lines().filter(({ kind }) => kind === 'body.stored') as (Line & { body: StoredBody })[];
  const rows = recording.lines().filter(({ kind, network }) => {
    const { direction } = (network ?? {}) as { direction?: string };
    return kind === 'net' && direction === 'egress';
  });
  expect(rows).toHaveLength(240);
  expect(stored.length).toBeGreaterThan(2);
  expect(stored.length).toBeLessThan(200);
  const nets = new Set(stored.map(({ body }) => body.net));
  for (const { seq, server } of rows as (Line & { server?: { address?: string } })[]) {
    if (nets.has(seq)) expect(server?.address).toBe('localhost');
  }
  for (const { body } of stored) {
    expect(body).toMatchObject(
      body.part === 'request' ? { bytes: 4, truncated: true } : { bytes: 2, truncated: false },
    );
  }
  const expired = recording.lines().filter(({ kind }) => kind === 'forensics.expired');
  const { seq, until } = recording.mandate ?? {};
  expect(expired).toMatchObject([{ forensics: { enabled: seq, until } }]);
  expect(recording.gaps()).toEqual([]);
});

test('an order that comes while the program runs reaches its threads, its workers and its children', async () => {
  const recording = new Recording();
  setTimeout(() => (recording.mandate = mandateOf('pkg:*')), 300);
  await recording.run('body-family.mjs');
  const stored = recording.lines().filter(({ kind }) => kind === 'body.stored') as (Line & { body: StoredBody })[];
  const rows = new Map(recording.lines().map((line) => [line.seq, line as Line & { url?: { path?: string } }]));
  const paths = new Set(stored.map(({ body }) => rows.get(body.net)?.url?.path));
  expect([...paths].sort()).toEqual(['/child', '/main', '/worker']);
  expect(recording.gaps()).toEqual([]);
});

test('a store that cannot be written costs bodies, which are counted, and no row', async () => {
  const recording = new Recording();
  recording.mandate = mandateOf();
  // A file stands where the folder should be.
  fileSystem.mkdirSync(path.join(recording.folder, 'journal'));
  writeFileSync(path.join(recording.folder, 'journal/bodies'), '');
  await recording.run('body-loop.mjs', '20', '10', '0');
  expect(recording.lines().filter(({ kind }) => kind === 'net')).toHaveLength(80);
  expect(recording.lines().filter(({ kind }) => kind === 'body.stored')).toEqual([]);
  const gaps = recording.gaps() as { gap: { reason: string; count: number } }[];
  expect(gaps.map(({ gap }) => gap.reason)).toEqual(gaps.map(() => 'body_lost'));
  expect(gaps.reduce((sum, { gap }) => sum + gap.count, 0)).toBe(160);
});

test('more than can be sealed in time is lost in bodies, and not in rows', async () => {
  const recording = new Recording();
  recording.mandate = mandateOf();
  await recording.run('body-loop.mjs', '30', '1000000', '0');
  expect(recording.lines().filter(({ kind }) => kind === 'net')).toHaveLength(120);
  const gaps = recording.gaps() as { gap: { reason: string } }[];
  expect(gaps.length).toBeGreaterThan(0);
  for (const { gap } of gaps) expect(['body_lost', 'hook_body_lost']).toContain(gap.reason);
}, 30_000);
