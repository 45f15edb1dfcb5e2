/** Style that no linter checks: sizes and names of files, words that promise too much, and traces of a workplace. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.dirname(import.meta.dirname);
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const sources = files.filter((file) => /^src\/.*\.tsx?$/.test(file));

describe('source files', () => {
  test.each(sources)('%s has at most 300 lines', (file) => {
    expect(read(file).split('\n').length).toBeLessThanOrEqual(301);
  });

  test('names are kebab-case nouns', () => {
    const bad = sources.filter((file) => {
      const name = path.basename(file).replace(/\.tsx?$/, '');
      return !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || /(^|-)(utils?|helpers?|manager|misc|common)$/.test(name);
    });
    expect(bad).toEqual([]);
  });

  test('no file re-exports others', () => {
    expect(sources.filter((file) => /^export \* from/m.test(read(file)))).toEqual([]);
  });

  test('nothing opens an inet connection', () => {
    // The hooks name these modules since they patch them; everything else of egress has no use for them.
    const bad = sources
      .filter((file) => !file.startsWith('src/hooks/'))
      .filter((file) => /from '(node:)?(http|https|http2|tls|dgram|dns|dns\/promises)'|\bfetch\(/.test(read(file)));
    expect(bad).toEqual([]);
  });
});

describe('words', () => {
  const prose = files.filter((file) => /^(README|CHANGELOG|SECURITY|CONTRIBUTING)\.md$|^docs\/.*\.md$/.test(file));

  test.each(prose)('%s promises nothing that no test can show', (file) => {
    expect(read(file).match(/tamper-proof|unhackable|forensic-grade|military-grade|100 ?% secure/gi)).toBeNull();
  });
});
