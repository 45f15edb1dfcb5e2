/** `egress run` as a shell sees it: it stays out of the program's way, and what the program did is in the journal. */
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { program, type Started, Workspace } from '../fixtures/recorded-run.js';

const NODE = process.execPath;
/** What a row may weigh with its newline, in full. */
const ROW_BYTES_MAX = 640;

let server: Server;
let origin: string;
let workspace: Workspace;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url !== '/hang') response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

beforeEach(() => {
  workspace = new Workspace();
});

afterEach(() => {
  workspace.remove();
});

const lastCall = (act: string, urlPath: string): string[] => [NODE, program('last-call.mjs'), act, origin + urlPath];
const script = (code: string): string[] => [NODE, '-e', code];

async function expectVerified(): Promise<void> {
  const { status, stdout } = await workspace.egress(['verify']);
  expect(stdout).toContain('VERIFIED');
  expect(status).toBe(0);
}

/** Waits for what a process leaves behind when it is not our child. */
async function eventually(check: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 100 && !check(); attempt += 1) await delay(50);
  expect(check()).toBe(true);
}

describe('the program keeps', () => {
  test('its stdout; the summary is on stderr', async () => {
    const outcome = await workspace.run(script('process.stdout.write("out\\n"); process.stderr.write("err\\n")'));
    expect(outcome).toMatchObject({ status: 0, stdout: 'out\n' });
    const [first, ...summary] = outcome.stderr.trimEnd().split('\n');
    expect(first).toBe('err');
    expect(summary.every((line) => line.startsWith('egress: '))).toBe(true);
    expect(summary[0]).toBe('egress: ! ATTENTION   no policy says what is expected');
    // The head is named as egress head prints it, so that the two can be compared by eye.
    const [, size, root] = /head #([0-9]+) (.{8})…/.exec(outcome.stderr) ?? [];
    expect((await workspace.egress(['head'])).stdout).toContain(`${size}:${root}`);
    await expectVerified();
  });

  test.each([0, 3, 255])('its exit code %i', async (code) => {
    expect((await workspace.run(script(`process.exit(${code})`))).status).toBe(code);
    expect(workspace.recordsOf('run.close')).toMatchObject([{ exit: { code } }]);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGKILL', 137],
  ])('the signal that ended it: %s', async (signal, status) => {
    expect((await workspace.run(script(`process.kill(process.pid, '${signal}')`))).status).toBe(status);
    expect(workspace.recordsOf('run.close')).toMatchObject([{ exit: { signal } }]);
  });

  test('its arguments, in order, repeated, and with a -- of their own; and its stdin', async () => {
    const args = ['--json', 'a', 'a', '--', '--wait', '--', '', 'a b', '--journal=x'];
    const { stdout } = await workspace.run([NODE, program('words.mjs'), ...args], { input: 'line 1\nline 2' });
    expect(JSON.parse(stdout)).toEqual({ args, stdin: 'line 1\nline 2', agent: false });
  });

  test('a binary stdin and stdout, byte for byte', async () => {
    const copy = script('process.stdin.pipe(process.stdout)');
    const input = Buffer.alloc(300_000, 'égress\u0000');
    const { stdout } = await workspace.run(copy, { input });
    expect(stdout).toBe(input.toString());
  });

  test('an agent of the user, which is not loaded into egress', async () => {
    const agent = program('agent.cjs');
    const log = path.join(workspace.folder, 'agent.log');
    const env = { NODE_OPTIONS: `--require ${agent}`, AGENT_LOG: log };
    const { stdout } = await workspace.run([NODE, program('words.mjs')], { env });
    expect(JSON.parse(stdout)).toMatchObject({ agent: true });
    const loaded = readFileSync(log, 'utf8').trimEnd().split('\n');
    // The outer egress is started by the shell, with the agent; it only starts itself once more without.
    expect(loaded.filter((file) => file === program('words.mjs'))).toHaveLength(1);
    expect(loaded.filter((file) => file.endsWith('run.js'))).toHaveLength(1);
    expect(loaded).toHaveLength(2);
  });

  test('the exports of a symlinked CommonJS package that is imported after a file was read', async () => {
    // Node looks at the array of the last synchronous stat there: a hook that leaves a socket in it breaks the import.
    const store = path.join(workspace.folder, 'store/lib');
    mkdirSync(store, { recursive: true });
    mkdirSync(path.join(workspace.folder, 'app/node_modules'), { recursive: true });
    writeFileSync(path.join(store, 'package.json'), '{"name":"lib","version":"1.0.0","main":"index.js"}');
    writeFileSync(path.join(store, 'index.js'), 'exports.named = "yes";');
    symlinkSync(store, path.join(workspace.folder, 'app/node_modules/lib'));
    cpSync(program('reads-first.mjs'), path.join(workspace.folder, 'app/reads-first.mjs'));
    const main = path.join(workspace.folder, 'app/main.mjs');
    writeFileSync(
      main,
      "import './reads-first.mjs';\nimport lib, { named } from 'lib';\nconsole.log(named, Object.keys(lib).join());\n",
    );
    const outcome = await workspace.run([NODE, main]);
    expect(outcome).toMatchObject({ status: 0, stdout: 'yes named\n' });
  });
});

describe('nothing is started', () => {
  const marker = (): string => path.join(workspace.folder, 'started');
  const touch = (): string[] => ['touch', marker()];

  async function expectRefusal(args: readonly string[], status: number, words: string, env = {}): Promise<void> {
    const outcome = await workspace.egress(args, { env });
    expect(outcome).toMatchObject({ status, stdout: '' });
    expect(outcome.stderr).toContain(words);
    expect(existsSync(marker())).toBe(false);
  }

  test('the marker of these tests works', async () => {
    expect((await workspace.run(touch())).status).toBe(0);
    expect(existsSync(marker())).toBe(true);
  });

  test('when the program is not found (127)', async () => {
    await expectRefusal(['run', '--', 'no-such-program'], 127, 'TARGET_NOT_FOUND');
    await expectRefusal(['run', '--', './no-such-program'], 127, 'TARGET_NOT_FOUND');
    // Before a journal is made for nothing.
    expect(existsSync(workspace.journal)).toBe(false);
  });

  test('when it is not executable (126)', async () => {
    writeFileSync(path.join(workspace.folder, 'plain'), 'text');
    await expectRefusal(['run', '--', './plain'], 126, 'TARGET_NOT_EXECUTABLE');
    await expectRefusal(['run', '--', workspace.folder], 126, 'TARGET_NOT_EXECUTABLE');
  });

  test('when its interpreter is missing (127), which only the start itself finds out', async () => {
    writeFileSync(path.join(workspace.folder, 'odd'), '#!/no/such/interpreter\n', { mode: 0o755 });
    await expectRefusal(['run', '--', './odd'], 127, 'TARGET_NOT_FOUND');
    expect(workspace.recordsOf('run.close')).toMatchObject([{ exit: { code: 127 }, counts: { calls: 0 } }]);
    await expectVerified();
  });

  test('without --, or without a program after it (125)', async () => {
    await expectRefusal(['run', ...touch()], 125, 'USAGE');
    await expectRefusal(['run', '--'], 125, 'USAGE');
    await expectRefusal(['run'], 125, 'USAGE');
  });

  test('with a mistyped flag (125)', async () => {
    await expectRefusal(['run', '--journl', 'x', '--', ...touch()], 125, '--journal');
    await expectRefusal(['run', '--wait', 'soon', '--', ...touch()], 125, 'USAGE');
    await expectRefusal(['run', 'word', '--', ...touch()], 125, 'USAGE');
  });

  test('with settings that make no sense (125)', async () => {
    await expectRefusal(['run', '--', ...touch()], 125, 'SETTINGS_INVALID', { EGRESS_REDACTION: 'none' });
  });

  test('while another run is being recorded (125), whose recorder is named', async () => {
    const first = workspace.start(['run', '--', ...lastCall('stay', '/stay')]);
    await first.said('ready');
    await expectRefusal(['run', '--', ...touch()], 125, `process ${first.child.pid ?? 0}`);
    first.child.kill('SIGTERM');
    await first.ended;
    expect((await workspace.run(touch())).status).toBe(0);
  });

  test('in a folder that holds something else (125)', async () => {
    mkdirSync(workspace.journal);
    writeFileSync(path.join(workspace.journal, 'thesis.txt'), 'mine');
    await expectRefusal(['run', '--', ...touch()], 125, 'JOURNAL_FOREIGN');
    expect(readFileSync(path.join(workspace.journal, 'thesis.txt'), 'utf8')).toBe('mine');
  });

  test('when keys cannot be stored (125)', async () => {
    const file = path.join(workspace.folder, 'file');
    writeFileSync(file, '');
    await expectRefusal(['run', '--', ...touch()], 125, 'egress: ', { EGRESS_KEYS: path.join(file, 'keys') });
  });

  test('when journal.json is damaged (125)', async () => {
    await workspace.run(['true']);
    writeFileSync(path.join(workspace.journal, 'journal.json'), '{"version":1');
    await expectRefusal(['run', '--', ...touch()], 125, 'JOURNAL_DAMAGED');
  });
});

describe('the last call is kept', () => {
  test.each([
    ['return', 0],
    ['exit', 3],
    ['throw', 1],
    ['reject', 1],
  ])('when the program ends by %s', async (act, status) => {
    expect((await workspace.run(lastCall(act, '/last'))).status).toBe(status);
    // A program that ends while the answer's last event is delivered leaves the outcome open, but not the call.
    expect(workspace.calls('/last')).toMatchObject([{ http: { response: { status_code: 200 } } }]);
    expect(workspace.gaps()).toEqual([]);
    await expectVerified();
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'when egress gets %s, which reaches the program',
    async (signal) => {
      const started = workspace.start(['run', '--', ...lastCall('stay', '/last')]);
      await started.said('ready');
      started.child.kill(signal);
      const numbers = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 };
      expect((await started.ended).status).toBe(numbers[signal]);
      expect(workspace.calls('/last')).toMatchObject([{ event: { outcome: 'success' } }]);
      expect(workspace.recordsOf('run.close')).toMatchObject([{ exit: { signal } }]);
      expect(workspace.gaps()).toEqual([]);
      await expectVerified();
    },
  );

  test('when the program is killed while it waits for an answer', async () => {
    const code = `require('node:http').get('${origin}/hang'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 200)`;
    expect((await workspace.run(script(code))).status).toBe(137);
    expect(workspace.calls('/hang')).toMatchObject([{ event: { outcome: 'unknown' } }]);
    await expectVerified();
  });

  test('or a gap says that it may be missing, when the program is killed in the same instant', async () => {
    const { port } = new URL(origin);
    const code = `setTimeout(() => { require('node:net').connect(${port}, '127.0.0.1'); process.nextTick(() => process.kill(process.pid, 'SIGKILL')); }, 100)`;
    expect((await workspace.run(script(code))).status).toBe(137);
    expect(workspace.gaps()).toMatchObject([{ reason: 'peer_vanished' }]);
    await expectVerified();
  });

  test('and an idle program that is killed leaves no gap', async () => {
    const code = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300)`;
    expect((await workspace.run(script(code))).status).toBe(137);
    expect(workspace.gaps()).toEqual([]);
    await expectVerified();
  });
});

describe('a child that is killed when it says that it is done', () => {
  test.each(['fork', 'thread'])('leaves its call and no gap (%s)', async (role) => {
    expect((await workspace.run([NODE, program('killed-worker.mjs'), role, `${origin}/${role}`])).status).toBe(0);
    expect(workspace.calls(`/${role}`)).toHaveLength(16);
    expect(workspace.gaps()).toEqual([]);
  });
});

const HOOKS_ALONE = { env: { EGRESS_KERNEL: 'off' } };

describe('who is recorded', () => {
  const descendant = (kind: string): string[] => {
    const file = program('descendant.mjs');
    return [NODE, file, file, kind, `${origin}/${kind}`];
  };

  test('code that a development build evaluates, by the package of the file it stands for', async () => {
    writeFileSync(path.join(workspace.folder, 'package.json'), '{"name":"storefront","version":"1.2.3"}');
    const source = `fetch('${origin}/evaluated')\n//# sourceURL=webpack-internal:///(rsc)/./app/page.js`;
    expect((await workspace.run(script(`eval(${JSON.stringify(source)})`))).status).toBe(0);
    expect(workspace.calls('/evaluated')).toMatchObject([{ package: { name: 'storefront' } }]);
  });

  test('a worker thread', async () => {
    const file = program('descendant.mjs');
    const code = `new (require('node:worker_threads').Worker)('${file}', { argv: ['${file}', 'call', '${origin}/worker'] })`;
    expect((await workspace.run(script(code))).status).toBe(0);
    expect(workspace.calls('/worker')).toHaveLength(1);
    expect(workspace.recordsOf('process').map(({ process }) => process.thread)).toContain(1);
    expect(workspace.gaps()).toEqual([]);
  });

  test('a child with a cleaned environment', async () => {
    expect((await workspace.run(descendant('child'))).status).toBe(0);
    expect(workspace.calls('/child')).toHaveLength(1);
    expect(workspace.gaps()).toEqual([]);
  });

  test('a worker of a cluster', async () => {
    expect((await workspace.run(descendant('cluster'))).status).toBe(0);
    expect(workspace.calls('/cluster')).toHaveLength(1);
    expect(workspace.gaps()).toEqual([]);
  });

  test('a child that is no Node process is a gap where the kernel is not observed', async () => {
    const code = "require('node:child_process').execFileSync('sh', ['-c', 'sleep 0.05; true'])";
    expect((await workspace.run(script(code), HOOKS_ALONE)).status).toBe(0);
    expect(workspace.gaps()).toMatchObject([{ reason: 'child_not_joined', count: 1, executable: 'sh' }]);
  });

  test('a program that is no Node process is a gap where the kernel is not observed', async () => {
    const { status, stderr } = await workspace.run(['true'], HOOKS_ALONE);
    expect(status).toBe(0);
    expect(stderr).toContain('! ATTENTION   1 gap (1 lost or unseen)');
    expect(workspace.gaps()).toMatchObject([{ reason: 'program_not_joined', count: 1, executable: 'true' }]);
    await expectVerified();
  });

  test('a run inside a run: by the outer one, once', async () => {
    const bin = path.resolve(import.meta.dirname, '../../bin/run.js');
    const inner = path.join(workspace.folder, 'inner');
    const command = [NODE, bin, 'run', '--journal', inner, '--', ...lastCall('exit', '/nested')];
    const { status, stderr } = await workspace.run(command);
    expect(status).toBe(3);
    expect(stderr).toContain('an outer egress run records this one');
    expect(workspace.calls('/nested')).toHaveLength(1);
    expect(workspace.gaps()).toEqual([]);
    expect(existsSync(inner)).toBe(false);
  });

  test('nobody, when recording is switched off', async () => {
    const { status, stdout, stderr } = await workspace.run(
      script("console.log(process.env.NODE_OPTIONS, 'EGRESS_SOCKET' in process.env); process.exitCode = 4"),
      { env: { EGRESS_ENABLED: 'off' } },
    );
    expect({ status, stdout }).toEqual({ status: 4, stdout: 'undefined false\n' });
    expect(stderr).toContain('recording is switched off');
    expect(existsSync(workspace.journal)).toBe(false);
  });
});

describe('the journal', () => {
  test('takes one run after another', async () => {
    await workspace.run(lastCall('return', '/first'));
    await workspace.run(lastCall('return', '/second'));
    expect(workspace.recordsOf('run.open').map(({ run }) => run.number)).toEqual([1, 2]);
    expect(workspace.calls('/first')).toHaveLength(1);
    expect(workspace.calls('/second')).toHaveLength(1);
    await expectVerified();
  });

  test('spends at most 640 bytes on a row with a path of usual length', async () => {
    await workspace.run(lastCall('return', '/v1/customers/orders/1042'));
    const rows = workspace.lines().filter((line) => line.includes('"kind":"net"'));
    expect(rows).toHaveLength(1);
    expect(Math.max(...rows.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(ROW_BYTES_MAX);
  });

  describe('of a recorder that was killed', () => {
    let orphaned: Started;

    beforeEach(async () => {
      const log = path.join(workspace.folder, 'program.log');
      const command = lastCall('linger', '/before').map((word) => `'${word}'`);
      // A shell keeps the program's output where it stays when the recorder is gone.
      const line = `${command.join(' ')} > ${log}; echo "code $?" >> ${log}`;
      orphaned = workspace.start(['run', '--', 'sh', '-c', line]);
      await eventually(() => existsSync(log) && readFileSync(log, 'utf8').includes('ready'));
      await eventually(() => workspace.calls('/before').length === 1);
      orphaned.child.kill('SIGKILL');
      await eventually(() => readFileSync(log, 'utf8').includes('code'));
      expect(readFileSync(log, 'utf8')).toBe('ready\nended by itself\ncode 0\n');
    });

    test('says so when it is verified', async () => {
      const { stdout } = await workspace.egress(['verify']);
      expect(stdout).not.toContain('✓ VERIFIED');
      expect(stdout).toMatch(/has not ended: it is being recorded, or was interrupted/);
    });

    test('is continued by the next run, which says what it found', async () => {
      await workspace.run(lastCall('return', '/after'));
      expect(workspace.recordsOf('recovered')).toMatchObject([{ recovered: { segment: 1 } }]);
      expect(workspace.calls('/before')).toHaveLength(1);
      expect(workspace.calls('/after')).toHaveLength(1);
      const { status, stdout } = await workspace.egress(['verify']);
      expect(stdout).toContain('run 1 was interrupted');
      expect(status).toBe(0);
    });
  });
});
