import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fileSystem, makeFolders } from '../../../src/keys/file-system.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';

test('folders are made with those above them, once, also beyond a link', () => {
  const folder = temporaryFolder();
  expect(makeFolders(fileSystem, path.join(folder, 'a/b/c'), 0o750)).toBe(true);
  expect(makeFolders(fileSystem, path.join(folder, 'a/b/c'), 0o750)).toBe(false);
  symlinkSync('a', path.join(folder, 'link'));
  expect(makeFolders(fileSystem, path.join(folder, 'link/d'), 0o750)).toBe(true);
  expect(makeFolders(fileSystem, path.join(folder, 'link'), 0o750)).toBe(false);
});

test('what is no folder is in the way', () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'file'), '');
  symlinkSync('nowhere', path.join(folder, 'dangling'));
  expect(() => makeFolders(fileSystem, path.join(folder, 'file'), 0o750)).toThrow('EEXIST');
  expect(() => makeFolders(fileSystem, path.join(folder, 'file/below'), 0o750)).toThrow('ENOTDIR');
  expect(() => makeFolders(fileSystem, path.join(folder, 'dangling'), 0o750)).toThrow('EEXIST');
});

// Node's own `recursive` never comes back from there (20.20).
test.runIf(existsSync('/proc/self'))('a file system that makes nothing ends the attempt', () => {
  expect(() => makeFolders(fileSystem, '/proc/journal/keys', 0o750)).toThrow('ENOENT');
});
