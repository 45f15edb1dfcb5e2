/** Completion as somebody at a shell has it: real bash and zsh in a terminal, real keys. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Terminal } from '../fixtures/terminal.js';

const hasZsh = spawnSync('zsh', ['-c', 'true']).status === 0;
if (!hasZsh) process.stderr.write('completion: zsh is skipped, it is not installed (apt-get install zsh)\n');

const PROMPT = 'here:';

/** A shell without anybody's own settings, that has taken the completion in. */
async function shell(command: string, setUp: string): Promise<Terminal> {
  const env = { PS1: PROMPT, PROMPT };
  const terminal = new Terminal([], { shell: `exec ${command}`, env, columns: 100 });
  for (const name of ['evidence.tar.gz', 'server.js']) writeFileSync(path.join(terminal.folder, name), '');
  await terminal.see(PROMPT);
  terminal.press(`${setUp}; echo it is "ready"`, 'enter');
  await terminal.see('it is ready');
  return terminal;
}

/** Types on an empty line of an empty screen. */
async function type(terminal: Terminal, ...keys: readonly string[]): Promise<void> {
  terminal.press('\x15', '\x0c'); // ctrl-u, ctrl-l
  await terminal.see((text) => text === PROMPT);
  terminal.press(...keys);
}

const CASES: readonly (readonly [typed: string, completed: string])[] = [
  ['egress ver', 'egress verify'],
  ['egress policy che', 'egress policy check'],
  ['egress verify --expect-h', 'egress verify --expect-head'],
  ['egress policy check x --form', 'egress policy check x --format'],
  ['egress policy check --format sa', 'egress policy check --format sarif'],
  ['egress policy check --format=sa', 'egress policy check --format=sarif'],
  ['egress log -o ver', 'egress log -o verbose'],
  ['egress verify evid', 'egress verify evidence.tar.gz'],
  ['egress verify --head evid', 'egress verify --head evidence.tar.gz'],
  ['egress help exi', 'egress help exit-codes'],
  ['egress completion z', 'egress completion zsh'],
  ['egress init --no-p', 'egress init --no-policy'],
  // Another program's command line.
  ['egress run -- basenam', 'egress run -- basename'],
  ['egress run --user app -- cat serv', 'egress run --user app -- cat server.js'],
];

describe.each([
  { name: 'bash', command: 'bash --norc --noprofile -i', setUp: 'source <($EGRESS completion bash)', runs: true },
  {
    name: 'zsh',
    command: 'zsh -f -i',
    setUp: 'autoload -Uz compinit && compinit -D -u && source <(${=EGRESS} completion zsh)',
    runs: hasZsh,
  },
])('$name', ({ command, setUp, runs }) => {
  test
    .runIf(runs)
    .concurrent('completes commands, flags, their values, files, and another program’s line', async () => {
      const terminal = await shell(command, setUp);
      try {
        for (const [typed, wanted] of CASES) {
          await type(terminal, typed, 'tab');
          await terminal.see((text) => text === `${PROMPT}${wanted}`);
        }
        await type(terminal, 'egress policy ', 'tab', 'tab');
        await terminal.see(/check\s[^]*explain\s[^]*learn/);
        await type(terminal, 'egress head --', 'tab', 'tab');
        expect(await terminal.see(/--color[^]*--journal[^]*--out/)).not.toContain('--expect-head');
      } finally {
        terminal.close();
        rmSync(terminal.folder, { recursive: true, force: true });
      }
    });
});
