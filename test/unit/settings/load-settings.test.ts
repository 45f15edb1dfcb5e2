import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { EgressError } from '../../../src/core/error.js';
import { loadSettings, settingTriples, type SettingsSources } from '../../../src/settings/load-settings.js';
import { temporaryFolder } from '../../fixtures/temporary-folder.js';

let project: string;
let home: string;

beforeEach(() => {
  const folder = temporaryFolder();
  project = path.join(folder, 'project');
  home = path.join(folder, 'home');
  mkdirSync(project);
  mkdirSync(path.join(home, '.config', 'egress'), { recursive: true });
});

const load = (sources: Partial<SettingsSources> = {}) =>
  loadSettings({ cwd: project, env: { HOME: home }, ...sources });
const projectConfig = (text: string | Buffer): void => {
  writeFileSync(path.join(project, 'egress.config.yaml'), text);
};
const userConfig = (text: string): void => {
  writeFileSync(path.join(home, '.config', 'egress', 'config.yaml'), text);
};

async function failure(sources: Partial<SettingsSources> = {}): Promise<EgressError> {
  const error: unknown = await load(sources).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(EgressError);
  return error as EgressError;
}

describe('precedence', () => {
  test('flag, variable, project, user, default, each with its origin', async () => {
    projectConfig('durability: none\nredaction: strict\nhead_interval: 5s\n');
    userConfig('durability: always\nhead_interval: 7s\nsegment_size: 1MiB\n');
    const env = { HOME: home, EGRESS_DURABILITY: 'batch', EGRESS_REDACTION: 'default' };
    const settings = await load({ env, flags: { durability: 'always' } });
    expect(settings.durability).toEqual({ value: 'always', from: 'flag', place: '--durability' });
    expect(settings.redaction).toEqual({ value: 'default', from: 'env', place: 'EGRESS_REDACTION' });
    expect(settings.headIntervalMs).toMatchObject({ value: 5_000, from: 'config' });
    expect(settings.segmentBytesMax).toMatchObject({ value: 1_048_576, from: 'config' });
    expect(settings.segmentBytesMax.place).toBe(path.join(home, '.config', 'egress', 'config.yaml:3:15'));
    expect(settings.enabled).toEqual({ value: true, from: 'default' });
  });

  test('an empty variable counts as unset, and a relative XDG folder too', async () => {
    userConfig('durability: always\n');
    const settings = await load({ env: { HOME: home, EGRESS_DURABILITY: '', XDG_CONFIG_HOME: 'config' } });
    expect(settings.durability.value).toBe('always');
  });

  test('a named file is read instead of both, and has to exist', async () => {
    projectConfig('durability: none\n');
    userConfig('redaction: strict\n');
    writeFileSync(path.join(project, 'other.yaml'), 'head_interval: 2s\n');
    const settings = await load({ config: 'other.yaml' });
    expect([settings.durability.from, settings.redaction.from, settings.headIntervalMs.value]).toEqual([
      'default',
      'default',
      2_000,
    ]);
    expect(await failure({ config: 'none.yaml' })).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(await failure({ env: { EGRESS_CONFIG: 'none.yaml' } })).toMatchObject({ code: 'SETTINGS_INVALID' });
  });

  test('a journal in a config file lies beside that file', async () => {
    mkdirSync(path.join(project, 'settings'));
    writeFileSync(path.join(project, 'settings', 'ci.yaml'), 'journal: audit\n');
    expect((await load({ config: 'settings/ci.yaml' })).journal.value).toBe(path.join(project, 'settings', 'audit'));
    projectConfig('journal: audit\n');
    expect((await load()).journal.value).toBe('audit');
  });

  test('triples say key, text and origin of every setting', async () => {
    projectConfig('disabled_channels: [udp, dns]\nenabled: false\n');
    expect(settingTriples(await load())).toEqual([
      ['enabled', 'off', 'config'],
      ['journal', '.egress', 'default'],
      ['disabled_channels', 'udp,dns', 'config'],
      ['redaction', 'default', 'default'],
      ['safe_headers', '', 'default'],
      ['segment_size', '64MiB', 'default'],
      ['head_interval', '10s', 'default'],
      ['durability', 'batch', 'default'],
      ['fingerprint_size', '1MiB', 'default'],
      ['body_size', '1MiB', 'default'],
      ['enforce', 'off', 'default'],
      ['kernel', 'auto', 'default'],
      ['io_uring', 'deny', 'default'],
    ]);
  });
});

describe('a config file that is wrong is refused, with the place', () => {
  test.each([
    ['unknown key', 'durability: none\nredacton: strict\n', '2:1', 'redacton', 'Did you mean redaction?'],
    ['wrong word', 'enabled: true\ndurability: sometimes\n', '2:13', 'durability', undefined],
    ['wrong type', 'enabled: "yes"\n', '1:10', 'enabled', undefined],
    ['list where a word belongs', 'redaction: [strict]\n', '1:12', 'redaction', undefined],
    ['unknown channel', 'disabled_channels: [http, htp]\n', '1:20', 'htp', undefined],
    ['number with a fraction', 'segment_size: 1.5\n', '1:15', 'segment_size', undefined],
    ['too small', 'segment_size: 1KiB\n', '1:15', 'outside', undefined],
    ['key twice', 'enabled: true\nenabled: false\n', '2:1', 'unique', undefined],
    ['not a map', '- enabled\n', '1:1', 'the file', undefined],
    ['two documents', 'enabled: true\n---\nenabled: false\n', '2:1', 'document', undefined],
    ['broken YAML', 'enabled: [true\n', '2:1', '', undefined],
    ['unknown tag', 'redaction: !x strict\n', '1:12', 'tag', undefined],
    ['a body', 'store_bodies: true\n', '1:1', 'store_bodies', undefined],
  ])('%s', async (_name, text, place, says, hint) => {
    projectConfig(text);
    const error = await failure();
    expect(error.code).toBe('SETTINGS_INVALID');
    expect(error.message).toContain(`egress.config.yaml:${place}: `);
    expect(error.message).toContain(says);
    if (hint !== undefined) expect(error.hint).toBe(hint);
  });

  test.each([
    'authorization',
    'Cookie',
    'set-cookie',
    'proxy-authorization',
    'x-api-key',
    'X-Auth-Token',
    'x-amz-security-token',
  ])('the safe list may not name %s', async (name) => {
    projectConfig(`safe_headers: [x-request-id, ${name}]\n`);
    expect(await failure()).toMatchObject({ code: 'SETTINGS_INVALID' });
    expect(await failure({ env: { HOME: home, EGRESS_SAFE_HEADERS: name } })).toMatchObject({
      code: 'SETTINGS_INVALID',
    });
  });

  test('names that only look like it are fine, and come in lower case', async () => {
    projectConfig('safe_headers: [X-Monkey, x-request-id, X-Monkey]\n');
    expect((await load()).safeHeaders.value).toEqual(['x-monkey', 'x-request-id']);
  });

  test('aliases, a large file, deep nesting, bytes that are no text', async () => {
    projectConfig('a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n');
    expect(await failure()).toMatchObject({ code: 'SETTINGS_INVALID' });
    projectConfig(`# ${'x'.repeat(70_000)}\n`);
    expect((await failure()).message).toContain('larger than');
    projectConfig('['.repeat(60_000));
    expect(await failure()).toMatchObject({ code: 'SETTINGS_INVALID' });
    projectConfig(Buffer.from([0xff, 0xfe, 0x00, 0x1b, 0x5b]));
    expect(await failure()).toMatchObject({ code: 'SETTINGS_INVALID' });
  });

  test.skipIf(process.platform === 'win32')('a FIFO or a folder in its place does not keep us waiting', async () => {
    execFileSync('mkfifo', [path.join(project, 'egress.config.yaml')]);
    expect((await failure()).message).toContain('not a regular file');
    expect((await failure({ config: home })).message).toContain('not a regular file');
  });

  test('a wrong flag is a mistake of the command line', async () => {
    expect(await failure({ flags: { durability: 'sometimes' } })).toMatchObject({ code: 'USAGE' });
  });

  test('an empty file, and one of comments, set nothing', async () => {
    for (const text of ['', '# nothing\n', '---\n', 'null\n']) {
      projectConfig(text);
      expect((await load()).durability.from).toBe('default');
    }
  });
});
