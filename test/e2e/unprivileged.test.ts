/** Runs as a user without privileges, where the tests themselves are root's: the observer asks for none. */
import { spawnSync } from 'node:child_process';
import type { Server } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NetRecord } from '../../src/event/net-record.js';
import { Accounts, as, noAccounts } from '../fixtures/accounts.js';
import { hasCurl, hasPython, hasUnshare, listen, Tools } from '../fixtures/kernel-tools.js';
import { Workspace, type Outcome } from '../fixtures/recorded-run.js';

const BIN = path.resolve(import.meta.dirname, '../../bin/run.js');
const accounts = new Accounts();
const tools = new Tools();
let reason = noAccounts;
let user = '';
let workspace: Workspace;
let server: Server;
let port = 0;

beforeAll(async () => {
  ({ server, port } = await listen());
  if (reason !== undefined) return;
  user = accounts.user('n');
  spawnSync('chmod', ['-R', 'a+rX', tools.folder]);
  const [file, ...args] = [...as(user), process.execPath, BIN, 'doctor', '--json'];
  const { stdout } = spawnSync(file, args, { cwd: '/', encoding: 'utf8' });
  const kernel = /"name": "kernel observer",\s+"status": "(\w+)"/.exec(stdout)?.[1];
  if (kernel !== 'ok')
    reason = `the kernel observer would not work for other users (${kernel ?? 'egress does not start'})`;
});
afterAll(() => {
  server.close();
  tools.remove();
  accounts.remove();
  if (reason !== undefined) process.stderr.write(`unprivileged runs: tests are skipped here, ${reason}\n`);
});
beforeEach(({ skip }) => {
  if (reason !== undefined) skip();
  workspace = new Workspace();
  spawnSync('chown', [user, workspace.folder]);
});
afterEach(() => {
  workspace.remove();
});

const run = (...command: readonly string[]): Promise<Outcome> =>
  workspace.egress(['run', '--kernel=require', '--', ...command], { through: as(user) });
const to = (): NetRecord[] => workspace.recordsOf('net').filter((row) => row.server?.port === port);

describe('without privileges', () => {
  test.runIf(hasCurl)('curl is seen, with its bytes and outcome', async () => {
    expect((await run('curl', '-s', '-m', '1', `http://127.0.0.1:${port}/`)).stderr).toContain('Recorded');
    expect(to()).toMatchObject([
      { process: { name: 'curl' }, event: { outcome: 'success' }, egress: { observer: 'kernel', reason: 'no_hooks' } },
    ]);
    expect(to()[0]?.egress.sent).toBeGreaterThan(50);
    const kernel = workspace.recordsOf('run.open')[0]?.observers.find(({ name }) => name === 'kernel');
    expect(kernel).toEqual({ name: 'kernel', active: true, limits: ['no_new_privileges'] });
    expect(workspace.recordsOf('run.close')[0]?.counts).toMatchObject({ kernel_only: 1, gaps: 0, unexplained: 0 });
    expect((await workspace.egress(['verify'], { through: as(user) })).status).toBe(0);
  });

  test('a call of Node.js is one row that both saw', async () => {
    const code = `require('net').connect(${port}, '127.0.0.1', function () { this.end('tea'); })`;
    expect((await run(process.execPath, '-e', code)).status).toBe(0);
    expect(to()).toMatchObject([{ egress: { observer: 'both', sent: 3 } }]);
    expect(workspace.recordsOf('process').map(({ process }) => process.identity)).toContain('peer');
  });

  test.runIf(hasPython)('Python, UDP, and a daemon that has left the tree', async () => {
    const code = `import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'abc', ('127.0.0.1', 9))`;
    expect((await run('sh', '-c', `python3 -c "${code}"; python3 ${tools.daemon} ${port}`)).status).toBe(0);
    expect(to()).toMatchObject([{ egress: { observer: 'kernel', sent: 6 } }]);
    expect(workspace.recordsOf('net').filter((row) => row.server?.port === 9)).toMatchObject([{ egress: { sent: 3 } }]);
  });

  test.runIf(hasPython)(
    'a program whose memory may not be read: that it called is known, and where is a gap',
    async () => {
      const code = `import ctypes, socket
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
socket.create_connection(('127.0.0.1', ${port}))`;
      expect((await run('python3', '-c', code)).status).toBe(0);
      expect(workspace.recordsOf('net').map(({ network: { peer }, egress: { observer } }) => [peer, observer])).toEqual(
        [[undefined, 'kernel']],
      );
      expect(workspace.gaps()).toMatchObject([{ reason: 'address_unread', count: 1 }]);
    },
  );

  test.runIf(tools.rawConnect)('a static program with bare system calls', async () => {
    expect((await run(tools.rawConnect ?? '', String(port), '3')).stdout).toContain('failed 0');
    expect(to()).toHaveLength(3);
  });

  test('the recorder is killed among a thousand connects, and none fails', async ({ skip }) => {
    if (tools.rawConnect === undefined) skip();
    const script = `${tools.rawConnect ?? ''} ${port} 200; kill -KILL $PPID; ${tools.rawConnect ?? ''} ${port} 800`;
    const { stdout } = await run('sh', '-c', script);
    expect(stdout.match(/failed 0/g)).toHaveLength(2);
  });
});

/** The first process of a container is given all that lose their parent. */
test.runIf(noAccounts === undefined && hasUnshare)(
  'as the first process, ends of orphans are noted',
  async ({ skip }) => {
    const through = ['unshare', '--pid', '--fork', '--mount-proc'] as const;
    const [file, ...words] = through;
    if (spawnSync(file, [...words, 'true']).status !== 0) skip();
    const script = `
for i in 1 2 3 4 5; do (sh -c 'sleep 0.1' & ); done; sleep 0.5
before=$(grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l); sleep 3.5
after=$(grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l); echo $before to $after`;
    const { stdout, status } = await workspace.egress(['run', '--', 'sh', '-c', script], { through });
    expect(stdout).toBe('5 to 0\n');
    expect(status).toBe(0);
    expect(workspace.recordsOf('run.close')[0]?.exit).toEqual({ code: 0 });
  },
);
