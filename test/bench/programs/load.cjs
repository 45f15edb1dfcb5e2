// A load generator for machines without wrk. Same protocol as client.cjs, but over bare sockets and without parsing more
// than it must, so that the server is what is measured. Every answer of one server has the same length.
'use strict';
const net = require('node:net');
const { control } = require('./control.cjs');

const [, , port, path] = process.argv;
const CONNECTIONS = 32;
const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;

/** Answers are counted by their status lines; a chunk that splits one is joined to the next. */
function connection(isOver, count) {
  return new Promise((resolve, reject) => {
    let tail = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(request));
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      tail += chunk.toString('latin1');
      const head = tail.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = /content-length: (\d+)/i.exec(tail);
      if (length === null || tail.length < head + 4 + Number(length[1])) return;
      tail = '';
      count();
      if (isOver()) socket.end();
      else socket.write(request);
    });
    socket.on('error', reject);
    socket.on('close', resolve);
  });
}

async function slice(ms) {
  const start = performance.now();
  let calls = 0;
  const isOver = () => performance.now() - start > ms;
  const each = () => connection(isOver, () => (calls += 1));
  await Promise.all(Array.from({ length: CONNECTIONS }, each));
  return { calls, ms: performance.now() - start };
}

control((line) => slice(Number(line)));
process.stdout.write('ready\n');
