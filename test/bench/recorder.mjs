/** The recorder alone: frames come as fast as it takes them, from a process that does nothing else. */
import { createReadStream, readdirSync } from 'node:fs';
import path from 'node:path';
import { growth, median, summarise } from './sample.mjs';
import { program, Subject } from './subject.mjs';

const FRAMES_PER_SECOND = 100_000;

/** Quotes within a value are escaped, so that these bytes are in each row once, and nowhere else. */
const ROW = Buffer.from('","kind":"net",');

async function countCalls(journal) {
  const folder = path.join(journal, 'segments');
  let calls = 0;
  for (const name of readdirSync(folder)) {
    let rest = Buffer.alloc(0);
    for await (const chunk of createReadStream(path.join(folder, name), { highWaterMark: 1 << 20 })) {
      const data = Buffer.concat([rest, chunk]);
      let from = 0;
      for (let at = data.indexOf(ROW); at >= 0; at = data.indexOf(ROW, from)) {
        calls += 1;
        from = at + ROW.length;
      }
      rest = data.subarray(Math.max(from, data.length - ROW.length + 1));
    }
  }
  return calls;
}

/**
 * Without NODE_OPTIONS the feeder loads no hooks: what the recorder gets is what the feeder sends, and no more.
 * @returns the subject, whose folder holds the journal, and what the feeder measured
 */
export async function feed(frames) {
  const command = `NODE_OPTIONS= exec "$0" "$1" ${frames}`;
  const subject = new Subject('egress', ['sh', '-c', command, process.execPath, program('feeder.cjs')]);
  try {
    return { subject, ...JSON.parse(await subject.line()) };
  } catch (error) {
    subject.kill();
    throw error;
  }
}

export async function recorder({ quick }) {
  // Memory is flat or it is not: that shows only after V8 has emptied its old space a few times.
  const frames = quick ? 200_000 : 2_000_000;
  const rates = [];
  const perCpu = [];
  const growths = [];
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const { subject, sent, ms, cpuSeconds, resident } = await feed(frames);
    try {
      await subject.ended();
      const { calls, lost } = subject.folder.summary;
      const written = await countCalls(subject.folder.journal);
      if (written !== sent || calls !== sent || lost !== 0) {
        throw new Error(`sent ${sent}, the journal holds ${written}, the summary says ${calls}, lost ${lost}`);
      }
      rates.push(sent / (ms / 1_000) / FRAMES_PER_SECOND);
      perCpu.push(sent / cpuSeconds / FRAMES_PER_SECOND);
      growths.push(growth(resident));
    } finally {
      subject.kill();
    }
  }
  const title = `recorder, ${frames} frames`;
  return [
    {
      name: 'recorder',
      title,
      unit: '× 100 000/s',
      ...summarise(rates),
      own: median(perCpu),
      target: 1,
      atLeast: true,
    },
    { name: 'recorder memory', title: 'recorder memory, late to early', unit: '×', ...summarise(growths), target: 1.1 },
  ];
}
