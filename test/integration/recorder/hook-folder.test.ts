/** Folders that killed recorders leave: those are removed and nothing else. Real locks and sockets, in a folder like /tmp. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HookFolder } from '../../../src/recorder/channel/hook-folder.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';

let base: string;
let own: HookFolder;

beforeEach(() => {
  base = temporaryFolder();
  chmodSync(base, 0o1777);
  vi.stubEnv('XDG_RUNTIME_DIR', undefined);
  vi.stubEnv('TMPDIR', base);
  own = HookFolder.create(false);
});
afterEach(() => {
  own.remove();
  vi.unstubAllEnvs();
});

/** A socket whose owner was killed. */
function deadSocket(file: string): void {
  const code = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  expect(spawnSync(process.execPath, ['-e', code, file]).signal).toBe('SIGKILL');
  expect(statSync(file).isSocket()).toBe(true);
}

function folder(name: string, socket?: string): string {
  const made = path.join(base, name);
  mkdirSync(made, { mode: 0o700 });
  if (socket !== undefined) deadSocket(path.join(made, socket));
  return made;
}

test('what a killed recorder left is removed, what a living one uses is not', () => {
  const [left, empty] = [folder('egress-hooks-aaaaaa', 'hooks'), folder('egress-hooks-bbbbbb')];
  const other = HookFolder.create(false);
  own.removeAbandoned();
  expect([left, empty].filter((place) => existsSync(place))).toEqual([]);
  expect(readdirSync(base).sort()).toEqual([path.basename(own.path), path.basename(other.path)].sort());
  expect(path.basename(other.path)).toMatch(/^egress-hooks-/);
  expect(statSync(other.path).mode & 0o777).toBe(0o700);
  other.remove();
  expect(readdirSync(base)).toEqual([path.basename(own.path)]);
});

test('nothing that might be somebody’s is touched', () => {
  const more = folder('egress-hooks-aaaaaa', 'hooks');
  writeFileSync(path.join(more, 'notes'), 'mine');
  writeFileSync(path.join(folder('egress-hooks-bbbbbb'), 'hooks'), 'a file');
  folder('egress-hooks-cccccc', 'other');
  folder('egress-other1', 'hooks');
  folder('elsewhere', 'hooks');
  symlinkSync('elsewhere', path.join(base, 'egress-hooks-dddddd'));
  writeFileSync(path.join(base, 'egress-hooks-eeeeee'), 'a file');
  const before = readdirSync(base, { recursive: true }).sort();
  own.removeAbandoned();
  expect(readdirSync(base, { recursive: true }).sort()).toEqual(before);
});

test('where others could put something in its place, all stays', () => {
  const left = folder('egress-hooks-aaaaaa', 'hooks');
  chmodSync(base, 0o777);
  own.removeAbandoned();
  expect(existsSync(left)).toBe(true);
});

test.runIf(process.getuid?.() === 0)('another user’s stays', () => {
  const left = folder('egress-hooks-aaaaaa', 'hooks');
  lchownSync(left, 12_345, 12_345);
  own.removeAbandoned();
  expect(existsSync(path.join(left, 'hooks'))).toBe(true);
});
