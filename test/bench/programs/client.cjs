// Calls a server over kept-alive connections for as many milliseconds as it is asked to. Several calls are under way at a time, so that this process is the one that is busy:
// a loop that waits for each answer would hide what a call costs in the time it waits.
'use strict';
const http = require('node:http');
const { control, processorTime } = require('./control.cjs');

const [, , kind, port] = process.argv;
const CONCURRENT = 8;
const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENT });

function callHttp() {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/items/7', agent }, (response) => {
      response.on('end', resolve);
      response.resume();
    });
    request.on('error', reject);
  });
}

async function callFetch() {
  const response = await fetch(`http://127.0.0.1:${port}/items/7`);
  await response.text();
}

const call = kind === 'fetch' ? callFetch : callHttp;

async function slice(ms) {
  const end = performance.now() + ms;
  let calls = 0;
  const loop = async () => {
    while (performance.now() < end) {
      await call();
      calls += 1;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: CONCURRENT }, loop));
  return { calls, ms: performance.now() - start };
}

control(async (line) => {
  if (line === 'cpu') return processorTime();
  return slice(Number(line));
});
process.stdout.write('ready\n');
