// Speaks the hook protocol as fast as the recorder takes it in: what a thread of a very busy program would send. Prints
// how long the recorder took until it had read everything, and how much memory it held meanwhile.
'use strict';
const { readFileSync } = require('node:fs');
const net = require('node:net');

const total = Number(process.argv[2]);
const BATCH_FRAMES = 200;
const SITES = 40;
const HEADER_LISTS = 20;

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

/** As the hooks write it: what each call has for itself comes first. By hand, so that the feeder is never the slower one. */
function call(id, at) {
  const host = id % 30;
  return (
    `{"t":"end","id":${id},"at":${at},"dur":${1_200 + (id % 800)},"sent":412,"received":903,"pport":443` +
    `,"lport":${40_000 + (id % 60)},"phases":[-1,-1,-1,900]` +
    `,"dir":"egress","ch":"https","host":"api-${host}.example","port":443,"ip":"127.0.${host}.9"` +
    `,"method":"POST","path":"/v1/orders/${id % 500}/items","status":200` +
    `,"hdr":${1 + (id % HEADER_LISTS)},"site":${1 + (id % SITES)},"outcome":"success","reused":true}\n`
  );
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
    let batch = '';
    for (let i = 0; i < BATCH_FRAMES && sent < total; i += 1) batch += call((sent += 1), now);
    if (!socket.write(batch)) {
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
