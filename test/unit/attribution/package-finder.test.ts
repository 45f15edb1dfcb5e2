import { describe, expect, it } from 'vitest';
import { localFiles } from '../../../src/attribution/file-reader.js';
import { PackageFinder } from '../../../src/attribution/package-finder.js';
import { makeTree, packageFiles } from './tree.js';

function finderIn(files: Readonly<Record<string, string | object>>) {
  const root = makeTree(files);
  const finder = new PackageFinder(localFiles, root);
  return { root, find: (file: string) => finder.find(`${root}/${file}`) };
}

describe('PackageFinder', () => {
  it('reads name and version of an installed package from its root, not from folders inside it', () => {
    const { root, find } = finderIn({
      ...packageFiles('node_modules/@acme/sdk', '@acme/sdk', '2.1.0'),
      'node_modules/@acme/sdk/dist/esm/package.json': { type: 'module', name: 'elsewhere', version: '9.9.9' },
    });
    expect(find('node_modules/@acme/sdk/dist/esm/index.js')).toEqual({
      name: '@acme/sdk',
      version: '2.1.0',
      root: `${root}/node_modules/@acme/sdk`,
      firstParty: false,
      documented: true,
    });
  });

  it('takes the version of the copy that made the call', () => {
    const { find } = finderIn({
      ...packageFiles('node_modules/ms', 'ms', '3.0.0'),
      ...packageFiles('node_modules/debug/node_modules/ms', 'ms', '2.0.0'),
    });
    expect(find('node_modules/debug/node_modules/ms/index.js')?.version).toBe('2.0.0');
    expect(find('node_modules/ms/index.js')?.version).toBe('3.0.0');
  });

  it('claims neither version nor purl where package.json names another package', () => {
    const { find } = finderIn(packageFiles('node_modules/evil', 'axios', '1.0.0'));
    expect(find('node_modules/evil/index.js')).toMatchObject({ name: 'evil', documented: false });
    expect(find('node_modules/evil/index.js')).not.toHaveProperty('version');
  });

  it.each([
    '',
    'null',
    '[]',
    '{',
    '{"name":7,"version":{}}',
    JSON.stringify({ name: 'a', version: '1.0.0\u001b[2J' }),
    '"x"',
  ])('survives a package.json of %j', (content) => {
    const { find } = finderIn({ 'node_modules/a/package.json': content, 'node_modules/a/index.js': '' });
    expect(find('node_modules/a/index.js')).not.toHaveProperty('version');
    expect(find('node_modules/a/index.js')?.name).toBe('a');
  });

  it('takes the nearest package.json with a name for the application, also above the working directory', () => {
    const { root, find } = finderIn({ ...packageFiles('.', 'shop'), 'dist/package.json': { type: 'module' } });
    expect(find('dist/a/b.js')).toEqual({ name: 'shop', version: '1.0.0', root, firstParty: true, documented: true });
    const below = new PackageFinder(localFiles, `${root}/dist`);
    expect(below.find(`${root}/dist/a.js`)?.name).toBe('shop');
  });

  it('takes a workspace for a package of its own', () => {
    const { find } = finderIn({
      ...packageFiles('.', 'mono'),
      ...packageFiles('packages/web', '@mono/web', '0.1.0'),
    });
    expect(find('packages/web/src/a.js')).toMatchObject({ name: '@mono/web', version: '0.1.0', firstParty: true });
    expect(find('scripts/a.js')).toMatchObject({ name: 'mono' });
  });

  it('names an application without any package.json by its folder', () => {
    const { root, find } = finderIn({ 'src/a.js': '' });
    const name = root.split('/').at(-1);
    expect(find('src/a.js')).toEqual({ name, root, firstParty: true, documented: false });
    const elsewhere = new PackageFinder(localFiles, '/nowhere');
    expect(elsewhere.find(`${root}/src/a.js`)?.name).toBe('src');
    expect(elsewhere.find('/a.js')?.name).toBe('/');
  });

  it('names an application with a nameless package.json by that folder', () => {
    const { root, find } = finderIn({ 'app/package.json': { private: true, version: '1.0.0' }, 'app/src/a.js': '' });
    expect(find('app/src/a.js')).toEqual({ name: 'app', root: `${root}/app`, firstParty: true, documented: false });
  });

  it('gives up after a number of folders', () => {
    const deep = 'd/'.repeat(40);
    const { find } = finderIn({ ...packageFiles('.', 'shop'), [`${deep}a.js`]: '' });
    expect(find(`${deep}a.js`)?.name).not.toBe('shop');
    expect(find(`${'d/'.repeat(31)}a.js`)?.name).toBe('shop');
  });
});
