/** What is in order stays all clear, and what cannot be seen is said: an alarm that is always on is none. */
import { describe, expect } from 'vitest';
import { hasPython } from '../fixtures/kernel-tools.js';
import { type Attacked, attack, NPM } from './expectation.js';

async function expectAllClear({ bottle, status, stderr, judge }: Attacked): Promise<void> {
  expect(stderr).toContain('ALL CLEAR');
  expect(status).toBe(0);
  const { check, report } = await bottle.judged(...judge);
  expect(check.stdout).toMatch(/^✓ ALL CLEAR {3}/);
  expect(check.status).toBe(0);
  expect(report.stdout).toContain('✓ ALL CLEAR');
}

const OWN = `
const http = require('node:http');
const { execFileSync, fork } = require('node:child_process');
const { Worker } = require('node:worker_threads');
if (process.argv[2] === 'child') return fetch(process.argv[3]).then((r) => r.text()).then(() => process.exit(0));
const server = http.createServer((request, response) => response.end('ok')).listen(0, '127.0.0.1', async () => {
  const url = 'http://127.0.0.1:' + server.address().port + '/';
  await (await fetch(url)).text();
  await new Promise((done) => new Worker('fetch(' + JSON.stringify(url) + ').then((r) => r.text())', { eval: true }).on('exit', done));
  await new Promise((done) => fork(__filename, ['child', url]).on('exit', done));
  await new Promise((done) => require('node:child_process').execFile('curl', ['-s', url], done));
  server.close();
});`;

describe('all clear', () => {
  attack('a program that talks to itself: workers, children, curl', async (bottle) => {
    await expectAllClear(await bottle([], OWN).run());
  });

  attack('an allowed name, resolved by a server beyond loopback', async (bottle) => {
    const policy = 'version: 1\nrules:\n  - { id: api, to: "api.github.example:80", why: what we are }\n';
    const main = `fetch('http://api.github.example/').then((r) => r.text());`;
    const outcome = await bottle([], main).run({ policy });
    expect(outcome.arrivals).toContainEqual({ asked: 'api.github.example' });
    await expectAllClear(outcome);
  });

  attack('a look-up that sorts two addresses by connecting datagram sockets to them', async (bottle, skip) => {
    if (!hasPython) skip();
    const python = `import socket; print(sorted(a[4] for a in socket.getaddrinfo('both.example', 443)))`;
    const main = `
require('node:dns').lookup('both.example', { all: true }, (_error, found) => console.log(found.length));
console.log(require('node:child_process').execFileSync('python3', ['-c', ${JSON.stringify(python)}], { encoding: 'utf8' }));`;
    const policy = 'version: 1\nrules:\n  - { id: both, to: both.example, why: the name alone }\n';
    const outcome = await bottle([], main).run({ policy });
    expect(outcome.stdout).toContain("('203.0.113.66', 443)");
    expect(outcome.bottle.calls(/203|198/)).toEqual([]);
    await expectAllClear(outcome);
  });

  attack('a datagram socket that Node connects and never uses: both observers tell of it', async (bottle) => {
    const main = `
const socket = require('node:dgram').createSocket('udp4');
socket.connect(4444, '203.0.113.66', () => socket.close());`;
    const policy = 'version: 1\nrules:\n  - { id: stats, to: "203.0.113.66:4444/udp", why: our counter }\n';
    const outcome = await bottle([], main).run({ policy });
    const [{ row } = {}, ...more] = outcome.bottle.calls(/203/);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ event: { outcome: 'unknown' }, egress: { channel: 'udp', observer: 'both', sent: 0 } });
    await expectAllClear(outcome);
  });

  attack('scripts of an installation that stay at home', async (bottle) => {
    const made = bottle(['octokit']);
    made.bottle.write(
      'node_modules/octokit/package.json',
      '{"name":"octokit","version":"4.0.2","scripts":{"postinstall":"node -e 0 && sh -c true"}}',
    );
    await expectAllClear(await made.run({ command: NPM }));
  });

  attack('a package whose scripts call what its rule allows, through curl', async (bottle) => {
    const rule = '{ id: download, to: "203.0.113.66:80", package: [ua-parser-js], why: the binary of this platform }';
    const outcome = await bottle(['ua-parser-js']).run({ command: NPM, policy: `version: 1\nrules:\n  - ${rule}\n` });
    expect(outcome.arrivals).toHaveLength(2);
    await expectAllClear(outcome);
  });
});

describe('blind spots are told', () => {
  attack('hooks alone: a program that is not Node is a gap', async (bottle) => {
    const main = `require('node:child_process').execFileSync('curl', ['-s', 'http://203.0.113.66/']);`;
    const outcome = await bottle([], main).run({ flags: ['--kernel=off'] });
    expect(outcome.bottle.calls(/203/)).toEqual([]);
    expect(outcome.bottle.workspace.gaps()).toMatchObject([{ reason: 'child_not_joined' }]);
    expect(outcome.status).toBe(121);
  });

  attack('hooks alone, and nothing but Node: the words say so', async (bottle) => {
    const outcome = await bottle([], '0').run({ flags: ['--kernel=off'] });
    expect(outcome.stderr).toContain('ALL CLEAR, HOOKS ONLY');
    const policy = 'version: 1\nobservers: [kernel]\n';
    expect((await bottle([], '0').run({ flags: ['--kernel=off'], policy })).status).toBe(121);
  });

  attack('a name is the program’s own word: the address beside it is the kernel’s', async (bottle) => {
    const policy = 'version: 1\nrules:\n  - { id: api, to: "api.github.example:80", why: what we are }\n';
    const main = `
const lookup = (host, options, done) =>
  options.all ? done(null, [{ address: '203.0.113.66', family: 4 }]) : done(null, '203.0.113.66', 4);
require('node:http').get({ host: 'api.github.example', lookup }, (response) => response.resume());`;
    const outcome = await bottle([], main).run({ policy });
    expect(outcome.bottle.calls(/github/)).toMatchObject([{ row: { network: { peer: { address: '203.0.113.66' } } } }]);
    const { report } = await outcome.bottle.judged(...outcome.judge);
    expect(report.stdout).toContain('that hosts, paths and packages are true');
    // Whoever must not trust names denies addresses: they are what was reached.
    const strict = `${policy}deny:\n  - { to: 203.0.113.0/24, verdict: alarm, why: not ours }\n`;
    expect((await bottle([], main).run({ policy: strict })).status).toBe(120);
  });

  attack('a switched-off recording, and one within another, judge nothing', async (bottle) => {
    const outcome = await bottle([], '0').run({ env: { EGRESS_ENABLED: 'off' } });
    expect(outcome.status).toBe(121);
  });

  attack('a socket that is handed to another program’s daemon shows as a connect to it', async (bottle, skip) => {
    if (!hasPython) skip();
    const code = `import socket
s = socket.socket(socket.AF_UNIX)
try: s.connect('/tmp/egress-no-daemon.sock')
except OSError: pass`;
    const policy = 'version: 1\nloopback: unexpected\n';
    const outcome = await bottle([]).run({ command: ['python3', '-c', code], policy });
    expect(outcome.bottle.calls(/egress-no-daemon/)).toMatchObject([{ row: { process: { name: /^python/ } } }]);
    expect(outcome.status).toBe(120);
  });
});
