/** The examples for services and containers: their own lines are executed, in a folder instead of the root of a system. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '../..');
const services = path.join(root, 'examples/service');
const container = path.join(root, 'examples/container');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!hasSystemd) process.stderr.write('systemd-analyze is not installed: the units are not checked by it\n');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'egress-operations-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** `egress` as a command that PATH finds, with a journal and keys in this folder. */
function environment(bin: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    npm_config_prefer_offline: 'true',
    EGRESS_JOURNAL: path.join(folder, 'journal/shop'),
    EGRESS_KEYS: path.join(folder, 'keys'),
  };
}

function sh(command: string, env: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: path.join(folder, 'app'),
    env,
    encoding: 'utf8',
  });
  expect(status, `${command}\n${stdout}${stderr}`).toBe(0);
}

test.runIf(hasSystemd)('systemd knows every line of the units', () => {
  const units = readdirSync(services).map((name) => path.join(services, name));
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' });
  // It also checks units of the machine that these refer to.
  expect(stderr.split('\n').filter((line) => line.includes(services))).toEqual([]);
  expect(status, stderr).toBe(0);
});

test('what the units start works', () => {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  mkdirSync(path.join(folder, 'app'));
  copyFileSync(path.join(container, 'server.js'), path.join(folder, 'app/server.js'));
  copyFileSync(path.join(container, 'package.json'), path.join(folder, 'app/package.json'));
  execFileSync('ln', ['-s', path.join(root, 'bin/run.js'), path.join(bin, 'egress')]);
  for (const name of ['shop', 'egress-verify', 'egress-vacuum']) {
    const unit = readFileSync(path.join(services, `${name}.service`), 'utf8');
    for (const [, command] of unit.matchAll(/^Exec(?:Start|StopPost)=(.*)$/gm)) sh(command ?? '', environment(bin));
  }
});

test('what the Dockerfile does works, and its server is recorded', () => {
  const bin = path.join(folder, 'prefix/bin');
  const app = path.join(folder, 'app');
  mkdirSync(app);
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const env = { ...environment(bin), npm_config_prefix: path.join(folder, 'prefix') };
  const words = (json: string): string => (JSON.parse(json) as string[]).join(' ');
  const entry: string[] = [];
  for (const line of readFileSync(path.join(container, 'Dockerfile'), 'utf8').split('\n')) {
    const [instruction, rest = ''] = line.split(/ (.*)/s);
    if (instruction === 'COPY') {
      const sources = rest.split(' ').slice(0, -1).join(' ');
      sh(
        `for from in ${container} ${folder}; do (cd $from && cp -f ${sources} ${app}) 2>/dev/null; done; ls ${sources}`,
        env,
      );
    } else if (instruction === 'RUN') {
      sh(rest.replaceAll(' -o node -g node', '').replaceAll(' /', ` ${folder}/`), env);
    } else if (instruction === 'ENTRYPOINT' || instruction === 'CMD') entry.push(words(rest));
    else expect(['FROM', 'WORKDIR', 'ENV', 'VOLUME', 'USER', '#', '']).toContain(instruction);
  }
  expect(entry).toHaveLength(2);
  sh(entry.join(' '), env);
  const compose = parse(readFileSync(path.join(container, 'compose.yaml'), 'utf8')) as {
    services: { shop: { volumes: string[] }; verify: { entrypoint: string[]; volumes: string[] } };
  };
  expect(compose.services.verify.volumes).toEqual(['journal:/journal:ro']);
  sh(compose.services.verify.entrypoint.join(' '), env);
}, 120_000);
