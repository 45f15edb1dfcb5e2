/** A program that is recorded has the terminal as if nobody were between: a real one, and the kernel observer at work. */
import { spawnSync } from 'node:child_process';
import type { Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listen } from '../fixtures/kernel-tools.js';
import { Workspace } from '../fixtures/recorded-run.js';
import { Terminal } from '../fixtures/terminal.js';

const hasBash = spawnSync('bash', ['-c', 'true']).status === 0;
/** So that the recorder has time to do something about a stopped program that it should not. */
const STOPPED_MS = 600;
const CTRL_Z = '\x1a';
const CTRL_BACKSLASH = '\x1c';

let server: Server;
let port = 0;
let workspace: Workspace;
let terminal: Terminal;
/** Where the kernel cannot be observed, the hooks alone are tried. */
let kernel = 'require';

beforeAll(async () => {
  ({ server, port } = await listen());
  const probe = new Workspace();
  if ((await probe.egress(['run', '--kernel=require', '--', 'true'])).status !== 0) {
    kernel = 'off';
    process.stderr.write('runs in a terminal: the kernel observer is left out here\n');
  }
  probe.remove();
});
afterAll(() => {
  server.close();
});
beforeEach(async ({ skip }) => {
  if (!hasBash) skip();
  workspace = new Workspace();
  const env = { EGRESS_JOURNAL: workspace.journal, EGRESS_KEYS: workspace.keys, PS1: '> ' };
  terminal = new Terminal([], { shell: 'exec bash --norc --noprofile -i', cwd: workspace.folder, env, columns: 120 });
  await terminal.see('>');
});
afterEach(() => {
  terminal.close();
  workspace.remove();
});

/** Types a command that records a program; then the shell says what it exited with. */
const record = (program: string): void => {
  terminal.press(`$EGRESS run --kernel=${kernel} -- ${program}; echo exit=$?`, 'enter');
};

describe('in a terminal', () => {
  test('the program has the terminal, its size and its process group', async () => {
    record(`sh -c 'test -t 0 && test -t 1 && test -t 2 && stty size; ps -o stat= -p $$'`);
    const text = await terminal.see('exit=0');
    expect(text).toMatch(/^24 120$/m);
    // `+`: in the foreground process group.
    expect(text).toMatch(/^S\S*\+/m);
  });

  test('Ctrl-C reaches the program once, and the recorder stays until it has ended', async () => {
    record(
      `sh -c 'trap "echo caught; n=1" INT; echo ready; while [ -z "$n" ]; do sleep 0.05; done; sleep 0.3; exit 3'`,
    );
    await terminal.see(/^ready$/m);
    terminal.press('ctrlC');
    await terminal.see('exit=3');
    expect(terminal.output.match(/caught\r?\n/g)).toHaveLength(1);
    expect(workspace.recordsOf('run.close')[0]?.exit).toEqual({ code: 3 });
  });

  test('Ctrl-C and Ctrl-\\ end a program that does nothing about them', async () => {
    for (const [key, code, signal] of [
      ['\x03', 130, 'SIGINT'],
      [CTRL_BACKSLASH, 131, 'SIGQUIT'],
    ] as const) {
      record(`sh -c 'ulimit -c 0; echo ready-${code}; exec sleep 60'`);
      await terminal.see(new RegExp(`^ready-${code}$`, 'm'));
      terminal.press(key);
      await terminal.see(`exit=${code}`);
      expect(workspace.recordsOf('run.close').at(-1)?.exit).toEqual({ signal });
    }
  });

  test('Ctrl-Z stops it, fg goes on, and what comes then is recorded', async () => {
    const call = `require("net").connect(${port}, "127.0.0.1", function () { this.end("tea"); })`;
    const code = `console.log("ready"); process.on("SIGCONT", () => console.log("going on")); process.stdin.once("data", () => { ${call}.on("close", () => process.exit()); })`;
    terminal.press(`$EGRESS run --kernel=${kernel} -- node -e '${code}'`, 'enter');
    await terminal.see(/^ready$/m);
    for (let round = 1; round <= 2; round += 1) {
      terminal.press(CTRL_Z);
      await terminal.see((text) => (text.match(/Stopped/g) ?? []).length >= round);
      await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
      terminal.press('fg', 'enter');
      await terminal.see((text) => (text.match(/^going on$/gm) ?? []).length >= round);
    }
    terminal.press('go', 'enter');
    await terminal.see('Recorded');
    terminal.press('echo exit=$?', 'enter');
    await terminal.see('exit=0');
    const rows = workspace.recordsOf('net').filter((row) => row.server?.port === port);
    expect(rows).toMatchObject([{ egress: { observer: kernel === 'off' ? 'hooks' : 'both' } }]);
    expect(workspace.gaps()).toEqual([]);
    expect((await workspace.egress(['verify'])).status).toBe(0);
  });

  test('in the background it goes on, and its end is told', async () => {
    terminal.press(`$EGRESS run --kernel=${kernel} -- sh -c 'sleep 0.5; exit 4' & wait $!; echo exit=$?`, 'enter');
    await terminal.see('exit=4');
    expect(workspace.recordsOf('run.close')[0]?.exit).toEqual({ code: 4 });
  });
});
