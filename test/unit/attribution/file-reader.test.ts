import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LimitedReader, localFiles } from '../../../src/attribution/file-reader.js';
import { makeTree } from './tree.js';

describe('localFiles', () => {
  it('reads a regular file, also through a link, up to the limit and not beyond', () => {
    const root = makeTree({ 'a.txt': 'grüße', b: '->a.txt' });
    expect(localFiles.readText(`${root}/a.txt`, 7)).toBe('grüße');
    expect(localFiles.readText(`${root}/b`, 100)).toBe('grüße');
    expect(localFiles.readText(`${root}/a.txt`, 6)).toBeUndefined();
  });

  it('does not wait for a FIFO and opens neither devices nor folders', () => {
    const root = makeTree({ loop: '->loop' });
    execFileSync('mkfifo', [`${root}/package.json`]);
    for (const file of [
      `${root}/package.json`,
      root,
      `${root}/none`,
      `${root}/loop`,
      '/dev/zero',
      '/proc/self/stat',
      'a\0b',
    ]) {
      expect(localFiles.readText(file, 1_000), file).toBeUndefined();
    }
  });
});

it('does not even open what is no regular file', async () => {
  const fifo = `${makeTree({ a: 'a' })}/package.json`;
  execFileSync('mkfifo', [fifo]);
  // Waits until somebody opens the other end.
  const writer = spawn('sh', ['-c', 'echo x > "$0"', fifo], { stdio: 'ignore' });
  await once(writer, 'spawn');
  await delay(100);
  localFiles.readText(fifo, 1_000);
  await delay(200);
  expect(writer.exitCode).toBeNull();
  writer.kill();
});

describe('LimitedReader', () => {
  it('stops after a number of reads, failed ones included', () => {
    const root = makeTree({ a: 'a' });
    const reader = new LimitedReader(localFiles, 2, 1_000);
    expect(reader.readText(`${root}/a`, 10)).toBe('a');
    expect(reader.readText(`${root}/none`, 10)).toBeUndefined();
    expect(reader.readText(`${root}/a`, 10)).toBeUndefined();
  });

  it('stops after a number of bytes', () => {
    const root = makeTree({ a: '12345' });
    const reader = new LimitedReader(localFiles, 100, 12);
    expect(reader.readText(`${root}/a`, 10)).toBe('12345');
    expect(reader.readText(`${root}/a`, 10)).toBe('12345');
    expect(reader.readText(`${root}/a`, 10)).toBeUndefined();
  });
});
