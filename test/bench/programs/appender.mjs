/**
 * Appends rows to a new journal as fast as its writer takes them, in turns of the event loop as the recorder does; and,
 * in turn with that, does what no writer could leave out: a hash of each line, and a write and fdatasync of the same bytes.
 *
 * appender.mjs FOLDER ROWS ROUNDS → a line of JSON a round: { append, floor }, each { ms, cpuSeconds }
 */
import { hash } from 'node:crypto';
import { closeSync, fdatasync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

const [folder, rowsText, roundsText, dist] = process.argv.slice(2);
const ROWS = Number(rowsText);
const ROWS_PER_TURN = 500;
const { JournalWriter } = await import(`${dist}/journal/writer.js`);
const { fileSystem } = await import(`${dist}/keys/file-system.js`);
const { acquireLock } = await import(`${dist}/system/lock.js`);

/** An ordinary row, which becomes a line of about 620 bytes. */
const row = (number) =>
  `{"kind":"net","time":"2026-10-20T12:04:41.218311Z","network":{"direction":"egress","peer":{"address":"127.0.7.1",` +
  `"port":443},"local":{"port":50112}},"server":{"address":"api.stripe.example","port":443},"url":{"scheme":"https",` +
  `"path":"/v1/charges/${number}"},"http":{"request":{"method":"POST","bytes":4412},"response":{"status_code":200,` +
  `"bytes":211}},"package":{"name":"stripe"},"event":{"outcome":"success","duration":183402000},"egress":{"channel":` +
  `"https","observer":"both","proc":1,"site":17,"headers":4,"phases_us":[310,820,4100,171200],"reused":true,` +
  `"body":"mXb1c2Qe3RzT4Yw5UiOpAg"}}`;

function begin() {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { ms: performance.now() - start, cpuSeconds: (user + system) / 1e6 };
  };
}

const turn = () => new Promise(setImmediate);

async function append(round) {
  const directory = path.join(folder, `journal-${round}`);
  const writer = JournalWriter.open({
    directory,
    keyBase: path.join(folder, 'keys'),
    fs: fileSystem,
    lock: acquireLock,
    uid: process.getuid?.(),
    segmentBytesMax: 64 << 20,
    segmentAgeMsMax: 3_600_000,
    headIntervalMs: 10_000,
    durability: 'batch',
    now: () => Date.now() * 1_000,
    monotonicMs: () => performance.now(),
  });
  writer.beginRun();
  const end = begin();
  for (let number = 0; number < ROWS; number += 1) {
    writer.prepare();
    if (writer.appendText(row(number)) === 0) throw writer.failure;
    if (number % ROWS_PER_TURN > 0) continue;
    writer.flush();
    await turn();
  }
  writer.close();
  const figures = end();
  if (writer.failure !== undefined) throw writer.failure;
  rmSync(directory, { recursive: true });
  return figures;
}

async function floor(round) {
  const file = path.join(folder, `floor-${round}`);
  const fd = openSync(file, 'w');
  const prev = '0'.repeat(64);
  let isSyncing = false;
  let text = '';
  let hashed = 0;
  const end = begin();
  for (let number = 0; number < ROWS; number += 1) {
    const line = `{"seq":${number},"prev":"${prev}",${row(number).slice(1)}\n`;
    hashed += hash('sha256', line).length;
    text += line;
    if (number % ROWS_PER_TURN > 0) continue;
    writeSync(fd, text);
    text = '';
    if (!isSyncing) {
      isSyncing = true;
      fdatasync(fd, () => (isSyncing = false));
    }
    await turn();
  }
  while (isSyncing) await turn();
  closeSync(fd);
  if (hashed !== 64 * ROWS) throw new Error('not all lines were hashed');
  const figures = end();
  rmSync(file);
  return figures;
}

await append('warm');
for (let round = 0; round < Number(roundsText); round += 1) {
  const figures = {};
  for (const [name, once] of round % 2 === 0
    ? [
        ['append', append],
        ['floor', floor],
      ]
    : [
        ['floor', floor],
        ['append', append],
      ])
    figures[name] = await once(round);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
