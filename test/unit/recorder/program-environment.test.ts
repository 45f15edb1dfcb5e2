import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  nodeOptions,
  untouchedEnvironment,
  programEnvironment,
} from '../../../src/recorder/program/program-environment.js';
import { requireTarget } from '../../../src/recorder/program/target.js';

test.each(['plain', 'with space', 'with "quotes"', 'with \\backslash\\', "with 'single'", 'ünïcode'])(
  'Node loads a preload from a folder %s',
  (name) => {
    const folder = mkdtempSync(path.join(tmpdir(), `egress ${name}-`));
    const preload = path.join(folder, 'preload.cjs');
    writeFileSync(preload, 'process.stdout.write("loaded ");');
    const env = { NODE_OPTIONS: nodeOptions(preload, '--no-warnings', []) };
    const { stdout, stderr } = spawnSync(process.execPath, ['-p', 'process.execArgv.length'], {
      env,
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect({ stdout, stderr }).toEqual({ stdout: 'loaded 2\n', stderr: '' });
  },
);

test('reading the preload is allowed under the permission model, and only there', () => {
  expect(nodeOptions('/p', undefined, [])).toBe('--require "/p"');
  expect(nodeOptions('/p', undefined, ['--permission'])).toBe('--require "/p" --allow-fs-read="/p"');
  expect(nodeOptions('/p', '--experimental-permission', [])).toContain(
    '--allow-fs-read="/p" --experimental-permission',
  );
  expect(nodeOptions('/p', undefined, ['--permissions'])).not.toContain('allow');
});

test('what an earlier run put there is not passed on', () => {
  const channel = { preload: '/p', socket: '/s', token: 't', settings: {} as never };
  const env = programEnvironment({ EGRESS_START: '1-0.1', EGRESS_SOCKET: '/old', A: '1' }, [], channel);
  expect(env).toMatchObject({ A: '1', EGRESS_SOCKET: '/s' });
  expect(env['EGRESS_START']).toBeUndefined();
});

test('a program that is not recorded gets back what was set aside', () => {
  const env = { A: '1', NODE_OPTIONS: '', EGRESS_PROGRAM_NODE_OPTIONS: '--require x' };
  expect(untouchedEnvironment(env)).toEqual({ A: '1', NODE_OPTIONS: '--require x' });
  expect(untouchedEnvironment({ NODE_OPTIONS: 'y' })).toEqual({ NODE_OPTIONS: 'y' });
});

test('a program is looked for as execvp does', () => {
  const folder = path.dirname(process.execPath);
  const name = path.basename(process.execPath);
  expect(() => {
    requireTarget(name, '/', folder);
  }).not.toThrow();
  expect(() => {
    requireTarget(name, folder, '/nowhere');
  }).toThrow(expect.objectContaining({ code: 'TARGET_NOT_FOUND' }));
  expect(() => {
    requireTarget(`./${name}`, folder, undefined);
  }).not.toThrow();
  expect(() => {
    requireTarget(name, folder, '');
  }).not.toThrow();
  expect(() => {
    requireTarget('/', '/', undefined);
  }).toThrow(expect.objectContaining({ code: 'TARGET_NOT_EXECUTABLE' }));
  expect(() => {
    requireTarget('etc', '/', '/nowhere:/');
  }).toThrow(expect.objectContaining({ code: 'TARGET_NOT_EXECUTABLE' }));
});
