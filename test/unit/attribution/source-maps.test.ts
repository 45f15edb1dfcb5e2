import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { localFiles } from '../../../src/attribution/file-reader.js';
import { SourceMaps } from '../../../src/attribution/source-maps.js';
import { makeTree, packageFiles } from './tree.js';

/** Mappings of one segment: generated 1:1 comes from line 1, column 1 of the first source. */
const FIRST = 'AAAA';

function mapsIn(files: Readonly<Record<string, string | object>>) {
  const root = makeTree(files);
  const maps = new SourceMaps(localFiles, () => root);
  const original = (file: string, line = 1, column = 1) => {
    const position = maps.original(`${root}/${file}`, line, column);
    return { ...position, file: path.relative(root, position.file) };
  };
  return { root, original };
}

describe('SourceMaps', () => {
  it.each([
    ['a relative source', { sources: ['../src/a.ts'] }, 'src/a.ts'],
    ['a source root', { sources: ['a.ts'], sourceRoot: '../src' }, 'src/a.ts'],
    ['a source of webpack', { sources: ['webpack://shop/./src/a.ts'] }, 'src/a.ts'],
    ['a package in a bundle of webpack', { sources: ['webpack:///node_modules/a/i.js'] }, 'node_modules/a/i.js'],
  ])('follows %s', (_, map, expected) => {
    const { original } = mapsIn({
      'dist/a.js': 'call();\n//# sourceMappingURL=a%20b.map\n',
      'dist/a b.map': { version: 3, mappings: FIRST, ...map },
    });
    expect(original('dist/a.js')).toEqual({ file: expected, line: 1 });
  });

  it('follows an inline map, an absolute file URL and the sections of an index map', () => {
    const { root } = mapsIn({});
    const part = { version: 3, sources: [`file://${root}/x%20y.ts`], mappings: FIRST };
    const index = { version: 3, sections: [{ offset: { line: 0, column: 0 }, map: part }] };
    for (const map of [part, index]) {
      const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
      const { root: other } = mapsIn({ 'a.js': `call();\n//# sourceMappingURL=${url}` });
      expect(new SourceMaps(localFiles, () => other).original(`${other}/a.js`, 1, 1).file).toBe(`${root}/x y.ts`);
    }
  });

  it('leaves a script without a map alone', () => {
    const { original } = mapsIn({ 'a.js': 'const x = "//# sourceMappingURL=a.map";\ncall();\n', 'a.map': '{}' });
    expect(original('a.js', 2, 3)).toEqual({ file: 'a.js', line: 2 });
    expect(original('none.js', 2, 3)).toEqual({ file: 'none.js', line: 2 });
  });

  it('uses no map that a package ships', () => {
    const { original } = mapsIn({
      'node_modules/evil/i.js': 'call();\n//# sourceMappingURL=i.map',
      'node_modules/evil/i.map': { version: 3, sources: ['../stripe/i.js'], mappings: FIRST },
    });
    expect(original('node_modules/evil/i.js')).toEqual({ file: 'node_modules/evil/i.js', line: 1 });
  });

  it.each([
    ['missing', 'a.map', undefined],
    ['no JSON', 'a.map', '{'],
    ['null', 'a.map', 'null'],
    ['without sources', 'a.map', { version: 3, mappings: FIRST }],
    ['with an array-like of sources', 'a.map', { version: 3, sources: { length: 4_000_000_000 }, mappings: FIRST }],
    ['with sections that are none', 'a.map', { version: 3, sections: [7] }],
    ['with a nameless source', 'a.map', { version: 3, sources: [null], mappings: FIRST }],
    [
      'with a source of another scheme',
      'a.map',
      { version: 3, sources: ['https://cdn.example/a.js'], mappings: FIRST },
    ],
    ['that does not map the position', 'a.map', { version: 3, sources: ['a.ts'], mappings: '' }],
    ['in another folder', '../a.map', { version: 3, sources: ['a.ts'], mappings: FIRST }],
    ['by an absolute path', '/etc/hostname', undefined],
    ['on a server', 'https://cdn.example/a.map', undefined],
    ['broken URL', 'http://[', undefined],
  ])('says that it is lost when the map is %s', (_, url, map) => {
    const { original } = mapsIn({
      'dist/a.js': `call();\n//# sourceMappingURL=${url}`,
      ...(map !== undefined && { 'dist/a.map': map, 'a.map': map }),
    });
    expect(original('dist/a.js', 1, 1)).toEqual({ file: 'dist/a.js', line: 1, lost: true });
  });

  it('refuses more mappings than a run may hold, before decoding them', () => {
    const files = {
      'big.js': '//# sourceMappingURL=big.map',
      'big.map': { version: 3, sources: ['a.ts'], mappings: ',AAAA'.repeat(2_000_001) },
      'small.js': '//# sourceMappingURL=small.map',
      'small.map': { version: 3, sources: ['b.ts'], mappings: FIRST },
    };
    const { original } = mapsIn(files);
    expect(original('big.js')).toMatchObject({ lost: true });
    expect(original('small.js')).toEqual({ file: 'b.ts', line: 1 });
  });
});

describe.each(['external', 'inline'] as const)('a bundle of esbuild with its map %s, run for real', (sourcemap) => {
  it('leads each frame back to its file and line', async () => {
    const root = makeTree({
      ...packageFiles('.', 'shop'),
      'src/main.ts': `import { send } from 'vendor';\n\ninterface Order { id: number }\nfunction checkout(order: Order): void {\n  send(order.id);\n}\ncheckout({ id: 1 });\n`,
      ...packageFiles('node_modules/vendor', 'vendor', '2.0.0'),
      'node_modules/vendor/index.js':
        '// first line\n// second line\nexports.send = function send(id) { process.stdout.write(new Error(String(id)).stack); };\n',
    });
    await build({
      entryPoints: [`${root}/src/main.ts`],
      outfile: `${root}/dist/bundle.js`,
      bundle: true,
      platform: 'node',
      minify: true,
      sourcemap: sourcemap === 'inline' ? 'inline' : true,
      sourcesContent: true,
    });
    expect(readFileSync(`${root}/dist/bundle.js`, 'utf8')).not.toContain('first line');
    const stack = execFileSync(process.execPath, [`${root}/dist/bundle.js`], { encoding: 'utf8' });
    const maps = new SourceMaps(localFiles, () => root);
    const positions = [...stack.matchAll(/(\/[^\s()]*bundle\.js):(\d+):(\d+)/g)].map(([, file, line, column]) =>
      maps.original(file ?? '', Number(line), Number(column)),
    );
    expect(positions.slice(0, 3)).toEqual([
      { file: `${root}/node_modules/vendor/index.js`, line: 3 },
      { file: `${root}/src/main.ts`, line: 5 },
      { file: `${root}/src/main.ts`, line: 7 },
    ]);
  });
});
