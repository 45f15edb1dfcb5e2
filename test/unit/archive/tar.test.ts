/** Archives: what we write everybody's tar reads, and what anybody may have written leads us nowhere. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeHeader } from '../../../src/archive/tar-header.js';
import { unpackArchive } from '../../../src/archive/tar-reader.js';
import { packFiles } from '../../../src/archive/tar-writer.js';
import { EgressError } from '../../../src/core/error.js';
import { scratchFolder } from '../journal/scratch-journal.js';

const END = Buffer.alloc(1_024);
const MESSAGE = /^not a bundle: /;

function entry(name: string, content = 'x', change?: (header: Buffer) => void): Buffer {
  const body = Buffer.from(content);
  const header = encodeHeader(name, body.length, 0);
  if (change !== undefined) {
    change(header);
    header.write('        ', 148, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** Unpacks bytes, and says why not. Nothing may stand outside of the folder afterwards. */
async function unpack(archive: Buffer, isGzip = false): Promise<{ why: string; files: readonly string[] }> {
  const outer = scratchFolder();
  const [file, folder] = [path.join(outer, 'archive'), path.join(outer, 'deep/er/folder')];
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, archive);
  let why = '';
  try {
    await unpackArchive(file, folder, archive.length, isGzip);
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    expect(error.code).toBe('BUNDLE_INVALID');
    expect(error.message).toMatch(MESSAGE);
    why = error.message.replace(MESSAGE, '');
  }
  expect(readdirSync(outer).sort()).toEqual(['archive', 'deep']);
  expect(readdirSync(path.join(outer, 'deep/er'))).toEqual(['folder']);
  return { why, files: readdirSync(folder, { recursive: true }).map(String).sort() };
}

describe('an archive that we write', () => {
  const sizes = [0, 1, 511, 512, 513, 300_000];
  const names = sizes.map((size) => `sub/of-${size}`);
  function sampleFolder(): string {
    const folder = scratchFolder();
    mkdirSync(path.join(folder, 'sub'));
    for (const size of sizes) writeFileSync(path.join(folder, 'sub', `of-${size}`), Buffer.alloc(size, size));
    return folder;
  }
  const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

  it('is read back, by us and by tar, and has the same bytes each time', async () => {
    const folder = sampleFolder();
    const [first, second] = [path.join(folder, 'a.tar.gz'), path.join(folder, 'b.tar.gz')];
    await packFiles(first, { folder, names, top: 'top', seconds: 1_792_499_045 });
    await packFiles(second, { folder, names, top: 'top', seconds: 1_792_499_045 });
    expect(digest(first)).toBe(digest(second));
    const [ours, theirs] = [path.join(folder, 'ours'), path.join(folder, 'theirs')];
    for (const target of [ours, theirs]) mkdirSync(target);
    await unpackArchive(first, ours, statSync(first).size, true);
    expect(spawnSync('tar', ['xzf', first, '-C', theirs]).status).toBe(0);
    for (const name of names) {
      expect(digest(path.join(ours, 'top', name))).toBe(digest(path.join(folder, name)));
      expect(digest(path.join(theirs, 'top', name))).toBe(digest(path.join(folder, name)));
    }
  });

  it('may be packed again by tar', async () => {
    const packed = spawnSync('tar', ['czf', '-', '-C', sampleFolder(), './sub'], { maxBuffer: 1 << 24 }).stdout;
    const { why, files } = await unpack(packed, true);
    expect(why).toBe('');
    expect(files).toEqual(['sub', ...names].sort());
  });
});

describe('an archive that somebody else wrote', () => {
  const named = (name: string): Buffer => Buffer.concat([entry(name), END]);
  it.each([
    '../evil',
    '/tmp/evil',
    'a/../../evil',
    'a//b',
    'C:evil',
    'a\\b',
    '.hidden',
    '-rf',
    'a/./b',
    'bell\u0007',
    'a/b/c/d/e/f/g',
    '',
  ])('is refused for the name %j', async (name) => {
    const { why, files } = await unpack(named(name));
    expect(why).toContain('its archive has an entry with a name that no bundle has: ');
    expect(files).toEqual([]);
  });

  it.each([
    ['1', 'a hard link'],
    ['2', 'a symbolic link'],
    ['3', 'a device'],
    ['6', 'a pipe'],
    ['L', 'a long name'],
    ['x', 'an extended header'],
    ['g', 'a global header'],
    ['S', 'a sparse file'],
  ])('is refused for the type %s, %s', async (type) => {
    const link = entry('link', '', (header) => {
      header.write(type, 156, 'latin1');
      header.write('/etc/passwd', 157, 'latin1');
    });
    const { why, files } = await unpack(Buffer.concat([link, END]));
    expect(why).toContain('its archive holds a link, a device or a header of a later tar: ');
    expect(files).toEqual([]);
  });

  const folderEntry = (name: string): Buffer => entry(name, '', (header) => header.write('5', 156, 'latin1'));
  it.each([
    ['a file twice', [entry('a'), entry('a'), END], 'its archive holds a file twice: a'],
    ['a name in two cases', [entry('a/b'), entry('A/B'), END], 'its archive holds a file twice: A/B'],
    ['a file that is a folder', [entry('a'), entry('a/b'), END], 'its archive holds a name twice'],
    ['a folder that is a file', [folderEntry('a'), entry('a'), END], 'its archive holds a name twice'],
    ['something behind its end', [entry('a'), END, entry('b')], 'something stands behind the end of its archive'],
    ['no end', [entry('a')], 'its archive ends in the middle'],
    ['half a file', [entry('a', 'x'.repeat(900)).subarray(0, 700)], 'its archive ends in the middle'],
    ['nothing', [], 'its archive ends in the middle'],
    ['noise', [Buffer.alloc(2_048, 7)], 'its archive is damaged, or is no tar archive'],
    ['a wrong checksum', [entry('a').fill(0x42, 0, 1), END], 'its archive is damaged, or is no tar archive'],
    [
      'a negative size',
      [entry('a', '', (header) => header.fill(0xff, 124, 136)), END],
      'its archive has an entry with a malformed header',
    ],
  ])('is refused for %s', async (_what, parts, message) => {
    expect((await unpack(Buffer.concat(parts))).why).toBe(message);
  });

  it('does not fill the disk: a file, an end and a claim that are larger than any journal', async () => {
    const bomb = gzipSync(Buffer.concat([entry('a', '0'.repeat(70 << 20)), END]));
    expect(bomb.length).toBeLessThan(200_000);
    const expected = 'its archive unpacks to more than 67108864 bytes, which no journal does';
    expect((await unpack(bomb, true)).why).toBe(expected);
    expect((await unpack(gzipSync(Buffer.concat([entry('a'), Buffer.alloc(70 << 20)])), true)).why).toBe(expected);
    const claim = entry('a', '', (header) => header.write('77777777777\0', 124, 'latin1'));
    expect((await unpack(Buffer.concat([claim, END]))).why).toBe('its archive ends in the middle');
  });

  it('is refused where the compression is damaged or cut', async () => {
    const good = gzipSync(Buffer.concat([entry('a'), END]));
    expect((await unpack(good, true)).why).toBe('');
    expect((await unpack(good.subarray(0, 40), true)).why).toBe('its archive is damaged (Z_BUF_ERROR)');
    const broken = Buffer.from(good).fill(0xff, 12, 30);
    expect((await unpack(broken, true)).why).toBe('its archive is damaged (Z_DATA_ERROR)');
    expect(existsSync('/tmp/evil')).toBe(false);
  });
});
