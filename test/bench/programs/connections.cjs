// Does a fixed amount of work against a server of its own, in another process, and prints how many milliseconds it took:
// `requests N` over a new connection each, `connects N` without a word, `writes N` over one connection.
'use strict';
const http = require('node:http');
const net = require('node:net');
const { fork } = require('node:child_process');

const CONCURRENT = 8;
const [, , kind, text] = process.argv;
const count = Number(text);

if (kind === 'serve') {
  const server = http.createServer((request, response) => response.end('ok'));
  const sink = net.createServer((socket) => socket.on('error', () => socket.destroy()).resume());
  server.listen(0, '127.0.0.1', () =>
    sink.listen(0, '127.0.0.1', () => process.send({ http: server.address().port, tcp: sink.address().port })),
  );
  process.on('disconnect', () => process.exit());
  return;
}

const request = (port) =>
  new Promise((resolve, reject) => {
    const get = http.get({ host: '127.0.0.1', port, agent: false }, (response) => response.on('end', resolve).resume());
    get.on('error', reject);
  });

const connect = (port) =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.destroy());
    socket.on('error', reject).on('close', resolve);
  });

async function repeat(act) {
  let left = count;
  const loop = async () => {
    while (left-- > 0) await act();
  };
  await Promise.all(Array.from({ length: CONCURRENT }, loop));
}

function write(port) {
  return new Promise((resolve, reject) => {
    const chunk = Buffer.alloc(64);
    let left = count;
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.setNoDelay();
      const more = () => {
        while (left-- > 0) if (!socket.write(chunk)) return void socket.once('drain', more);
        socket.end(resolve);
      };
      more();
    });
    socket.on('error', reject);
  });
}

const server = fork(__filename, ['serve'], { env: { PATH: process.env.PATH }, execArgv: [] });
server.once('message', async (ports) => {
  const start = performance.now();
  if (kind === 'requests') await repeat(() => request(ports.http));
  else if (kind === 'connects') await repeat(() => connect(ports.tcp));
  else await write(ports.tcp);
  console.log(performance.now() - start);
  server.disconnect();
});
