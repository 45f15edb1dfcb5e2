/**
 * `egress run --user`: the program as another user, who can neither read keys nor write the journal, nor have the
 * recorder, which is root, open what it chose. Real users, the built egress.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Accounts, as, noAccounts } from '../fixtures/accounts.js';
import { Workspace, type Outcome } from '../fixtures/recorded-run.js';

const BIN = path.resolve(import.meta.dirname, '../../bin/run.js');
const accounts = new Accounts();
let name = '';
let group = '';
/** Another user, who has no part in it. */
let stranger = '';
let uid = 0;
/** Of the user: its programs lie here. */
let home = '';
let workspace: Workspace;
let reason = noAccounts;

beforeAll(() => {
  if (reason !== undefined) return;
  group = accounts.group('g');
  name = accounts.user('u', [group]);
  stranger = accounts.user('s');
  uid = Number(spawnSync('id', ['-u', name], { encoding: 'utf8' }).stdout);
  const [file, ...args] = [...as(name), process.execPath, BIN, '--version'];
  if (spawnSync(file, args, { cwd: '/', stdio: 'ignore' }).status !== 0) reason = `other users cannot read ${BIN}`;
});
afterAll(() => {
  accounts.remove();
  if (reason !== undefined) process.stderr.write(`egress run --user: tests are skipped here, ${reason}\n`);
});
beforeEach(({ skip }) => {
  if (reason !== undefined) skip();
  workspace = new Workspace();
  chmodSync(workspace.folder, 0o755);
  home = mkdtempSync('/var/lib/egress-user-');
  chownSync(home, uid, uid);
});
afterEach(() => {
  workspace.remove();
  rmSync(home, { recursive: true, force: true });
});

const run = (
  command: readonly string[],
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> => workspace.egress(['run', '--user', name, ...flags, '--', ...command], { env });
const node = (code: string): string[] => [process.execPath, '-e', code];
const theirs = (file: string, text: string): string => {
  const place = path.join(home, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
  spawnSync('chown', ['-R', name, home]);
  return place;
};

const CALL = `
const server = require('http').createServer((q, r) => r.end('tea')).listen(0, '127.0.0.1', async () => {
  await (await fetch('http://127.0.0.1:' + server.address().port + '/tea')).text();
  server.closeAllConnections();
  server.close();
});`;

describe.each(['require', 'off'])('with --kernel=%s', (kernel) => {
  const flags = ['--kernel', kernel];

  test('the program is that user, with its groups, and without rights of root', async () => {
    const { stdout, status } = await run(
      ['sh', '-c', 'id -un; id -Gn; grep -E "^(Uid|Gid|CapEff)" /proc/self/status'],
      flags,
    );
    expect(status).toBe(0);
    expect(stdout).toContain(`${name}\n${name} ${group}\n`);
    expect(stdout).toMatch(new RegExp(`Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}\n`));
    expect(stdout).toMatch(/CapEff:\t0{16}/);
    expect(workspace.recordsOf('run.open')[0]?.run.user).toEqual({ uid, name });
  });

  test('its environment is its own', async () => {
    const env = { AWS_SECRET: 's3cret', PORT: '8080', LANG: 'C.UTF-8' };
    const { stdout } = await run(['env'], [...flags, '--env', 'PORT'], env);
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(stdout).not.toContain('s3cret');
    expect(stdout).toMatch(new RegExp(`^USER=${name}$`, 'm'));
    expect(stdout).toMatch(/^HOME=\/nonexistent$/m);
    expect(names.sort()).toEqual(
      [
        'EGRESS_HOOKS',
        'EGRESS_SOCKET',
        'EGRESS_TOKEN',
        'HOME',
        'LANG',
        'LOGNAME',
        'NODE_OPTIONS',
        'PATH',
        'PORT',
        'PWD',
        'SHELL',
        'USER',
      ].filter((variable) => variable !== 'PWD' || names.includes('PWD')),
    );
  });

  test('the hooks reach the recorder, and calls are attributed by the user’s own files', async () => {
    theirs('node_modules/tea-client/package.json', '{"name":"tea-client","version":"1.2.3"}');
    const library = theirs('node_modules/tea-client/index.js', `module.exports = () => {${CALL}};`);
    const { status, stderr } = await run(node(`require(${JSON.stringify(library)})()`), flags);
    expect(stderr).toContain('Recorded');
    expect(status).toBe(0);
    expect(workspace.calls('/tea')).toMatchObject([
      { package: { name: 'tea-client' }, egress: { observer: kernel === 'off' ? 'hooks' : 'both' } },
    ]);
    expect(workspace.recordsOf('site').map((record) => record.package?.version)).toContain('1.2.3');
    expect(workspace.recordsOf('process').map(({ process: { identity } }) => identity)).toContain('peer');
    expect(workspace.gaps()).toEqual([]);
    expect((await workspace.egress(['verify'])).status).toBe(0);
  });

  test('it gets at neither keys nor journal nor recorder', async () => {
    const script = `
for f in ${workspace.keys} ${workspace.keys}/journals/* ${workspace.keys}/journals/*/*; do cat "$f" >/dev/null 2>&1 && echo read $f; ls "$f" >/dev/null 2>&1 && echo listed $f; done
for f in ${workspace.journal}/*; do cat "$f" >/dev/null 2>&1 && echo read $f; done
( : >${workspace.journal}/made ) 2>/dev/null && echo wrote
mv ${workspace.journal} ${workspace.journal}.away 2>/dev/null && echo moved
for s in STOP KILL TERM; do kill -$s $PPID 2>/dev/null && echo signalled; done
for t in /proc/$PPID/task/*; do kill -KILL \${t##*/} 2>/dev/null && echo killed; done
cat /proc/$PPID/environ >/dev/null 2>&1 && echo environ
rm -rf "$EGRESS_SOCKET" 2>/dev/null && [ ! -e "$EGRESS_SOCKET" ] && echo unlinked
echo done`;
    const { stdout, status } = await run(['sh', '-c', script], flags);
    expect(stdout).toBe('done\n');
    expect(status).toBe(0);
  });

  test('nobody else can connect to its hooks’ socket', async () => {
    const go = path.join(home, 'go');
    const script = theirs(
      'wait.sh',
      `echo $EGRESS_SOCKET; for i in $(seq 200); do [ -e ${go} ] && exit; sleep 0.05; done`,
    );
    const started = workspace.start(['run', '--user', name, ...flags, '--', 'sh', script]);
    const socket = (await started.said('hooks\n')).trim();
    const connect = `require('net').connect(${JSON.stringify(socket)}, () => { console.log('in'); process.exit(); })
      .on('error', ({ code }) => console.log(code))`;
    const tryAs = (user: string): string => {
      const [file, ...args] = [...as(user), ...node(connect)];
      return spawnSync(file, args, { cwd: '/', encoding: 'utf8' }).stdout.trim();
    };
    expect([tryAs(name), tryAs(stranger)]).toEqual(['in', 'EACCES']);
    writeFileSync(go, '');
    await started.ended;
    expect(existsSync(path.dirname(socket))).toBe(false);
  });
});

describe('what root does not open', () => {
  test('a file that only root can read gives no package a name', async () => {
    const secret = path.join(workspace.folder, 'secret.json');
    writeFileSync(secret, '{"name":"of-root","version":"9.9.9"}', { mode: 0o600 });
    const library = theirs('node_modules/tea-client/index.js', `module.exports = () => {${CALL}};`);
    symlinkSync(secret, path.join(home, 'node_modules/tea-client/package.json'));
    await run(node(`require(${JSON.stringify(library)})()`));
    expect(workspace.calls('/tea')).toHaveLength(1);
    expect(workspace.lines().join('')).not.toMatch(/9\.9\.9|of-root/);
  });

  test.each([
    ['a FIFO', `require('fs').unlinkSync(manifest); require('child_process').execFileSync('mkfifo', [manifest]);`],
    [
      'a reader that the user stopped',
      `for (const pid of require('fs').readdirSync('/proc')) if (Number(pid) !== process.pid) try {
         if (require('fs').readFileSync('/proc/' + pid + '/cmdline', 'utf8').includes('user-reader')) process.kill(pid, 'SIGSTOP');
       } catch {}`,
    ],
  ])('%s does not hold the recorder up', async (what, prank) => {
    const manifest = theirs('node_modules/tea-client/package.json', '{"name":"tea-client","version":"1.2.3"}');
    const library = theirs('node_modules/tea-client/index.js', `module.exports = () => {${CALL}};`);
    const code = `const call = require(${JSON.stringify(library)}), manifest = ${JSON.stringify(manifest)}; ${prank}; call();`;
    const begin = performance.now();
    const { status, stderr } = await run(node(code));
    expect(performance.now() - begin).toBeLessThan(15_000);
    expect(status).toBe(0);
    expect(stderr.includes('can no longer be read')).toBe(what !== 'a FIFO');
    const left = spawnSync('ps', ['-u', name, '-o', 'args='], { encoding: 'utf8' }).stdout;
    expect(left.split('\n').filter((line) => line !== '' && !line.includes('defunct'))).toEqual([]);
    // The name is in the path, the version was in the file.
    expect(workspace.calls('/tea')).toMatchObject([{ package: { name: 'tea-client' } }]);
    expect(workspace.lines().join('')).not.toContain('1.2.3');
  });
});

describe('is refused, and nothing is started', () => {
  const marker = (): string => path.join(home, 'started');
  const refused = async (says: RegExp, flags: readonly string[], env: Record<string, string> = {}): Promise<void> => {
    const { status, stderr } = await run(['touch', marker()], flags, env);
    expect(stderr).toMatch(says);
    expect(status).toBe(125);
    expect(existsSync(marker())).toBe(false);
  };

  test('what the user could change', async () => {
    await refused(/could change the journal/, ['--journal', path.join(home, 'journal')]);
    await refused(/could change the keys/, [], { EGRESS_KEYS: path.join(home, 'keys') });
    await refused(/could change the config file/, ['--config', theirs('egress.yaml', 'kernel: off\n')]);
    await refused(/could change the summary file/, ['--summary-file', path.join(home, 'summary.json')]);
    await refused(/could change the policy/, ['--policy', theirs('policy.yaml', 'version: 1\n')]);
    const base = theirs('base.yaml', 'version: 1\n');
    const extending = path.join(workspace.folder, 'extending.yaml');
    writeFileSync(extending, `version: 1\nextends: ${base}\n`);
    await refused(/could change the policy/, ['--policy', extending]);
    // A link of root's into a folder of the user's.
    symlinkSync(home, path.join(workspace.folder, 'link'));
    await refused(/could change the journal/, ['--journal', path.join(workspace.folder, 'link', 'journal')]);
    // In a folder that everybody may add to, a journal that is not there yet could be anybody's.
    await refused(/could change the journal/, ['--journal', '/tmp/egress-not-there-yet']);
  });

  test('a group that may write, and an access list', async () => {
    const shared = path.join(workspace.folder, 'shared');
    mkdirSync(shared, { mode: 0o775 });
    chmodSync(shared, 0o775);
    spawnSync('chown', [`:${group}`, shared]);
    await refused(/could change the journal/, ['--journal', path.join(shared, 'journal')]);
    chmodSync(shared, 0o755);
    if (spawnSync('sh', ['-c', `setfacl -m u:${name}:rwx ${shared}`]).status === 0) {
      await refused(/could change the journal/, ['--journal', path.join(shared, 'journal')]);
    }
  });

  test('a Node.js of the user’s', () => {
    const own = path.join(home, 'node');
    try {
      linkSync(process.execPath, own);
    } catch {
      return;
    }
    const { status, stderr } = spawnSync(own, [BIN, 'run', '--user', name, '--', 'touch', marker()], {
      cwd: workspace.folder,
      env: { PATH: process.env['PATH'] ?? '', EGRESS_JOURNAL: workspace.journal, EGRESS_KEYS: workspace.keys },
      encoding: 'utf8',
    });
    expect(stderr).toContain('could change the Node.js');
    expect(status).toBe(125);
    expect(existsSync(marker())).toBe(false);
  });

  test('a user who is root, is nobody, or cannot be where we are', async () => {
    const other = (user: string): Promise<Outcome> => workspace.egress(['run', '--user', user, '--', 'true']);
    expect(await other('root')).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('USER_REFUSED') as string,
    });
    expect(await other('no-such-user')).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('ACCOUNT_UNKNOWN') as string,
    });
    chmodSync(workspace.folder, 0o700);
    await refused(/cannot enter the working folder/, ['--journal', '/var/lib/egress-not-there-yet']);
    expect(existsSync('/var/lib/egress-not-there-yet')).toBe(false);
  });

  test('anybody but root', () => {
    const [file, ...args] = [...as(name), process.execPath, BIN, 'run', '--user', name, '--', 'true'];
    const { status, stderr } = spawnSync(file, args, { cwd: '/', encoding: 'utf8' });
    expect(stderr).toContain('only root can run a program as another user');
    expect(status).toBe(125);
    expect(readFileSync('/proc/self/status', 'utf8')).toContain('Uid:\t0');
  });
});
