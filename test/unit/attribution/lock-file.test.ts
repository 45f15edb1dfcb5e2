import { describe, expect, it } from 'vitest';
import { localFiles } from '../../../src/attribution/file-reader.js';
import { LockFiles } from '../../../src/attribution/lock-file.js';
import { makeTree } from './tree.js';

function locked(packages: unknown) {
  const root = makeTree({ 'package-lock.json': { lockfileVersion: 3, packages } });
  const locks = new LockFiles(localFiles);
  const only = (folder: string) => locks.onlyDependent(`${root}/${folder}`)?.slice(root.length + 1);
  const way = (folder: string) => locks.wayTo(`${root}/${folder}`)?.map((one) => one.slice(root.length + 1));
  return { root, only, way };
}

describe('LockFiles.onlyDependent', () => {
  it('names the only package that depends on another', () => {
    const { only } = locked({
      '': { dependencies: { mailer: '1' } },
      'node_modules/mailer': { dependencies: { nodemailer: '1' } },
      'node_modules/nodemailer': {},
    });
    expect(only('node_modules/nodemailer')).toBe('node_modules/mailer');
  });

  it('counts the project itself, in every kind of dependency', () => {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
      const { only } = locked({ '': { [kind]: { got: '1' } }, 'node_modules/got': {} });
      expect(only('node_modules/got'), kind).toBe('');
    }
  });

  it('never picks one of several', () => {
    const { only } = locked({
      '': { dependencies: { got: '1' } },
      'node_modules/a': { dependencies: { got: '1' } },
      'node_modules/got': {},
    });
    expect(only('node_modules/got')).toBeUndefined();
  });

  it('tells nested copies apart', () => {
    const { only } = locked({
      '': { dependencies: { a: '1', got: '2' } },
      'node_modules/a': { dependencies: { got: '1' } },
      'node_modules/a/node_modules/got': {},
      'node_modules/got': {},
    });
    expect(only('node_modules/a/node_modules/got')).toBe('node_modules/a');
    expect(only('node_modules/got')).toBe('');
  });

  it.each([null, [], 'x', { '': null, a: 7, b: { dependencies: 'x' } }])('survives %j', (packages) => {
    expect(locked(packages).only('node_modules/got')).toBeUndefined();
  });

  it('knows nothing without a lock file, and outside of node_modules', () => {
    const locks = new LockFiles(localFiles);
    expect(locks.onlyDependent(`${makeTree({ a: 'x' })}/node_modules/got`)).toBeUndefined();
    expect(locks.onlyDependent('/app/src')).toBeUndefined();
  });

  it('does not spend long on a hostile lock file', () => {
    const deep = 'd/'.repeat(500);
    const dependencies = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`x${i}`, '1']));
    const started = performance.now();
    const { only } = locked({ [deep]: { dependencies }, '': { dependencies: { got: '1' } }, 'node_modules/got': {} });
    expect(only('node_modules/got')).toBeUndefined();
    // Without a limit these are ten million look-ups on long keys; with it one million: seconds apart on any machine.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('LockFiles.wayTo', () => {
  const shop = {
    '': { dependencies: { a: '1', b: '1' }, devDependencies: { tool: '1' } },
    'node_modules/a': { dependencies: { deep: '1' } },
    'node_modules/b': { dependencies: { c: '1' } },
    'node_modules/c': { dependencies: { deep: '2', b: '1' } },
    'node_modules/c/node_modules/deep': {},
    'node_modules/deep': {},
    'node_modules/tool': {},
    'node_modules/stray': {},
    'node_modules/@shop/page': { resolved: 'packages/page', link: true },
    'packages/page': { dependencies: { paint: '1' } },
    'node_modules/paint': { dependencies: { brush: '1' } },
    'node_modules/brush': {},
  };

  it.each([
    ['node_modules/a', []],
    ['node_modules/tool', []],
    ['node_modules/deep', ['node_modules/a']],
    ['node_modules/c/node_modules/deep', ['node_modules/b', 'node_modules/c']],
    ['node_modules/brush', ['node_modules/paint']],
    ['node_modules/stray', undefined],
    ['node_modules/nowhere', undefined],
    ['src', undefined],
  ])('%s', (folder, expected) => {
    expect(locked(shop).way(folder)).toEqual(expected);
  });

  it('takes the shortest of several ways, and ends where packages depend on each other', () => {
    const { way } = locked({
      '': { dependencies: { long: '1', short: '1' } },
      'node_modules/long': { dependencies: { between: '1' } },
      'node_modules/between': { dependencies: { got: '1', long: '1' } },
      'node_modules/short': { dependencies: { got: '1' } },
      'node_modules/got': { dependencies: { between: '1' } },
    });
    expect(way('node_modules/got')).toEqual(['node_modules/short']);
  });
});
