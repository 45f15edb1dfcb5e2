import { describe, expect, it } from 'vitest';
import { codePath, installedPath, isPackageName } from '../../../src/attribution/code-path.js';

describe('codePath', () => {
  it.each([
    ['/app/src/a.js', '/app/src/a.js'],
    ['file:///app/src/a%20b.mjs', '/app/src/a b.mjs'],
    ['file:///app/src/a.mjs?t=17#x', '/app/src/a.mjs'],
    ['/app/src/../../etc/a.js', '/etc/a.js'],
  ])('%s is a file', (name, file) => {
    expect(codePath(name)).toBe(file);
  });

  it.each([
    'node:net',
    'evalmachine.<anonymous>',
    '<anonymous>',
    '[eval]',
    '',
    'eval at run (/app/a.js:1:1), <anonymous>',
    'app/relative.js',
    'C:\\app\\a.js',
    'file:///C%3A%2Fapp',
    'file:///app/%00.js',
    'file:///%E0%A4%A',
    'file://host/share/a.js',
    'https://cdn.example/a.js',
    '/app/\0.js',
  ])('%j is none', (name) => {
    expect(codePath(name)).toBeUndefined();
  });
});

it('takes no path that is longer than Linux allows', () => {
  expect(codePath(`/${'a'.repeat(4_095)}`)).toBeDefined();
  expect(codePath(`/${'a'.repeat(4_096)}`)).toBeUndefined();
});

describe('installedPath', () => {
  it.each([
    ['/app/node_modules/axios/lib/a.js', 'axios', '/app/node_modules/axios'],
    ['/app/node_modules/@acme/sdk/a.js', '@acme/sdk', '/app/node_modules/@acme/sdk'],
    ['/app/node_modules/a/node_modules/b/i.js', 'b', '/app/node_modules/a/node_modules/b'],
    [
      '/app/node_modules/.pnpm/@acme+sdk@1.0.0/node_modules/@acme/sdk/a.js',
      '@acme/sdk',
      '/app/node_modules/.pnpm/@acme+sdk@1.0.0/node_modules/@acme/sdk',
    ],
  ])('%s', (file, name, root) => {
    expect(installedPath(file)).toEqual({ name, root });
  });

  it.each([
    '/app/src/a.js',
    '/app/node_modules/loose.js',
    '/app/node_modules/.prisma/client/index.js',
    '/app/node_modules/@acme/loose.js',
    '/app/node_modules/a b/i.js',
    '/app/node_modules/../i.js',
    '/app/node_modules//i.js',
    `/app/node_modules/${'a'.repeat(215)}/i.js`,
  ])('%s is in no package', (file) => {
    expect(installedPath(file)).toBeUndefined();
  });
});

it('takes npm names, old and new', () => {
  for (const name of ['a', 'JSONStream', '@a/b', 'lodash.get', 'x-y_z', '@a/.b'])
    expect(isPackageName(name), name).toBe(true);
  for (const name of ['', '.a', '_a', '@a', '@/b', '@a/', 'a/b', '@a/b/c', 'é', 'a\n', '\u001b[2J']) {
    expect(isPackageName(name), name).toBe(false);
  }
});
