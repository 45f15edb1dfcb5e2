import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { acquireLock } from '../../../src/system/lock.js';

const folder = mkdtempSync(path.join(tmpdir(), 'egress-lock-'));
let count = 0;
const lockFile = (): string => path.join(folder, `lock-${(count += 1)}`);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a second taker is refused and told who holds it; a released lock can be taken again', () => {
  const file = lockFile();
  const lock = acquireLock(file);
  expect(() => acquireLock(file)).toThrow(
    expect.objectContaining({
      code: 'JOURNAL_LOCKED',
      message: expect.stringContaining(`process ${process.pid} `) as string,
    }),
  );
  lock.release();
  acquireLock(file).release();
});

test.each(['', '{', '{"pid":"x"}', '\u0000'])('what stands in the file of nobody (%j) does not matter', (text) => {
  const file = lockFile();
  writeFileSync(file, text);
  acquireLock(file).release();
});

test('a lock ends with its holder, however that dies', () => {
  const file = lockFile();
  const module = path.resolve(import.meta.dirname, '../../../dist/system/lock.js');
  const code = `import { acquireLock } from ${JSON.stringify(module)}; acquireLock(process.argv[1]); process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', code, file]);
  expect(signal).toBe('SIGKILL');
  acquireLock(file).release();
});

test('a link is not followed, nor is a folder that is missing made', () => {
  const link = lockFile();
  symlinkSync(path.join(folder, 'elsewhere'), link);
  expect(() => acquireLock(link)).toThrow(expect.objectContaining({ code: 'JOURNAL_UNWRITABLE' }));
  expect(() => acquireLock(path.join(folder, 'no/lock'))).toThrow(
    expect.objectContaining({ code: 'JOURNAL_UNWRITABLE' }),
  );
});
