/**
 * What goes on beneath the hooks is seen, and what hooks and kernel say is put together. Real programs, real sockets,
 * and the built egress; as whichever user runs the tests.
 */
import { spawnSync } from 'node:child_process';
import type { Server } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NetRecord } from '../../src/event/net-record.js';
import type { RunCloseRecord } from '../../src/event/record.js';
import { hasCurl, hasPython, hasUnshare, listen, Tools } from '../fixtures/kernel-tools.js';
import { nodeVersions } from '../fixtures/node-versions.js';
import { Workspace, type StartOptions } from '../fixtures/recorded-run.js';

const tools = new Tools();
const NODE = process.execPath;
let workspace: Workspace;
let server: Server;
let other: Server;
let port = 0;
let otherPort = 0;

/** Whether this machine lets itself be observed; elsewhere the reason has to stand in the journal. */
let reason: string | undefined;

beforeAll(async () => {
  ({ server, port } = await listen());
  ({ server: other, port: otherPort } = await listen());
  const probe = new Workspace();
  await probe.run(['true']);
  reason = probe.recordsOf('run.open')[0]?.observers.find(({ name }) => name === 'kernel')?.reason;
  if (reason !== undefined) process.stderr.write(`kernel observer: tests are skipped here, ${reason}\n`);
  probe.remove();
});
afterAll(() => {
  server.close();
  other.close();
  tools.remove();
});
beforeEach(({ skip }) => {
  workspace = new Workspace();
  if (reason !== undefined) skip();
});
afterEach(() => {
  workspace.remove();
});

const rows = (): NetRecord[] => workspace.recordsOf('net');
const counts = (): RunCloseRecord['counts'] | undefined => workspace.recordsOf('run.close').at(-1)?.counts;
const to = (target: number): NetRecord[] => rows().filter((row) => row.server?.port === target);
const script = (code: string): string[] => [NODE, '-e', code];

async function expectVerified(): Promise<void> {
  expect((await workspace.egress(['verify'])).status).toBe(0);
}

describe('programs that are not Node', () => {
  test.runIf(hasCurl)('curl, also in the place of a shell', async () => {
    await workspace.run(['sh', '-c', `exec curl -s -m 1 http://127.0.0.1:${port}/secret?token=1`]);
    expect(to(port)).toMatchObject([
      {
        network: { direction: 'egress', peer: { address: '127.0.0.1' } },
        process: { name: 'curl' },
        event: { outcome: 'success' },
        egress: { channel: 'tcp', observer: 'kernel', reason: 'no_hooks' },
      },
    ]);
    expect(to(port)[0]?.egress.sent).toBeGreaterThan(50);
    expect(workspace.recordsOf('process').map(({ process }) => process)).toMatchObject([
      { executable: expect.stringMatching(/curl$/) as string, argv0: 'curl', args: 4, options: ['-s', '-m'] },
    ]);
    expect(workspace.lines().join('')).not.toContain('secret');
    expect(counts()).toMatchObject({ calls: 1, kernel_only: 1, unexplained: 0, gaps: 0, unattributed: 0 });
    await expectVerified();
  });

  test('a connection that is refused has failed', async ({ skip }) => {
    if (!hasCurl) skip();
    const { status } = await workspace.run(['curl', '-s', 'http://127.0.0.1:1/']);
    expect(status).toBe(7);
    expect(to(1)).toMatchObject([{ event: { outcome: 'failure' }, egress: { sent: 0 } }]);
  });

  test.runIf(hasPython)('Python, TCP and UDP and unix sockets', async () => {
    const code = `import socket
socket.create_connection(('127.0.0.1', ${port})).sendall(b'hi')
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for size in (3, 4): u.sendto(b'x' * size, ('127.0.0.1', 9))
q = b'\\1\\2\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\3api\\7example\\0\\0\\34\\0\\1'
u.sendto(q, ('127.0.0.1', 53))
phantom = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
phantom.connect(('127.0.0.1', 81))
s = socket.socket(socket.AF_UNIX)
try: s.connect('/tmp/egress-nobody.sock')
except OSError: pass`;
    expect((await workspace.run(['python3', '-c', code])).status).toBe(0);
    expect(to(port)).toMatchObject([{ event: { outcome: 'success' }, egress: { channel: 'tcp', sent: 2 } }]);
    expect(to(9)).toMatchObject([{ network: { transport: 'udp' }, egress: { channel: 'udp', sent: 7 } }]);
    expect(to(53)).toMatchObject([
      { dns: { question: { name: 'api.example', type: 'AAAA' } }, egress: { channel: 'dns' } },
    ]);
    expect(rows().filter(({ egress }) => egress.channel === 'unix')).toMatchObject([
      { network: { transport: 'unix' }, server: { address: '/tmp/egress-nobody.sock' }, event: { outcome: 'unknown' } },
    ]);
    // A datagram socket that is connected to this machine and sends nothing is no traffic.
    expect(rows()).toHaveLength(4);
    await expectVerified();
  });

  test.runIf(tools.rawConnect)('a static program with bare system calls', async () => {
    const { stdout } = await workspace.run([tools.rawConnect ?? '', String(port), '3']);
    expect(stdout).toContain('failed 0');
    expect(to(port)).toHaveLength(3);
    expect(to(port).every(({ egress }) => egress.sent === 1)).toBe(true);
  });

  test.runIf(hasPython)('a daemon that has left the process tree', async () => {
    const { status } = await workspace.run(['python3', tools.daemon, String(port)]);
    expect(status).toBe(0);
    expect(to(port)).toMatchObject([{ event: { outcome: 'success' }, egress: { sent: 6, observer: 'kernel' } }]);
    expect(workspace.gaps()).toEqual([]);
  });

  test.runIf(hasPython && hasUnshare)('a program in namespaces of its own', async () => {
    const code = `import socket
l = socket.create_server(('127.0.0.1', 0)); socket.create_connection(l.getsockname())`;
    const { status } = await workspace.run([
      'unshare',
      '-Urn',
      'sh',
      '-c',
      `ip link set lo up; exec python3 -c "${code}"`,
    ]);
    expect(status).toBe(0);
    // News of sockets is a network namespace's own: whether it came about is not known, that it was asked for is.
    expect(rows()).toMatchObject([{ network: { peer: { address: '127.0.0.1' } }, event: { outcome: 'unknown' } }]);
  });

  test.runIf(tools.rawConnect)('24 processes at once, each connection of each', async () => {
    const command = `for i in $(seq 24); do ${tools.rawConnect ?? ''} ${port} 20 >/dev/null & done; wait`;
    await workspace.run(['sh', '-c', command]);
    expect(to(port)).toHaveLength(480);
    expect(workspace.recordsOf('process').filter(({ process }) => process.identity === 'kernel')).toHaveLength(24);
    expect(counts()).toMatchObject({ calls: 480, kernel_only: 480, gaps: 0 });
    await expectVerified();
  });

  test.runIf(hasPython)('one that is killed while its call waits', async () => {
    const code = `import os, socket, threading, time
threading.Thread(target=lambda: (time.sleep(0.05), os.kill(os.getpid(), 9))).start()
while True:
    s = socket.socket(); s.connect(('127.0.0.1', ${port})); s.close()`;
    expect((await workspace.run(['python3', '-c', code])).status).toBe(137);
    expect(to(port).length).toBeGreaterThan(0);
    await expectVerified();
  });
});

describe.each(nodeVersions)('hooks and kernel together, on %s', (node) => {
  test('a call is one row that both saw', async () => {
    const code = `
const server = require('http').createServer((q, r) => r.end('tea')).listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for (const host of ['127.0.0.1', 'localhost']) await (await fetch('http://' + host + ':' + port + '/tea')).text();
  require('net').connect(1, '127.0.0.1').on('error', () => {
    const udp = require('dgram').createSocket('udp4');
    udp.send('x', 9, '127.0.0.1', () => udp.close());
    const { Worker } = require('worker_threads');
    new Worker('fetch("http://127.0.0.1:' + port + '/worker").then((r) => r.text())', { eval: true }).on('exit', () => {
      server.closeAllConnections?.();
      server.close();
    });
  });
});`;
    expect((await workspace.run([node, '-e', code])).status).toBe(0);
    const outbound = rows().filter(({ network }) => network.direction === 'egress');
    expect(outbound.map(({ egress }) => [egress.channel, egress.observer, egress.reason])).toEqual(
      expect.arrayContaining([
        ['fetch', 'both', undefined],
        ['tcp', 'both', undefined],
        ['udp', 'both', undefined],
      ]),
    );
    expect(outbound.every(({ egress }) => egress.observer === 'both')).toBe(true);
    expect(outbound).toHaveLength(5);
    expect(counts()).toMatchObject({ both: 5, kernel_only: 0, unexplained: 0, gaps: 0 });
    await expectVerified();
  });

  test.runIf(tools.addon)('an addon that connects is worth attention by itself', async () => {
    const code = `process.exitCode = require(${JSON.stringify(tools.addon)}).connect(${port})`;
    const { status, stderr } = await workspace.run([node, '-e', code]);
    expect(status).toBe(0);
    expect(to(port)).toMatchObject([
      { egress: { observer: 'kernel', reason: 'beneath_hooks' }, event: { outcome: 'success' } },
    ]);
    expect(counts()).toMatchObject({ kernel_only: 1, unexplained: 1 });
    expect(stderr).toContain('nothing explains it');
    expect((await workspace.egress(['log', '--unexplained'])).stdout).toContain(`127.0.0.1:${port}`);
  });
});

describe('a call in flight when its process ends', () => {
  /** A request that is never answered, and a socket that nobody closes. */
  const inFlight = (end: string): string[] =>
    script(`
const { port } = new URL('tcp://127.0.0.1:${port}');
require('http').get({ host: '127.0.0.1', port, path: '/never', headers: { host: 'x' } }).on('error', () => {});
const socket = require('net').connect(port, '127.0.0.1', () => socket.write('tea', () => setTimeout(() => { ${end} }, 60)));
socket.on('error', () => {});`);
  const request = 'GET /never HTTP/1.1\r\nhost: x\r\nConnection: keep-alive\r\n\r\n'.length;
  const whole = [
    { network: { peer: { address: '127.0.0.1' } }, http: { request: { bytes: request }, response: { bytes: 0 } } },
    { network: { peer: { address: '127.0.0.1' } }, egress: { channel: 'tcp', sent: 3, received: 0 } },
  ];

  const byChannel = (one: NetRecord, other: NetRecord): number =>
    one.egress.channel.localeCompare(other.egress.channel);

  test.each(['process.exit(3)', 'throw new Error("end")'])('%s: address and bytes, of either observer', async (end) => {
    for (const kernel of ['auto', 'off']) {
      await workspace.egress(['run', `--kernel=${kernel}`, '--', ...inFlight(end)]);
      const made = rows().slice(-2).sort(byChannel);
      expect(made.map(({ event, egress: { open } }) => [event.outcome, open])).toEqual([
        ['unknown', undefined],
        ['unknown', undefined],
      ]);
      expect(made).toMatchObject(whole);
    }
  });

  test('killed: what it had no time to say, the kernel says', async () => {
    // What is written last, and at once followed by the end, the hooks cannot have told.
    const end = `require('fs').writeSync(socket._handle.fd, 'coffee'); process.kill(process.pid, 'SIGKILL')`;
    await workspace.run(inFlight(end));
    const [http, tcp] = whole;
    const made = to(port).sort(byChannel);
    expect(made).toMatchObject([{ ...http }, { ...tcp, egress: { observer: 'both', sent: 9, received: 0 } }]);
    await expectVerified();
  });

  test('and one that lives on, unheard, says how far it is', async () => {
    const code = `
const { spawn } = require('child_process');
if (process.argv[1] === undefined) {
  spawn(process.execPath, [...process.execArgv, 'daemon'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] }).stdout.on('data', () => process.exit());
} else {
  const socket = require('net').connect(${port}, '127.0.0.1', () => socket.write('tea', () => setTimeout(() => socket.write('pot', () => {
    process.stdout.write('.');
    setTimeout(() => process.exit(), 3000);
  }), 60)));
}`;
    await workspace.egress(['run', '--wait', '0', '--', ...script(code)]);
    expect(to(port)).toMatchObject([{ egress: { observer: 'both', open: true, sent: 6, received: 0 } }]);
  });
});

describe('what does not agree', () => {
  test('a call that was never made', async () => {
    const code = `
const { EGRESS_SOCKET, EGRESS_TOKEN } = process.env;
const line = (frame) => JSON.stringify(frame) + '\\n';
const socket = require('net').connect(EGRESS_SOCKET, () => {
  socket.write(line({ t: 'hello', v: 2, token: EGRESS_TOKEN, pid: process.pid, ppid: 1, thread: 9, node: '20.0.0', executable: 'node', argv0: 'node', cwd: '/' })
    + line({ t: 'end', id: 1, dir: 'egress', ch: 'https', at: Date.now() * 1000, dur: 5, host: 'api.example', port: 443, ip: '192.0.2.1', pport: 443, method: 'GET', path: '/forged', status: 200, outcome: 'success' })
    + line({ t: 'flush' }), () => setTimeout(() => socket.destroy(), 50));
});`;
    await workspace.run(script(code));
    expect(workspace.calls('/forged')).toMatchObject([{ egress: { observer: 'hooks', reason: 'no_connection' } }]);
    expect(counts()).toMatchObject({ unexplained: 1 });
  });

  test.runIf(tools.rewriteAddress)('an address that is changed between our look and the kernel’s', async () => {
    // The attack is a race: it wins some of the time, and each time that it wins is found.
    await workspace.run([tools.rewriteAddress ?? '', String(port), String(otherPort), '3000']);
    const changed = rows().filter(({ egress }) => egress.reason === 'destination_changed').length;
    const told = workspace.recordsOf('reconcile').filter(({ what }) => what === 'destination_changed').length;
    expect(changed + told).toBeGreaterThan(0);
    expect(counts()).toMatchObject({ unexplained: changed + told });
    const claimed = new Map<number, number>();
    for (const row of rows()) {
      const went = row.network.peer?.port ?? row.server?.port ?? 0;
      claimed.set(went, (claimed.get(went) ?? 0) + 1);
    }
    expect([...claimed.keys()].sort()).toEqual([port, otherPort].sort());
    await expectVerified();
  });
});

describe('io_uring', () => {
  const setUp = `import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall(425, 8, ctypes.create_string_buffer(120))
print('refused' if fd < 0 and ctypes.get_errno() == 38 else 'allowed')`;

  test.runIf(hasPython)('is refused, and the journal says how often', async () => {
    const { stdout } = await workspace.run(['python3', '-c', setUp]);
    expect(stdout).toBe('refused\n');
    expect(counts()).toMatchObject({ io_uring_refused: 1, gaps: 0 });
  });

  test.runIf(hasPython)('is a gap where it is allowed', async () => {
    await workspace.egress(['run', '--io-uring=allow', '--', 'python3', '-c', setUp]);
    expect(workspace.gaps()).toMatchObject([{ reason: 'io_uring', count: 1 }]);
  });
});

describe('the program survives us', () => {
  const raw = tools.rawConnect;

  test.runIf(raw)('the recorder is killed in the midst of its connects: none fails, none hangs', async () => {
    const run = workspace.start(['run', '--', raw ?? '', String(port), '1000', '300']);
    const output: string[] = [];
    run.child.stdout?.on('data', (text: string) => output.push(text));
    await run.said('begin');
    await delay(100);
    run.child.kill('SIGKILL');
    const deadline = Date.now() + 20_000;
    while (!output.join('').includes('failed') && Date.now() < deadline) await delay(20);
    expect(output.join('')).toContain('failed 0');
  });

  test.runIf(raw)('a recorder that is stopped does not hold it up, and says what it missed', async () => {
    const run = workspace.start(['run', '--', raw ?? '', String(port), '300', '1000']);
    await run.said('begin');
    run.child.kill('SIGSTOP');
    await run.said('failed 0');
    run.child.kill('SIGCONT');
    expect((await run.ended).status).toBe(0);
    const kept = workspace.gaps().find(({ reason: why }) => why === 'recorder_stopped')?.count ?? 0;
    expect(kept).toBeGreaterThan(0);
    expect(to(port).length + kept).toBe(300);
  });

  test.runIf(hasPython)('processes that outlive the run go on, and the journal says so', async () => {
    const code = `import os, socket, sys, time
if os.fork(): sys.exit(0)
os.setsid()
time.sleep(1.5)
s = socket.create_connection(('127.0.0.1', ${port})); s.sendall(b'late')
open('late', 'w').write('connected')`;
    const { status } = await workspace.egress(['run', '--wait', '0', '--', 'python3', '-c', code]);
    expect(status).toBe(0);
    expect(workspace.gaps()).toMatchObject([{ reason: 'processes_outlived_run', count: 1 }]);
    const file = path.join(workspace.folder, 'late');
    const deadline = Date.now() + 10_000;
    const isWritten = (): boolean => spawnSync('cat', [file], { encoding: 'utf8' }).stdout === 'connected';
    while (!isWritten() && Date.now() < deadline) await delay(50);
    expect(isWritten()).toBe(true);
  });

  test.runIf(hasPython)('connections that outlive the run have their bytes so far, whoever holds them', async () => {
    // A daemon that says nothing more, and one that was passed its connection by a process that is gone.
    const code = `import os, socket, sys, time
held = socket.create_connection(('127.0.0.1', ${port})); held.sendall(b'x' * 1000)
ours, theirs = socket.socketpair()
if os.fork() == 0:
    if os.fork(): os._exit(0)
    os.setsid(); ours.close()
    passed = socket.recv_fds(theirs, 1, 1)[1]
    theirs.sendall(b'.')
    os.closerange(0, 3); time.sleep(5); os._exit(0)
os.wait()
passed = socket.create_connection(('127.0.0.1', ${otherPort})); passed.sendall(b'y' * 20)
socket.send_fds(ours, [b'.'], [passed.fileno()])
ours.recv(1)`;
    await workspace.egress(['run', '--wait', '0', '--', 'python3', '-c', code]);
    const open = { observer: 'kernel', open: true };
    expect(to(port)).toMatchObject([{ event: { outcome: 'success' }, egress: { ...open, sent: 1_000, received: 0 } }]);
    expect(to(otherPort)).toMatchObject([
      { event: { outcome: 'success' }, egress: { ...open, sent: 20, received: 0 } },
    ]);
    expect(to(port)[0]?.network).toMatchObject({ local: { port: expect.any(Number) as number } });
    expect(to(port)[0]?.event).not.toHaveProperty('duration');
    const seq = workspace.recordsOf('net')[0]?.seq ?? 0;
    expect((await workspace.egress(['show', String(seq)])).stdout).toContain('bytes are those so far');
    await expectVerified();
  });

  test.runIf(hasPython && hasUnshare)('also in a network namespace of its own', async () => {
    const code = `import os, socket, time
l = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(l.getsockname()); c.sendall(b'abc')
os.write(1, b'.'); os.closerange(0, 3); time.sleep(5)`;
    // The job goes on in the background when the shell ends.
    const inside = `ip link set lo up; { python3 -c "${code}" & } | head -c 1`;
    await workspace.egress(['run', '--wait', '0', '--', 'unshare', '-Urn', 'sh', '-c', inside]);
    expect(rows()).toMatchObject([{ event: { outcome: 'success' }, egress: { open: true, sent: 3 } }]);
  });

  test('exit codes, signals and limits of open files are as without us', async () => {
    expect((await workspace.run(['sh', '-c', 'exit 41'])).status).toBe(41);
    expect((await workspace.run(['sh', '-c', 'kill -TERM $$'])).status).toBe(143);
    expect((await workspace.run(['no-such-program'])).status).toBe(127);
    const limits = (command: string, args: readonly string[]): string =>
      spawnSync('sh', ['-c', `ulimit -S -n 256; exec "$0" "$@"`, command, ...args], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], EGRESS_JOURNAL: workspace.journal, EGRESS_KEYS: workspace.keys },
      }).stdout;
    const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
    const plain = limits('sh', ['-c', 'ulimit -S -n; ulimit -H -n']);
    expect(plain).toMatch(/^256\n/);
    expect(limits('sh', ['-c', `"${NODE}" "${bin}" run -- sh -c "ulimit -S -n; ulimit -H -n"; true`])).toBe(plain);
  });
});

describe('coverage', () => {
  test('stands in run.open, and where it is switched off as well', async () => {
    await workspace.run(['true']);
    await workspace.egress(['run', '--kernel=off', '--', 'true']);
    const [on, off] = workspace.recordsOf('run.open').map(({ observers }) => observers[1]);
    expect(on).toMatchObject({ name: 'kernel', active: true });
    expect(off).toEqual({ name: 'kernel', active: false, reason: 'switched_off' });
    expect(workspace.recordsOf('run.close').map((close) => close.counts.unexplained)).toEqual([0, undefined]);
  });

  /** As a container's profile does it: with EPERM. */
  const forbidden = (...numbers: readonly number[]): StartOptions => ({
    through: ['python3', tools.forbid, numbers.join()],
  });
  const [seccomp, getfd, readv] = process.arch === 'arm64' ? [277, 438, 270] : [317, 438, 310];
  const call = ['curl', '-s', '-m', '1', '-4', 'http://127.0.0.1:1/'];

  test.runIf(hasPython && hasCurl)('where seccomp is forbidden, hooks alone record, or nothing runs', async () => {
    expect((await workspace.run(call, forbidden(seccomp))).stderr).toContain('no kernel observer: not permitted here');
    expect(workspace.recordsOf('run.open')[0]?.observers[1]).toMatchObject({ active: false, reason: 'not_permitted' });
    const required = await workspace.egress(['run', '--kernel=require', '--', ...call], forbidden(seccomp));
    expect(required.status).toBe(125);
    expect(required.stderr).toContain('KERNEL_UNOBSERVED');
  });

  test.runIf(hasPython && hasCurl)('where sockets may not be looked at, that is a limit, and is told', async () => {
    const { stderr } = await workspace.run(call, forbidden(getfd, readv));
    expect(stderr).toContain('no pidfd_getfd here');
    const { limits } = workspace.recordsOf('run.open')[0]?.observers[1] ?? {};
    expect(limits).toContain('no_socket_look');
    // Memory is read in another way.
    expect(to(1)).toMatchObject([{ network: { peer: { address: '127.0.0.1' } }, event: { outcome: 'unknown' } }]);
    expect(workspace.gaps()).toEqual([]);
  });

  test('a run within a run: the inner one is observed by the outer', async () => {
    const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
    // Without the outer run's variables the inner one does not know of it, and finds its place taken.
    const env = ['env', '-u', 'EGRESS_SOCKET', '-u', 'EGRESS_TOKEN', `EGRESS_JOURNAL=${workspace.folder}/inner`];
    const { status, stderr } = await workspace.run([...env, NODE, bin, 'run', '--', 'true']);
    expect(status).toBe(0);
    expect(stderr).toContain('another observer holds it already');
    const required = await workspace.run([...env, NODE, bin, 'run', '--kernel=require', '--', 'true']);
    expect(required.status).toBe(125);
  });
});
