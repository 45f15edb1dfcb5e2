/** Officers before a real terminal: a passphrase is typed, unseen, or cannot be asked for; a body is shown, not obeyed. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { OfficerWorkspace, PASSPHRASE, why } from '../fixtures/officer-workspace.js';
import { Terminal } from '../fixtures/terminal.js';

let workspace: OfficerWorkspace;
const open: Terminal[] = [];
const env = (): Record<string, string> => {
  return { EGRESS_JOURNAL: workspace.journal, EGRESS_KEYS: workspace.keys };
};
function terminal(...args: readonly string[]): Terminal {
  const started = new Terminal(args, { cwd: workspace.folder, env: env() });
  open.push(started);
  return started;
}
const disable = (): Terminal =>
  terminal('forensics', 'disable', ...why, '--keyring', 'alice.keys', '--out', `statement-${open.length}`);

beforeAll(async () => {
  workspace = await OfficerWorkspace.open();
});
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
afterAll(() => {
  workspace.remove();
});

test('a new keyring asks twice, shows nothing of it, and opens by what was typed', async () => {
  const made = terminal('officer', 'init', 'bob.keys', '--name', 'bob');
  await made.see('Passphrase for the new keyring:');
  made.press('correx', 'backspace', 'ct horse', 'enter');
  await made.see('Once more:');
  made.press('correct horse', 'enter');
  expect((await made.ended()).code).toBe(0);
  expect(made.text()).toContain('keyring of bob');
  expect(made.output).not.toContain('horse');
  const opened = terminal('forensics', 'disable', ...why, '--keyring', 'bob.keys', '--out', 'by-bob');
  await opened.see('Passphrase of bob.keys:');
  opened.press('correct horse', 'enter');
  expect((await opened.ended()).code).toBe(0);
  expect(readFileSync(path.join(workspace.folder, 'by-bob'), 'utf8')).toContain('forensics.disable');
});

test.each([
  ['another the second time', ['correct horse', 'enter', 'correct hearse', 'enter'], 'the two are not the same'],
  ['a short one', ['short', 'enter', 'short', 'enter'], 'fewer than 8 characters'],
  ['none', ['enter', 'enter'], 'fewer than 8 characters'],
  ['Ctrl-C', ['correct', 'ctrlC'], 'no passphrase was given'],
])('a new keyring is not made of %s', async (_name, keys, says) => {
  const made = terminal('officer', 'init', 'nobody.keys', '--name', 'nobody');
  await made.see('Passphrase for the new keyring:');
  for (const [index, key] of keys.entries()) {
    made.press(key);
    // What is typed before it is asked for would be nobody's answer.
    if (key === 'enter' && index < keys.length - 1) await made.see('Once more:');
  }
  expect((await made.ended()).code).toBe(2);
  expect(made.text().replaceAll('\n', ' ')).toContain(says);
  expect(existsSync(path.join(workspace.folder, 'nobody.keys'))).toBe(false);
});

test.each([
  ['wrong', ['wrong horse', 'enter'], 'does not open alice.keys', 3],
  ['empty', ['enter'], 'does not open alice.keys', 3],
  ['given up by Ctrl-C', ['cor', 'ctrlC'], 'no passphrase was given', 2],
  ['given up by Ctrl-D', ['\x04'], 'no passphrase was given', 2],
])('one that is %s signs nothing, and the terminal is as it was', async (_name, keys, says, code) => {
  const shell = new Terminal([], {
    ...{ cwd: workspace.folder, env: env() },
    shell: `$EGRESS forensics disable ${why[0]} x --keyring alice.keys --out never; echo "ended $?"; stty -a`,
  });
  open.push(shell);
  await shell.see('Passphrase of alice.keys:');
  shell.press(...keys);
  await shell.ended();
  const text = shell.text().replaceAll('\n', ' ');
  expect(text).toContain(says);
  expect(text).toContain(`ended ${code}`);
  expect(text).toMatch(/ icanon /);
  expect(text).toMatch(/ echo /);
  expect(existsSync(path.join(workspace.folder, 'never'))).toBe(false);
});

test('the right one, typed, signs', async () => {
  const signing = disable();
  await signing.see('Passphrase of alice.keys:');
  signing.press(PASSPHRASE, 'enter');
  expect((await signing.ended()).code).toBe(0);
  expect(signing.output).not.toContain('horse');
});

test('a body is shown, and the terminal obeys nothing of it; elsewhere it comes out to the byte', async () => {
  const hostile = 'one\n\x1b]0;owned\x07\x1b[2Jtwo \u202eevil';
  const id = await workspace.body(hostile);
  const reading = terminal('forensics', 'read', id, ...why, '--keyring', 'alice.keys');
  await reading.see('Passphrase of alice.keys:');
  reading.press(PASSPHRASE, 'enter');
  expect((await reading.ended()).code).toBe(0);
  for (const obeyed of ['\x1b]0', '\x1b[2J', '\u202e']) expect(reading.output).not.toContain(obeyed);
  expect(reading.text()).toContain('\\x1b]0;owned\\x07\\x1b[2Jtwo \\u202eevil');
  expect((await workspace.officer(['forensics', 'read', id, ...why])).stdout).toBe(hostile);
});

test('where nobody can be asked, it says how else to give it', async () => {
  const args = ['forensics', 'disable', ...why, '--keyring', 'alice.keys', '--out', 'never'];
  const { status, stderr } = await workspace.egress(args);
  expect(status).toBe(2);
  expect(stderr).toContain('there is no terminal to ask on');
  expect(stderr).toContain('--passphrase-file FILE');
  expect(existsSync(path.join(workspace.folder, 'never'))).toBe(false);
});
