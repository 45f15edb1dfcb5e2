import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EgressError } from '../../../src/core/error.js';
import type { Statement } from '../../../src/journal/state/statement.js';
import { JournalWriter, type WriterOptions } from '../../../src/journal/writer.js';
import { listenForStatements } from '../../../src/recorder/upkeep/control-socket.js';
import { handIn } from '../../../src/recorder/upkeep/hand-in.js';
import { codesOf, verifyFolder } from '../audit/verify-folder.js';
import { recordRun, runClose, scratchFolder, siteRecord, writerOptions } from '../journal/scratch-journal.js';

interface Place {
  readonly options: WriterOptions;
  readonly control: string;
}

function place(): Place {
  const folder = scratchFolder();
  return { options: writerOptions(folder), control: path.join(folder, 'control') };
}

/** A recorder that is in the middle of a run, with six records. */
async function recorder({ options, control }: Place): Promise<JournalWriter> {
  const writer = JournalWriter.open(options);
  writer.beginRun();
  for (let i = 1; i <= 3; i += 1) writer.append(siteRecord(i));
  const server = await listenForStatements(control, writer);
  onTestFinished(() => {
    server?.close();
    writer.close();
  });
  return writer;
}

function send({ options, control }: Place, statement: Statement): ReturnType<typeof handIn> {
  const open = (): JournalWriter => JournalWriter.open(options);
  return handIn(statement, { control, open, command: 'hold', version: '0', now: options.now });
}

const hold = (first: number, last: number, why = 'incident'): Statement => ({ kind: 'hold', first, last, why });

/** Writes bytes and gives all that comes back. */
function exchange(control: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ path: control });
    let reply = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (reply += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(reply);
    });
    socket.end(bytes);
  });
}

describe('a statement while a program is recorded', () => {
  it('goes to the recorder, and comes back with its number and a head over it', async () => {
    const where = place();
    const writer = await recorder(where);
    const { seq, head, through } = await send(where, hold(1, 3));
    expect({ seq, size: head.size, through }).toEqual({ seq: 7, size: 8, through: 'recorder' });
    expect(existsSync(path.join(where.options.directory, 'heads/8'))).toBe(true);
    expect(statSync(where.control).mode & 0o777).toBe(0o600);
    writer.append(siteRecord(9));
    writer.close(runClose(1));
    const result = await verifyFolder(where.options.directory);
    expect(result.findings).toEqual([]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD']);
  });

  it.each([
    ['a range that is not there yet', hold(2, 99), 'STATEMENT_REFUSED'],
    ['a release of nothing', { kind: 'release', hold: 3, why: 'x' } as const, 'STATEMENT_REFUSED'],
    ['an empty range', hold(3, 2), 'STATEMENT_INVALID'],
    ['no reason', hold(1, 2, ' '), 'STATEMENT_INVALID'],
    ['a novel as its reason', hold(1, 2, 'x'.repeat(501)), 'STATEMENT_INVALID'],
  ])('is refused with %s, by the same code as without a recorder', async (_name, statement, code) => {
    const where = place();
    const writer = await recorder(where);
    await expect(send(where, statement)).rejects.toThrow(expect.objectContaining({ code }) as Error);
    expect(writer.nextSeq).toBe(7);
  });

  it('says so when the recorder can write no more', async () => {
    const where = place();
    const writer = await recorder(where);
    writeFileSync(path.join(where.options.directory, 'segments/00000001.jsonl'), 'x', { flag: 'a' });
    writer.flush();
    await expect(send(where, hold(1, 2))).rejects.toThrow(
      expect.objectContaining({ code: 'SEGMENT_CHANGED' }) as Error,
    );
  });
});

describe('whatever else arrives at the socket', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', 'hello\n'],
    ['null', 'null\n'],
    ['a list', '[]\n'],
    ['another kind', '{"kind":"seal"}\n'],
    ['half a statement', '{"kind":"hold","first":1\n'],
    ['numbers that are none', '{"kind":"hold","first":"1","last":1e999,"why":"x"}\n'],
    ['a lone surrogate', '{"kind":"hold","first":1,"last":2,"why":"\\ud800"}\n'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x0a])],
    ['a line without end', 'x'.repeat(200_000)],
    ['a deep nest', `${'['.repeat(60_000)}\n`],
  ])('%s is no statement, changes nothing, and the next one is answered', async (_name, bytes) => {
    const where = place();
    const writer = await recorder(where);
    const reply = await exchange(where.control, bytes);
    if (reply !== '') expect(JSON.parse(reply)).toMatchObject({ error: { code: 'STATEMENT_INVALID' } });
    expect(writer.nextSeq).toBe(7);
    expect((await send(where, hold(1, 1))).seq).toBe(7);
  });

  it('many who say nothing do not keep the recorder from its work', async () => {
    const where = place();
    const writer = await recorder(where);
    const silent = Array.from({ length: 40 }, () =>
      createConnection({ path: where.control }).on('error', () => undefined),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(writer.append(siteRecord(7))).toBe(7);
    for (const socket of silent) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await send(where, hold(1, 1))).seq).toBe(8);
  });

  it.skipIf(process.getuid?.() !== 0)('another user is sent away, wherever he got the path from', async () => {
    const where = place();
    const writer = await recorder(where);
    chmodSync(path.dirname(where.control), 0o755);
    chmodSync(where.control, 0o666);
    const code = `const s = require('node:net').connect(process.argv[1]); s.on('error', () => {});
      s.on('data', (d) => process.stdout.write(d)); s.end('{"kind":"hold","first":1,"last":1,"why":"x"}\\n');`;
    const child = async (uid: number): Promise<string> => {
      const { stdout } = spawn(process.execPath, ['-e', code, where.control], {
        uid,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return text(stdout);
    };
    expect(await child(65_534)).toBe('');
    expect(writer.nextSeq).toBe(7);
    expect(await child(0)).toContain('"seq":7');
  });
});

describe('a statement while nothing is recorded', () => {
  it('is written in a session, which ends like a run', async () => {
    const where = place();
    recordRun(where.options, 2);
    const { through } = await send(where, hold(1, 2));
    expect(through).toBe('session');
    const result = await verifyFolder(where.options.directory);
    expect(result.findings).toEqual([]);
    expect(codesOf(result.limits)).toEqual(['NO_EXPECTED_HEAD']);
    expect(result.kinds).toMatchObject({ 'session.open': 1, hold: 1, 'session.close': 1 });
  });

  it('leaves no session behind if it is refused', async () => {
    const where = place();
    recordRun(where.options, 2);
    const { records } = await verifyFolder(where.options.directory);
    await expect(send(where, hold(1, records + 1))).rejects.toThrow(EgressError);
    expect((await verifyFolder(where.options.directory)).records).toBe(records);
  });

  it('is written although a killed recorder has left its socket', async () => {
    const where = place();
    recordRun(where.options, 2);
    const code = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'));`;
    spawnSync(process.execPath, ['-e', code, where.control]);
    expect(existsSync(where.control)).toBe(true);
    expect((await send(where, hold(1, 1))).through).toBe('session');
  });

  it('waits a little for a recorder that has the lock and no socket yet', async () => {
    const where = place();
    const writer = JournalWriter.open(where.options);
    writer.beginRun();
    const sent = send(where, hold(1, 1));
    await new Promise((resolve) => setTimeout(resolve, 150));
    const server = await listenForStatements(where.control, writer);
    expect((await sent).through).toBe('recorder');
    server?.close();
    writer.close();
  });
});

describe('holds', () => {
  it('stand in the state of every later segment, until they are released', async () => {
    const where = place();
    recordRun(where.options, 2);
    const { seq } = await send(where, hold(1, 4));
    recordRun(where.options, 2);
    const stateOf = (segment: number): unknown => {
      const lines = readFileSync(path.join(where.options.directory, `segments/0000000${segment}.jsonl`), 'utf8');
      return (JSON.parse(lines.split('\n')[1] ?? '') as { state: { holds: unknown } }).state.holds;
    };
    expect(stateOf(3)).toEqual([{ seq, first: 1, last: 4 }]);
    await send(where, { kind: 'release', hold: seq, why: 'over' });
    recordRun(where.options, 1);
    expect(stateOf(5)).toEqual([]);
    expect((await verifyFolder(where.options.directory)).findings).toEqual([]);
  });
});
