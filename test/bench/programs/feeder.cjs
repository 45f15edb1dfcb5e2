// Speaks the hook protocol as fast as the recorder takes it in: what a thread of a very busy program would send. Prints
// how long the recorder took until it had read everything, and how much memory it held meanwhile.
'use strict';
const { readFileSync } = require('node:fs');
const net = require('node:net');

const total = Number(process.argv[2]);
const BATCH_FRAMES = 200;
const SITES = 40;
const HEADER_LISTS = 20;
/** Least common multiple of what calls take in turn. */
const SHAPES = 3_000;

function residentBytes() {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${process.ppid}/status`, 'utf8'));
  return Number(match[1]) * 1024;
}

/** Seconds of processor time of the recorder; Linux counts them in hundredths for whoever asks. */
function processorSeconds() {
  const fields = readFileSync(`/proc/${process.ppid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function opening() {
  const { pid, ppid, execPath } = process;
  const hello = {
    t: 'hello',
    v: 2,
    token: process.env.EGRESS_TOKEN,
    pid,
    ppid,
    thread: 0,
    node: process.versions.node,
  };
  const frames = [{ ...hello, executable: execPath, argv0: 'node', cwd: process.cwd() }];
  for (let n = 1; n <= SITES; n += 1) {
    frames.push({
      t: 'site',
      n,
      frames: [
        [__filename, n, 7, 'charge'],
        [__filename, 90 + n, 3, 'order'],
      ],
    });
  }
  const response = [
    ['content-type', 'application/json'],
    ['content-length', '***'],
    ['date', '***'],
  ];
  for (let n = 1; n <= HEADER_LISTS; n += 1) {
    frames.push({
      t: 'headers',
      n,
      request: [
        ['host', '***'],
        [`x-request-${n}`, '***'],
        ['connection', 'keep-alive'],
      ],
      response,
    });
  }
  return frames.map((frame) => `${JSON.stringify(frame)}\n`).join('');
}

/** What a call has in common with every 3000th. */
function members(id) {
  const host = id % 30;
  return (
    `,"dir":"egress","ch":"https","host":"api-${host}.example","port":443,"ip":"127.0.${host}.9"` +
    `,"method":"POST","path":"/v1/orders/${id % 500}/items","status":200` +
    `,"hdr":${1 + (id % HEADER_LISTS)},"site":${1 + (id % SITES)},"outcome":"success","reused":true}\n`
  );
}

const bytes = Buffer.alloc(BATCH_FRAMES * 1_024);
let length = 0;

function text(line) {
  length += bytes.latin1Write(line, length);
}

/** Six bits a character, the highest first. */
function digits(value, count) {
  for (let i = count - 1, rest = value; i >= 0; i -= 1) {
    const higher = Math.floor(rest / 64);
    bytes[length + i] = 48 + rest - 64 * higher;
    rest = higher;
  }
  length += count;
}

/** As the hooks write it: the second of like calls declares what they share, and all that follow are numbers (`src/event/compact-call.ts`). */
function call(id, at) {
  const duration = 1_200 + (id % 800);
  const port = 40_000 + (id % 60);
  const shape = id % SHAPES;
  if (id < SHAPES) {
    const own = `"id":${id},"at":${at},"dur":${duration},"sent":412,"received":903,"pport":443,"lport":${port}`;
    text(`{"t":"end",${own},"phases":[-1,-1,-1,900]${members(id)}`);
    return;
  }
  if (id < 2 * SHAPES) text(`{"t":"shape","n":${shape}${members(id)}`);
  // With bytes both ways, ports and phases.
  bytes[length] = 0x21;
  length += 1;
  digits(15, 1);
  digits(shape, 2);
  digits(id, 6);
  digits(at, 9);
  for (const value of [duration, 412, 903]) digits(value, 6);
  for (const value of [443, port]) digits(value, 3);
  for (const value of [0, 0, 0, 901]) digits(value, 6);
  bytes[length] = 0x0a;
  length += 1;
}

const socket = net.connect({ path: process.env.EGRESS_SOCKET });
const resident = [];
const sampler = setInterval(() => resident.push(residentBytes()), 100);
let sent = 0;
let start = 0;
let startCpu = 0;

function feed() {
  while (sent < total) {
    const now = Date.now() * 1_000;
    length = 0;
    for (let i = 0; i < BATCH_FRAMES && sent < total; i += 1) call((sent += 1), now);
    // A copy: the socket may keep it for a while.
    if (!socket.write(Buffer.from(bytes.subarray(0, length)))) {
      socket.once('drain', feed);
      return;
    }
  }
  socket.end('{"t":"flush"}\n');
}

socket.on('connect', () => {
  socket.write(opening());
  start = performance.now();
  startCpu = processorSeconds();
  feed();
});
// The recorder ends its side when it has read all of ours.
socket.resume().on('end', () => {
  clearInterval(sampler);
  const ms = performance.now() - start;
  const cpuSeconds = processorSeconds() - startCpu;
  process.stdout.write(`${JSON.stringify({ sent, ms, cpuSeconds, resident })}
`);
});
