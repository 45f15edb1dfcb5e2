import path from 'node:path';
import { expect, test } from 'vitest';
import { codeFile } from '../../../src/hooks/caller/code-file.js';

const here = process.cwd();

test.each([
  ['webpack-internal:///(rsc)/./app/page.js', path.join(here, 'app/page.js')],
  ['webpack-internal:///./src/index.js?1f0c', path.join(here, 'src/index.js')],
  [
    'webpack-internal:///(ssr)/../node_modules/axios/lib/axios.js',
    path.join(here, '../node_modules/axios/lib/axios.js'),
  ],
  ['webpack-internal:///(rsc)/./app/[id]/(group)/page.js', path.join(here, 'app/[id]/(group)/page.js')],
  ['file:///srv/a%20b.mjs?v=1', '/srv/a b.mjs'],
  ['/srv/app.js', '/srv/app.js'],
  // Nothing that a file can be told from.
  ['webpack-internal:///external%20commonjs%20%22fs%22', 'webpack-internal:///external%20commonjs%20%22fs%22'],
  ['file:///a%2Fb.mjs', 'file:///a%2Fb.mjs'],
  ['node:internal/fs', 'node:internal/fs'],
])('%s', (name, file) => {
  expect(codeFile(name)).toBe(file);
});
